import { reach } from '../failpoint.ts';
import type { Database } from '../warehouse/connection/database.ts';

/** A fact, and how many days ago it was found. */
type Found = { value: string; days: number };

/** What the runs under way hold of the facts. */
const held = new WeakMap<Database, Map<string, Found>>();

/** Reads the facts for a run, which asks for some of them before each request, and holds them until it calls this again, or `releaseFacts`. */
export async function holdFacts(database: Database): Promise<void> {
  held.set(database, await readAll(database));
}

/** To be called when a run has ended. */
export const releaseFacts = (database: Database): unknown => held.delete(database);

async function readAll({ pool }: Database): Promise<Map<string, Found>> {
  const { rows } = await pool.query<{ fact: string } & Found>(
    `select fact, value, (extract(epoch from clock_timestamp() - found_at) / 86400)::float8 as days from chatrhub_sync.source_facts`,
  );
  return new Map(rows.map(({ fact, ...found }) => [fact, found]));
}

const readHeld = async (database: Database): Promise<Map<string, Found>> => held.get(database) ?? readAll(database);

/** What the source has shown of a question that its documentation leaves open; undefined while it has not, or longer than `days` ago. */
export async function readFact(database: Database, fact: string, days = Number.POSITIVE_INFINITY): Promise<string | undefined> {
  const found = (await readHeld(database)).get(fact);
  return found && found.days < days ? found.value : undefined;
}

/** Those of some facts that were found within the last `days` days: values by name. */
export async function readFacts(database: Database, names: readonly string[], days: number): Promise<Map<string, string>> {
  const found = await readHeld(database);
  return new Map([...found].flatMap(([fact, { value, days: ago }]) => (names.includes(fact) && ago < days ? [[fact, value]] : [])));
}

/** Facts of resources whose name ends so, found within the last `days` days: values by resource. */
export async function readFactsNamed(database: Database, ending: string, days: number): Promise<Map<string, string>> {
  const found = await readHeld(database);
  return new Map(
    [...found].flatMap(([fact, { value, days: ago }]) =>
      fact.endsWith(ending) && ago < days ? [[fact.slice(0, -ending.length), value]] : [],
    ),
  );
}

/** A fact is looked at again after a month, in which the source may have changed. */
export const FACT_DAYS = 30;

/** Remembers what the source has shown, and by what. Returns whether it is news, or has been confirmed after some days. */
export async function rememberFact(database: Database, fact: string, value: string, evidence: string): Promise<boolean> {
  reach('fact');
  const { rowCount } = await database.pool.query(
    `insert into chatrhub_sync.source_facts as f (fact, value, evidence) values ($1, $2, $3)
     on conflict (fact) do update set value = excluded.value, evidence = excluded.evidence, found_at = clock_timestamp()
     where f.value <> excluded.value or f.found_at < clock_timestamp() - interval '5 days'`,
    [fact, value, evidence],
  );
  const isNews = (rowCount ?? 0) > 0;
  const facts = held.get(database);
  // Another process may have found the same out since these were read.
  if (isNews || facts?.get(fact)?.value !== value) facts?.set(fact, { value, days: 0 });
  return isNews;
}

import { reach } from '../failpoint.ts';
import type { Database } from '../warehouse/connection/database.ts';

/** What the source has shown of a question that its documentation leaves open; undefined while it has not, or longer than `days` ago. */
export async function readFact(database: Database, fact: string, days?: number): Promise<string | undefined> {
  const { rows } = await database.pool.query<{ value: string }>(
    `select value from chatrhub_sync.source_facts
     where fact = $1 and ($2::float8 is null or found_at > clock_timestamp() - $2 * interval '1 day')`,
    [fact, days ?? null],
  );
  return rows[0]?.value;
}

/** Those of some facts that were found within the last `days` days: values by name. */
export async function readFacts(database: Database, names: readonly string[], days: number): Promise<Map<string, string>> {
  const { rows } = await database.pool.query<{ fact: string; value: string }>(
    `select fact, value from chatrhub_sync.source_facts
     where fact = any($1) and found_at > clock_timestamp() - $2 * interval '1 day'`,
    [names, days],
  );
  return new Map(rows.map(({ fact, value }) => [fact, value]));
}

/** Facts of resources whose name ends so, found within the last `days` days: values by resource. */
export async function readFactsNamed(database: Database, ending: string, days: number): Promise<Map<string, string>> {
  const { rows } = await database.pool.query<{ resource: string; value: string }>(
    `select left(fact, -length($1)) as resource, value from chatrhub_sync.source_facts
     where right(fact, length($1)) = $1 and found_at > clock_timestamp() - $2 * interval '1 day'`,
    [ending, days],
  );
  return new Map(rows.map(({ resource, value }) => [resource, value]));
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
  return (rowCount ?? 0) > 0;
}

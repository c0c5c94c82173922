import { reach } from '../failpoint.ts';
import type { Database } from './database.ts';

/** What the source has shown of a question that its documentation leaves open; undefined while it has not, or longer than `days` ago. */
export async function readFact(database: Database, fact: string, days?: number): Promise<string | undefined> {
  const { rows } = await database.pool.query<{ value: string }>(
    `select value from chatrhub_sync.source_facts
     where fact = $1 and ($2::float8 is null or found_at > clock_timestamp() - $2 * interval '1 day')`,
    [fact, days ?? null],
  );
  return rows[0]?.value;
}

/** Remembers what the source has shown, and by what. Returns whether it is news. */
export async function rememberFact(database: Database, fact: string, value: string, evidence: string): Promise<boolean> {
  reach('fact');
  const { rowCount } = await database.pool.query(
    `insert into chatrhub_sync.source_facts as f (fact, value, evidence) values ($1, $2, $3)
     on conflict (fact) do update set value = excluded.value, evidence = excluded.evidence, found_at = clock_timestamp()
     where f.value <> excluded.value`,
    [fact, value, evidence],
  );
  return (rowCount ?? 0) > 0;
}

import { type Page, type Reading, readPages } from '../core/pages.ts';
import type { Planned } from '../core/plan.ts';
import type { Database } from '../db/database.ts';
import { readFact, rememberFact } from '../db/facts.ts';
import type { Asker } from './asker.ts';

/** How lists are continued, as far as it is known, and the largest page of this run. */
export type ListState = { reading: Reading | undefined; pageSize: { largest: number } };

/** The fact that tells how `after` is read. */
const AFTER = 'q_tasks.after';

/** What earlier runs found out. */
export async function readListState(database: Database): Promise<ListState> {
  return { reading: (await readFact(database, AFTER)) as Reading | undefined, pageSize: { largest: 0 } };
}

/** Asks for a list that comes in pages, to its end, and notes which reading of `after` proved right. Returns it when that is news. */
export async function askList(
  planned: Planned,
  parameter: string,
  asker: Asker,
  state: ListState,
  database: Database,
): Promise<Reading | undefined> {
  const page = async (after: number): Promise<Page> => {
    const query = { ...planned.query, [parameter]: String(after) };
    const { received, batches } = await asker.ask({ ...planned, query, label: `${planned.path}?${new URLSearchParams(query)}` });
    return { received, ids: (batches.find((batch) => batch.isOwn)?.rows ?? []).map(({ id }) => Number(id)) };
  };
  const { reading } = await readPages(page, state);
  state.reading = reading;
  const isNews =
    reading !== undefined &&
    (await rememberFact(database, AFTER, reading, `${planned.label}: a page asked for by ${reading} continued the one before it`));
  return isNews ? reading : undefined;
}

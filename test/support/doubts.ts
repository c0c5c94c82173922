import { storeJudgement } from '../../src/evidence/doubts.store.ts';
import { type Doubt, doubt } from '../../src/evidence/doubts.ts';
import type { Database } from '../../src/warehouse/connection/database.ts';
import { addRun } from './warehouse.ts';

// No run of the program judges claims of these names: it cannot settle them while a test looks.

/** Days of which the source reports more than is stored. */
export const FEWER = doubt({ resource: 'chats', claim: 'test: fewer', subject: '2018-01-01 to 2018-01-02' }, 'fewer_than_reported', {
  reported: 31,
  stored: 27,
});
export const FEWER_SAYS = 'chats, 2018-01-01 to 2018-01-02: the source reports 31 records, and 27 are stored';

/** A list of which nobody says that it lacks anything. */
export const NO_REPORT = doubt({ resource: 'chats', claim: 'test: no report', subject: 'all days' }, 'no_report');

/** A chat without messages, though something was said in it. */
export const silentChat = (chatId: number): Doubt =>
  doubt({ resource: 'messages', claim: `test: chat ${chatId}`, subject: `chat ${chatId}` }, 'no_messages');

/** Opens doubts, as a run that judged their claims does; those of the same claims that are not among them are settled. */
export async function openDoubts(database: Database, doubts: readonly Doubt[]): Promise<void> {
  const { runId } = await addRun(database);
  for (const one of doubts) await database.transaction((client) => storeJudgement(client, runId, [one.claim], [one]));
}

/** Settles a claim, as a run that found evidence for it does. */
export async function settle(database: Database, { claim }: Pick<Doubt, 'claim'>): Promise<void> {
  const { runId } = await addRun(database);
  await database.transaction((client) => storeJudgement(client, runId, [claim], []));
}

import { readDaysBeside } from '../../evidence/absence.store.ts';
import type { Doubt } from '../../evidence/doubts.ts';
import { judgeAnswer } from '../../evidence/judge/judge-answer.ts';
import { longestShown, type RangeEvidence } from '../../evidence/judge/judge-range.ts';
import { readFilter } from '../../evidence/list-filter.store.ts';
import { type Filter, filterOf } from '../../evidence/list-filter.ts';
import type { Received } from '../../evidence/received.ts';
import type { Row } from '../../records/resource.ts';
import { keyOf } from '../../records/row.ts';
import { planPart } from '../../source/request-plan.ts';
import { CLOCKS_DIFFER_MS } from '../../time/clock-difference.ts';
import { dayOf, firstUnfinishedDay, type Period } from '../../time/period.ts';
import type { Client } from '../../warehouse/connection/database.ts';
import type { FetchContext } from './fetch-context.ts';
import { asAnswered } from './ranges/range-end.ts';
import { datesIn } from './reported-total.ts';
import { aboutDays, type PlannedDays } from './settle-window.ts';

/* Whether a list answers for all days that it is asked for: it may answer for the newest or the oldest of them, and its report too. */

/** What is known of the days of a request when an answer has come; `read`: those that were read before. */
export async function readRange(
  client: Client,
  { resource, query, days }: PlannedDays,
  { stored }: Received,
  read: readonly Period[],
  { database, now }: Pick<FetchContext, 'database' | 'now'>,
): Promise<RangeEvidence | undefined> {
  if (!days) return undefined;
  const { from = '', last = '' } = datesIn(resource, query);
  const by = filterOf(stored, from, last)?.by ?? (await readFilter(database, resource.name));
  const keys = stored.map((row) => keyOf(row, resource));
  const lacking = await readDaysBeside(client, resource, keys, days.period, by);
  // Days that are not over have nothing to show yet.
  const begun = { from: firstUnfinishedDay(now()), until: days.period.until };
  return { days: days.period, came: daysOf(stored, by), lacking, read: [...read, begun] };
}

function daysOf(rows: readonly Row[], by: Filter['by'] | undefined): string[] {
  const moments = rows.map(({ create_dt: created, updt_dt: changed }) => (by === 'change' ? (changed ?? created) : created));
  return [...new Set(moments.filter((at) => at instanceof Date).map(dayOf))].sort();
}

/** What asking for days alone has shown: how many days the source answers for at most, where others came; why an answer shows nothing. */
export type Alone = { received: number; longest?: number; doubts: Doubt[] };

/** Asks for some of the days of a range by themselves. Where something comes that the answer for all lacked, that one was shortened. */
export async function lookAlone(
  planned: PlannedDays,
  { alone, range, askedAt, brought }: { alone: readonly Period[]; range: RangeEvidence; askedAt: Date; brought: Received },
  context: FetchContext,
): Promise<Alone> {
  const { resource } = planned;
  const known = new Set(brought.stored.map((row) => keyOf(row, resource)));
  const doubts: Doubt[] = [];
  let received = 0;
  for (const days of alone) {
    const again = await context.again();
    const part = await again.fetch(await asAnswered(planPart(planned, days), again));
    received += part.received;
    if (part.brought.stored.some((row) => !known.has(keyOf(row, resource)) && isOlder(row, askedAt)))
      return { received, longest: longestShown(range, days), doubts: [] };
    const verdict = judgeAnswer(aboutDays(planned, context), part.brought);
    if (!verdict.isUsable) doubts.push(...verdict.doubts);
  }
  return { received, doubts };
}

/** Whether a record was there when the answer for all was asked for. */
const isOlder = ({ create_dt: created, updt_dt: changed }: Row, askedAt: Date): boolean =>
  [created, changed].every((at) => !(at instanceof Date) || at.getTime() < askedAt.getTime() - CLOCKS_DIFFER_MS);

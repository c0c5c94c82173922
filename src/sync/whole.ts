import { addDays, coveredBy, daysIn, earlier, halve, later, overlap, type Period } from '../core/period.ts';
import { type Planned, planDates, WEEKLY_DAYS } from '../core/plan.ts';
import type { Resource } from '../core/resource.ts';
import { readAgentIds } from '../db/agents.ts';
import { addCoverage, addDifference, type Difference, readDifferences } from '../db/coverage.ts';
import type { Database } from '../db/database.ts';
import { readFact, rememberFact } from '../db/facts.ts';
import { reach } from '../failpoint.ts';
import type { Landed } from './asker.ts';
import { askVolume, type Caller, datesOf, isEndIncluded } from './volume.ts';

/** The fact that tells how many chats the source hands out in one answer at most. */
const CAP = 'chats.cap';

type Asking = {
  /** Asks for chats and loads them. */
  ask: (planned: Planned) => Promise<Landed>;
  source: Caller;
  now: Date;
};

/** What came of days that were asked for: how many records, and which days are not whole. */
export type Whole = { received: number; differences: Difference[] };

/**
 * Asks for days of which a report tells how many records they have, and sees to it that all of them come: long answers may be cut
 * without a word (L673). The report is asked before, so that what arrives in between is a surplus. When fewer come, the days are halved,
 * and a single day is split by its agents and more; no days are asked for of which the report says that they do not fit. What cannot be
 * explained is noted in the coverage with both totals.
 */
export async function askWhole(planned: Planned, { ask, source, now }: Asking): Promise<Whole> {
  const { resource, query, days } = planned;
  const { database } = source;
  const total = await askVolume(source, query);
  let cap = Number((await readFact(database, CAP, WEEKLY_DAYS)) ?? Number.POSITIVE_INFINITY);
  // Whether this source has cut an answer at `cap` just now: what is shorter than that and lacks something was not cut.
  let isObserved = false;
  let received = 0;
  if (total === undefined || total <= cap) {
    const differing = (await readDifferences(database, resource.name)).filter(({ period }) => days && overlap(period, days.period));
    const known = differing.reduce((sum, { sourceTotal, warehouseTotal }) => sum + sourceTotal - warehouseTotal, 0);
    const answer = await ask(total === undefined ? planned : { ...planned, expected: { total, atLeast: total - known } });
    received = answer.received;
    if (total === undefined || answer.own >= total) return { received, differences: [] };
    if (answer.own >= total - known) return { received, differences: differing };
    cap = answer.own;
    isObserved = true;
  }

  const differences: Difference[] = [];
  const askFor = async (dates: Period, filters: Record<string, string> = {}): Promise<Landed> => {
    const answer = await ask(planDates(resource, { ...datesOf(dates, isIncluded), ...filters }));
    received += answer.received;
    return answer;
  };
  const isIncluded = await isEndIncluded(source);

  /** Newest first. Days that the report says do not fit are not asked for. */
  async function split(dates: Period, reported: number): Promise<void> {
    if (reported === 0) return;
    if (reported <= cap) {
      const { own } = await askFor(dates);
      if (own >= reported) return;
      if (isObserved) return void differences.push({ period: dates, sourceTotal: reported, warehouseTotal: own });
      cap = own;
      isObserved = true;
    }
    if (daysIn(dates) === 1) return splitDay(dates, reported);
    const [older, newer] = halve(dates);
    const ofOlder = Math.min(reported, (await askVolume(source, datesOf(older, isIncluded))) ?? reported);
    await split(newer, reported - ofOlder);
    await split(older, ofOlder);
  }

  /** A day whose chats do not come at once, by what they can be told apart by. */
  async function splitDay(day: Period, reported: number): Promise<void> {
    const seen = new Set<number>();
    const take = async (filters: Record<string, string>): Promise<boolean> => {
      const answer = await askFor(day, filters);
      for (const id of idsOf(answer, resource)) seen.add(id);
      return answer.own >= cap;
    };
    for (const id of await readAgentIds(database)) {
      if (seen.size >= reported) break;
      const agent = { agent_id: String(id) };
      if (await take(agent)) for (const filter of FILTERS) if (seen.size < reported) await take({ ...agent, ...filter });
    }
    if (seen.size < reported) differences.push({ period: day, sourceTotal: reported, warehouseTotal: seen.size });
  }

  const { start_date: from = '', end_date: last = '' } = query;
  await split({ from, until: isIncluded ? addDays(last, 1) : last }, total ?? 0);
  await noteWhole(database, planned, differences, now);
  if (differences.length === 0)
    await rememberFact(database, CAP, String(cap), `${planned.label}: ${cap} came of ${total}, and all when asked for in parts`);
  return { received, differences };
}

/** A difference in words. */
export const describeDifference = ({ period: { from, until }, sourceTotal, warehouseTotal }: Difference): string =>
  `the source reports ${sourceTotal} for ${from} to ${addDays(until, -1)}, and ${warehouseTotal} came`;

/** Beyond its agents, a day's chats are told apart by these (L740). */
const FILTERS: readonly Record<string, string>[] = [
  { missed: 'missed_chats' },
  { missed: 'serviced_chats' },
  { rating: 'poor_chats' },
  { rating: 'ok_chats' },
  { rating: 'great_chats' },
];

const idsOf = ({ batches }: Landed, resource: Resource): number[] =>
  batches.filter((batch) => batch.resource === resource).flatMap(({ rows }) => rows.map(({ id }) => Number(id)));

/** The days are covered, once all their parts are loaded; those that differ with both totals. */
async function noteWhole(database: Database, { resource, days }: Planned, differences: readonly Difference[], now: Date): Promise<void> {
  const covered = days && coveredBy(days.period, now);
  if (!covered) return;
  reach('whole');
  await database.transaction(async (client) => {
    await addCoverage(client, resource.name, days.scope, covered, { isVerified: true });
    for (const { period, ...totals } of differences) {
      const inside = { from: later(period.from, covered.from), until: earlier(period.until, covered.until) };
      if (daysIn(inside) > 0) await addDifference(client, resource.name, { period: inside, ...totals });
    }
  });
}

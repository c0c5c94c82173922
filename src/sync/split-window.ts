import { addDays, daysIn, halve, type Period } from '../core/period.ts';
import { type Planned, planDates } from '../core/plan.ts';
import { keyOf } from '../core/row.ts';
import { readAgentIds } from '../db/agents.ts';
import type { Difference } from '../evidence/coverage.store.ts';
import { type Doubt, describeDays, doubt } from '../evidence/doubts.ts';
import { claimOfDays } from '../evidence/judge-window.ts';
import { addReceived, countReceived, nothingReceived, type Received } from '../evidence/received.ts';
import type { FetchContext } from './fetch-context.ts';
import { datesOf, fetchReportedTotal, readEndIncluded, readListEndIncluded } from './volume.ts';

/** What is known of a window that did not come whole, or may not have. `isObserved`: an answer of `cap` records was cut just now. */
export type Cut = { reported: number | undefined; brought: Received; cap: number; isObserved: boolean };

/** What its parts brought. `cap`: how many records an answer has at most, when that is what it was; `differences`: days that lack some. */
export type Split = { brought: Received; received: number; differences: Difference[]; doubts: Doubt[]; cap: number | undefined };

/** Asks for days in parts, newest first, until each part is as long as the report says, or shorter than what the source cuts. */
export async function splitWindow(planned: Planned, context: FetchContext, cut: Cut): Promise<Split> {
  const { database } = context;
  const { resource, query } = planned;
  const caller = context.caller(planned);
  const [ofReport, ofList] = [await readEndIncluded(database), await readListEndIncluded(database)];
  const split: Split = { brought: nothingReceived(), received: 0, differences: [], doubts: [], cap: undefined };
  let { cap, isObserved } = cut;

  const askFor = async (dates: Period, filters: Record<string, string> = {}): Promise<Received> => {
    await context.lookAgain();
    const { brought, received } = await context.ask(planDates(planned, { ...datesOf(dates, ofList), ...filters }));
    split.received += received;
    split.brought = addReceived(split.brought, brought, resource);
    return brought;
  };
  const isNew = (brought: Received): boolean => {
    const known = new Set(cut.brought.stored.map((row) => keyOf(row, resource)));
    return brought.stored.some((row) => !known.has(keyOf(row, resource)));
  };

  /** Newest first. Days that the report says do not fit are not asked for. */
  async function byReport(dates: Period, reported: number): Promise<void> {
    if (reported === 0) return;
    if (reported <= cap) {
      const own = countReceived(await askFor(dates));
      if (own >= reported) return;
      if (isObserved) return void split.differences.push({ period: dates, sourceTotal: reported, warehouseTotal: own });
      cap = own;
      isObserved = true;
    }
    if (daysIn(dates) === 1) return byFilters(dates, reported);
    const [older, newer] = halve(dates);
    const ofOlder = Math.min(reported, (await fetchReportedTotal(caller, datesOf(older, ofReport))) ?? reported);
    await byReport(newer, reported - ofOlder);
    await byReport(older, ofOlder);
  }

  /**
   * Without a report: the halves show whether more comes in parts. They are halved again when it does and one is as long as the answer that
   * was cut, or when all of that lies in one of them.
   */
  async function byHalves(dates: Period): Promise<void> {
    if (daysIn(dates) === 1) return split.cap === undefined ? undefined : byFilters(dates, undefined);
    const parts: { half: Period; brought: Received }[] = [];
    for (const half of halve(dates).reverse()) parts.push({ half, brought: await askFor(half) });
    if (parts.some(({ brought }) => isNew(brought))) split.cap = cut.cap;
    const isInOne = parts.some(({ brought }) => countReceived(brought) === 0);
    for (const { half, brought } of parts)
      if (countReceived(brought) >= cut.cap && (split.cap !== undefined || isInOne)) await byHalves(half);
  }

  /** A day whose records do not come at once, by what they can be told apart by. */
  async function byFilters(day: Period, reported: number | undefined): Promise<void> {
    const seen = new Set<string>();
    let isCut = false;
    const isMissing = () => reported === undefined || seen.size < reported;
    const take = async (filters: Record<string, string>): Promise<boolean> => {
      const brought = await askFor(day, filters);
      for (const row of brought.stored) seen.add(keyOf(row, resource));
      return countReceived(brought) >= cap;
    };
    for (const id of await readAgentIds(database)) {
      if (!isMissing()) break;
      const agent = { agent_id: String(id) };
      if (!(await take(agent))) continue;
      let fits = false;
      for (const filter of FILTERS) if (isMissing()) fits = !(await take({ ...agent, ...filter })) || fits;
      isCut ||= !fits;
    }
    if (reported === undefined) {
      const about = { resource: resource.name, claim: claimOfDays(resource.name, day), subject: describeDays(day), days: day };
      if (isCut) split.doubts.push(doubt(about, 'cut', { received: cap }));
    } else if (seen.size < reported) split.differences.push({ period: day, sourceTotal: reported, warehouseTotal: seen.size });
  }

  const { start_date: from = '', end_date: last = '' } = query;
  const outer = { from, until: ofList ? addDays(last, 1) : last };
  if (cut.reported === undefined) await byHalves(outer);
  else {
    await byReport(outer, cut.reported);
    if (split.differences.length === 0) split.cap = cap;
  }
  return split;
}

/** Beyond its agents, a day's chats are told apart by these (L740). */
const FILTERS: readonly Record<string, string>[] = [
  { missed: 'missed_chats' },
  { missed: 'serviced_chats' },
  { rating: 'poor_chats' },
  { rating: 'ok_chats' },
  { rating: 'great_chats' },
];

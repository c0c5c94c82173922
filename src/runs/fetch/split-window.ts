import { claimOfDays } from '../../evidence/claims.ts';
import type { Difference } from '../../evidence/coverage.store.ts';
import { type Doubt, describeDays, doubt } from '../../evidence/doubts.ts';
import { addAgain, addPart, countReceived, nothingReceived, type Received } from '../../evidence/received.ts';
import { keyOf } from '../../records/row.ts';
import { type PlannedRequest, planDates } from '../../source/request-plan.ts';
import { addDays, daysIn, halve, type Period } from '../../time/period.ts';
import { readAgentIds } from '../known-agents.store.ts';
import type { FetchContext } from './fetch-context.ts';
import { datesIn, datesOf, fetchReportedTotal, readEndIncluded, readListEndIncluded } from './reported-total.ts';

/** What is known of a window that did not come whole, or may not have. `isObserved`: an answer of `cap` records was cut just now. */
export type Cut = { reported: number | undefined; brought: Received; cap: number; isObserved: boolean };

/** What its parts brought. `cap`: how many records an answer has at most, when that is what it was; `differences`: days that lack some. */
export type Split = { brought: Received; received: number; differences: Difference[]; doubts: Doubt[]; cap: number | undefined };

/** Asks for days in parts, newest first, until each part is as long as the report says, or shorter than what the source cuts. */
export async function splitWindow(planned: PlannedRequest, context: FetchContext, cut: Cut): Promise<Split> {
  const { database } = context;
  const { resource, query } = planned;
  const requestContext = context.requestContext(planned);
  const [ofReport, ofList] = [await readEndIncluded(database, resource), await readListEndIncluded(database, resource)];
  const split: Omit<Split, 'brought'> = { received: 0, differences: [], doubts: [], cap: undefined };
  let { cap, isObserved } = cut;

  const askFor = async (dates: Period, filters: Record<string, string> = {}): Promise<Received> => {
    const again = await context.again();
    const { brought, received } = await again.fetch(planDates(planned, { ...datesOf(resource, dates, ofList), ...filters }));
    split.received += received;
    return brought;
  };
  const isNew = (brought: Received): boolean => {
    const known = new Set(cut.brought.stored.map((row) => keyOf(row, resource)));
    return brought.stored.some((row) => !known.has(keyOf(row, resource)));
  };

  /** Newest first. Days that the report says do not fit are not asked for. */
  async function byReport(dates: Period, reported: number): Promise<Received> {
    if (reported === 0) return nothingReceived();
    let brought = nothingReceived();
    if (reported <= cap) {
      brought = await askFor(dates);
      const own = countReceived(brought);
      if (own >= reported) return brought;
      if (isObserved) {
        split.differences.push({ period: dates, sourceTotal: reported, warehouseTotal: own });
        return brought;
      }
      cap = own;
      isObserved = true;
    }
    if (daysIn(dates) === 1) return addAgain(brought, await byFilters(dates, reported), resource);
    const [older, newer] = halve(dates);
    const ofOlder = Math.min(
      reported,
      (await fetchReportedTotal(requestContext, resource, datesOf(resource, older, ofReport))) ?? reported,
    );
    const parts = addPart(await byReport(newer, reported - ofOlder), await byReport(older, ofOlder), resource);
    return addAgain(brought, parts, resource);
  }

  /**
   * Without a report: the halves show whether more comes in parts. They are halved again when it does and one is as long as the answer that
   * was cut, or when all of that lies in one of them.
   */
  async function byHalves(dates: Period): Promise<Received> {
    if (daysIn(dates) === 1) return byFilters(dates, undefined);
    const parts: { half: Period; brought: Received }[] = [];
    for (const half of halve(dates).reverse()) parts.push({ half, brought: await askFor(half) });
    if (parts.some(({ brought }) => isNew(brought))) split.cap = cut.cap;
    const isInOne = parts.some(({ brought }) => countReceived(brought) === 0);
    let whole = nothingReceived();
    for (const { half, brought } of parts) {
      const isHalvedAgain = countReceived(brought) >= cut.cap && (split.cap !== undefined || (isInOne && daysIn(half) > 1));
      whole = addPart(whole, isHalvedAgain ? addAgain(brought, await byHalves(half), resource) : brought, resource);
    }
    return whole;
  }

  /** A day whose records do not come at once, by what distinguishes them. */
  async function byFilters(day: Period, reported: number | undefined): Promise<Received> {
    const seen = new Set<string>();
    let whole = nothingReceived();
    let isCut = false;
    const isMissing = () => reported === undefined || seen.size < reported;
    const take = async (filters: Record<string, string>): Promise<Received> => {
      const brought = await askFor(day, filters);
      for (const row of brought.stored) seen.add(keyOf(row, resource));
      return brought;
    };
    const filters = resource.filters;
    for (const id of filters ? await readAgentIds(database, resource, filters.agent) : []) {
      if (!filters || !isMissing()) break;
      const agent = { [filters.agent]: String(id) };
      let ofAgent = await take(agent);
      if (countReceived(ofAgent) >= cap) {
        let parts = nothingReceived();
        let fits = false;
        for (const filter of filters.others) {
          if (!isMissing()) break;
          const part = await take({ ...agent, ...filter });
          fits ||= countReceived(part) < cap;
          parts = addPart(parts, part, resource);
        }
        isCut ||= !fits;
        ofAgent = addAgain(ofAgent, parts, resource);
      }
      whole = addPart(whole, ofAgent, resource);
    }
    if (reported === undefined) {
      const about = { resource: resource.name, claim: claimOfDays(resource.name, day), subject: describeDays(day), days: day };
      if (isCut) split.doubts.push(doubt(about, 'cut', { received: cap }));
    } else if (seen.size < reported) split.differences.push({ period: day, sourceTotal: reported, warehouseTotal: seen.size });
    return whole;
  }

  const { from = '', last = '' } = datesIn(resource, query);
  const outer = { from, until: ofList ? addDays(last, 1) : last };
  // A single day is asked for otherwise only when days were found to be cut.
  if (cut.reported === undefined) {
    const brought = daysIn(outer) > 1 ? await byHalves(outer) : nothingReceived();
    return { ...split, brought };
  }
  const brought = await byReport(outer, cut.reported);
  return { ...split, brought, cap: split.differences.length === 0 ? cap : undefined };
}

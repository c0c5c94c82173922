import { addAgain, addPart, countReceived, nothingReceived, type Received } from '../../evidence/received.ts';
import { keyOf } from '../../records/row.ts';
import { type PlannedRequest, planDates } from '../../source/request-plan.ts';
import { addDays, daysIn, halve, type Period } from '../../time/period.ts';
import type { FetchContext } from './fetch-context.ts';
import { datesIn, datesOf, fetchReportedTotal, readEndIncluded, readListEndIncluded } from './reported-total.ts';
import { type Parts, splitDay } from './split-day.ts';

/**
 * What is known of a window that did not come whole, or may not have. `isObserved`: an answer of `cap` records was cut just now;
 * `countsLess`: the report was found to count less than there is.
 */
export type Cut = { reported: number | undefined; brought: Received; cap: number; isObserved: boolean; countsLess: boolean };

/**
 * What its parts brought. `cap`: how many records an answer has at most, when that is what it was; `differences`: days that lack some;
 * `isReportOfAllDays`: the report was found to count the same whatever days it is asked for.
 */
export type Split = Pick<WindowParts, 'received' | 'differences' | 'doubts' | 'isReportOfAllDays'> & {
  brought: Received;
  cap: number | undefined;
};

/** A window in parts. `isObserved`: an answer of `cap` records was seen to be cut; `isNew`: whether something came that the whole lacked. */
type WindowParts = Parts & {
  isObserved: boolean;
  isReportOfAllDays: boolean;
  isNew(brought: Received): boolean;
  fetchTotal(days: Period): Promise<number | undefined>;
};

/** Asks for days in parts, newest first, until each part is as long as the report says, or shorter than what the source cuts. */
export async function splitWindow(planned: PlannedRequest, context: FetchContext, cut: Cut): Promise<Split> {
  const { database } = context;
  const { resource, query } = planned;
  const [ofReport, ofList] = [await readEndIncluded(database, resource), await readListEndIncluded(database, resource)];
  const known = new Set(cut.brought.stored.map((row) => keyOf(row, resource)));
  const parts: WindowParts = {
    database,
    resource,
    cap: cut.cap,
    isObserved: cut.isObserved,
    isReportOfAllDays: false,
    countsLess: cut.countsLess,
    received: 0,
    differences: [],
    doubts: [],
    fetchDays: async (days, filters) => {
      const again = await context.again();
      const { brought, received } = await again.fetch(planDates(planned, { ...datesOf(resource, days, ofList), ...filters }));
      parts.received += received;
      return brought;
    },
    isNew: ({ stored }) => stored.some((row) => !known.has(keyOf(row, resource))),
    fetchTotal: (days) => fetchReportedTotal(context.requestContext(planned), resource, datesOf(resource, days, ofReport)),
  };
  const { from = '', last = '' } = datesIn(resource, query);
  const days = { from, until: ofList ? addDays(last, 1) : last };
  const brought = await splitDays(parts, days, cut.reported);
  const isCap = cut.reported === undefined ? parts.isObserved : parts.differences.length === 0 && !parts.isReportOfAllDays;
  return { ...parts, brought, cap: isCap ? parts.cap : undefined };
}

function splitDays(parts: WindowParts, days: Period, reported: number | undefined): Promise<Received> {
  if (reported !== undefined) return splitByReport(parts, days, reported);
  // A single day is asked for otherwise only when days were found to be cut.
  return daysIn(days) > 1 ? splitInHalves(parts, days) : Promise.resolve(nothingReceived());
}

/**
 * Newest first. Days that the report says do not fit are not asked for. An answer as long as those that are cut is asked for in parts even
 * where the report says the same: it may count less than there is, and so may a report that says nothing of some days.
 */
async function splitByReport(parts: WindowParts, days: Period, reported: number): Promise<Received> {
  const { resource } = parts;
  let brought = nothingReceived();
  if (parts.cap === 0 && reported > 0) {
    // Nothing came: the source truncates nothing then, unless a part of these days brings something.
    brought = await parts.fetchDays(await fullerHalf(parts, days, reported));
    parts.cap = Math.max(1, countReceived(brought));
    if (countReceived(brought) === 0) {
      parts.differences.push({ period: days, sourceTotal: reported, warehouseTotal: 0 });
      return brought;
    }
  }
  if (reported <= parts.cap) {
    brought = await parts.fetchDays(days);
    const own = countReceived(brought);
    parts.countsLess ||= own > reported;
    if (own >= reported && own !== parts.cap) return brought;
    if (own < reported && parts.isObserved) {
      parts.differences.push({ period: days, sourceTotal: reported, warehouseTotal: own });
      return brought;
    }
    parts.cap = own;
    parts.isObserved = true;
  }
  if (daysIn(days) === 1) return addAgain(brought, await splitDay(parts, days, reported), resource);
  const [older, newer] = halve(days);
  const ofOlder = Math.min(reported, (await parts.fetchTotal(older)) ?? reported);
  const ofNewer = await splitByReport(parts, newer, reported - ofOlder);
  const hasMore = reported > 0 && ofOlder === reported && daysIn(newer) > 1 && countReceived(ofNewer) > 0;
  if (hasMore && (await parts.fetchTotal(newer)) === reported) parts.isReportOfAllDays = true;
  const ofRest = parts.isReportOfAllDays ? await splitInHalves(parts, older) : await splitByReport(parts, older, ofOlder);
  return addAgain(brought, addPart(ofNewer, ofRest, resource), resource);
}

/** The half of some days that has more records, by the report; a day as it is. */
async function fullerHalf(parts: WindowParts, days: Period, reported: number): Promise<Period> {
  if (daysIn(days) === 1) return days;
  const [older, newer] = halve(days);
  return ((await parts.fetchTotal(older)) ?? 0) > reported / 2 ? older : newer;
}

/**
 * Without a report: the halves show whether more comes in parts. They are halved again when it does and one is as long as the answer that
 * was cut, or when all of that lies in one of them.
 */
async function splitInHalves(parts: WindowParts, days: Period): Promise<Received> {
  const { resource, cap } = parts;
  if (daysIn(days) === 1) return splitDay(parts, days, undefined);
  const halves: { half: Period; brought: Received }[] = [];
  for (const half of halve(days).reverse()) halves.push({ half, brought: await parts.fetchDays(half) });
  parts.isObserved ||= halves.some(({ brought }) => parts.isNew(brought));
  const isInOne = halves.some(({ brought }) => countReceived(brought) === 0);
  let whole = nothingReceived();
  for (const { half, brought } of halves) {
    const isHalvedAgain = countReceived(brought) >= cap && (parts.isObserved || (isInOne && daysIn(half) > 1));
    whole = addPart(whole, isHalvedAgain ? addAgain(brought, await splitInHalves(parts, half), resource) : brought, resource);
  }
  return whole;
}

import { claimOfDays } from '../../evidence/claims.ts';
import { addCoverage } from '../../evidence/coverage.store.ts';
import { settleDays, storeJudgement } from '../../evidence/doubts.store.ts';
import { type About, type Doubt, describeDays, doubt } from '../../evidence/doubts.ts';
import { FACT_DAYS, readFact, rememberFact } from '../../evidence/facts.store.ts';
import { judgeAnswer } from '../../evidence/judge/judge-answer.ts';
import {
  daysWithRows,
  type Edge,
  judgeSpan,
  momentsOf,
  promisedPerDay,
  type SpanVerdict,
  wholeDays,
} from '../../evidence/judge/judge-span.ts';
import { countReceived, type Received } from '../../evidence/received.ts';
import type { Row } from '../../records/resource.ts';
import { keyOf } from '../../records/row.ts';
import { MARGIN_DAYS, type PlannedRequest, planDates } from '../../source/request-plan.ts';
import {
  addDays,
  type Day,
  dayOf,
  daysIn,
  earlier,
  firstUnfinishedDay,
  later,
  type Period,
  startOf,
  subtract,
  ZONES_MS,
} from '../../time/period.ts';
import type { Client } from '../../warehouse/connection/database.ts';
import type { Settle } from '../commit-response.ts';
import type { FetchContext } from './fetch-context.ts';
import type { CommittedResponse } from './fetcher.ts';
import { asAnswered } from './ranges/range-end.ts';
import { longestFact, type Part } from './ranges/range-reading.ts';
import { inRanges } from './ranges/ranges.ts';
import { readStoredSpan } from './stored-span.store.ts';

/**
 * Fetches days that have rows on a grid, such as an agent's activity. Days without any row at an end of the answer are asked for once more
 * by themselves: where rows come then, the source cuts its answers, and the rest is asked for in parts of that length. Returns how many
 * records came.
 */
export const fetchSpan = (planned: PlannedRequest, context: FetchContext): Promise<number> =>
  inRanges(planned, context, (part) => fetchPart(part, context));

/** Days of one scope. `claim`: those that are over, or none; `expected`: the days that are to have rows, those not over among them. */
type Span = { planned: PlannedRequest; about: About; scope: string; claim: Period; expected: Period };

async function fetchPart(planned: PlannedRequest, context: FetchContext): Promise<Part> {
  const { fetch, database, runId, lane, now } = context;
  const { resource, days, grid } = planned;
  const { moment = '', rowsPerDay = 1 } = resource.window ?? {};
  if (!days) return fetch(planned);
  const asked = days.period;
  const unfinished = firstUnfinishedDay(now());
  const claim = { from: asked.from, until: earlier(asked.until, later(asked.from, unfinished)) };
  // What is in doubt of days that are not over is named by them, as no day of theirs is claimed yet.
  const named = daysIn(claim) > 0 ? claim : asked;
  const about: About = {
    resource: resource.name,
    claim: claimOfDays(resource.name, named, days.scope, lane === 'sync' && asked.until > dayOf(now())),
    subject: `${describeScope(planned)}, ${describeDays(named)}`,
    days: named,
  };
  const { isIdle = false, begins, isContinued = false, newestAt = null } = grid ?? {};
  const expectsNow = asked.until > unfinished && (await readFact(database, lateFact(resource.name), FACT_DAYS)) === undefined;
  const tail = expectsNow ? earlier(asked.until, addDays(dayOf(now()), 1)) : claim.until;
  const expected = { from: begins === undefined ? claim.from : earlier(later(claim.from, begins), tail), until: tail };
  const span: Span = { planned, about, scope: days.scope, claim, expected };
  let verdict: SpanVerdict = { covered: [], edges: [], doubts: [] };
  const settle: Settle = async (client, received) => {
    const wasSilent = isContinued && countReceived(received) === 0;
    verdict = judgeSpan(about, { received, expected, moment, rowsPerDay, now: now(), isIdle, wasSilent, newestAt });
    await settleSpan(client, runId, span, received, verdict);
  };
  // An idle agent is not asked about again for a week.
  const first = await fetch(planned, settle, (client) => storeJudgement(client, runId, [], [doubt(about, 'unfinished')]));
  if (verdict.edges.length === 0) return first;
  const looked = await lookAtEdges(verdict.edges, span, first.brought, context);
  const remember = (fact: string, value: string, evidence: string) =>
    rememberFact(database, fact, value, `${planned.redactedUrl}: ${evidence}`);
  // An answer without any row says nothing of how many days one holds.
  if (looked.isCut && countReceived(first.brought) > 0) {
    const longest = Math.max(1, daysWithRows(first.brought, moment).length - 2 * MARGIN_DAYS);
    await remember(longestFact(resource.name), String(longest), 'more came of days that it had no rows of');
  }
  if (expectsNow && looked.isLate) await remember(lateFact(resource.name), 'late', 'the last rows were of long before, and no others came');
  const { covered, doubts } = looked;
  await database.transaction((client) =>
    settleSpan(client, runId, span, first.brought, { covered, doubts: [...verdict.doubts, ...doubts] }),
  );
  return { ...first, received: first.received + looked.received };
}

/** Covers the days that are whole, and stores what is in doubt. */
async function settleSpan(
  client: Client,
  runId: number,
  { planned, about, scope, claim, expected }: Span,
  received: Received,
  { covered, doubts }: Pick<SpanVerdict, 'covered' | 'doubts'>,
): Promise<void> {
  const { name } = planned.resource;
  for (const { from, until } of covered) {
    const days = { from: from <= expected.from ? claim.from : from, until: earlier(until, claim.until) };
    if (daysIn(days) === 0) continue;
    await addCoverage(client, name, scope, days);
    await settleDays(client, runId, name, days, { scope });
  }
  await storeJudgement(client, runId, [about.claim, aboutFuture(planned).claim], [...doubts, ...futureDoubts(planned, received)]);
}

/** The fact that rows are not there up to the moment of asking. */
const lateFact = (name: string): string => `${name}.tail`;

/** `isCut`: new rows came; `isLate`: none did up to the moment of asking, after those of the days before. */
type Looked = { received: number; covered: Period[]; doubts: Doubt[]; isCut: boolean; isLate: boolean };

/**
 * Asks for days without rows by themselves. Where nothing new comes, there is nothing, and they are covered, unless rows of other days
 * come, or rows that are stored did not. Where something does, the source cuts its answers: what is left is asked for too, as long as whole
 * days come.
 */
async function lookAtEdges(edges: readonly Edge[], span: Span, before: Received, context: FetchContext): Promise<Looked> {
  const { planned, expected, about } = span;
  const { resource } = planned;
  const { window } = resource;
  const { moment = '', rowsPerDay = 1 } = window ?? {};
  const promisedBefore = promisedPerDay(before, moment, rowsPerDay);
  const looked: Looked = { received: 0, covered: [], doubts: [], isCut: false, isLate: false };
  const known = new Set(before.stored.map((row) => keyOf(row, resource)));
  const queue = [...edges];
  for (let edge = queue.pop(); edge && window; edge = queue.pop()) {
    const { days, look } = edge;
    const again = await context.again();
    const { brought, received } = await askByThemselves(planned, look, again);
    looked.received += received;
    const aboutEdge = { ...about, subject: `${describeScope(planned)}, ${describeDays(days)}`, days };
    const verdict = judgeAnswer(aboutEdge, brought);
    looked.doubts.push(...verdict.doubts);
    if (!verdict.isUsable) continue;
    const [begin, end] = [startOf(days.from), startOf(days.until)];
    const isNew = (row: Row): boolean => {
      const at = row[moment];
      return at instanceof Date && at >= begin && at < end && !known.has(keyOf(row, resource));
    };
    if (!brought.stored.some(isNew)) {
      if (brought.unasked > 0) {
        looked.doubts.push(doubt(aboutEdge, 'not_asked_for', { received: brought.unasked }));
        continue;
      }
      if (await lacksStored(planned, before, context)) {
        looked.doubts.push(doubt(aboutEdge, 'stored_not_sent'));
        continue;
      }
      looked.covered.push(days);
      looked.isLate ||= days.until === expected.until && days.from > expected.from;
      continue;
    }
    looked.isCut = true;
    for (const row of brought.stored) known.add(keyOf(row, resource));
    const promised = promisedPerDay(brought, moment, promisedBefore);
    const whole = wholeDays(brought, moment, look, { now: context.now(), rowsPerDay: promised });
    if (whole) {
      looked.covered.push(whole);
      queue.push(...subtract(days, [whole]).map((rest) => ({ days: rest, look: rest })));
      continue;
    }
    const details = { received: countReceived(brought), promised: Math.round(promised * daysIn(days)) };
    looked.doubts.push(doubt(aboutEdge, 'span_cut', details));
  }
  return looked;
}

/**
 * Whether rows are stored that are of the days asked for, in every time zone, and before or after all that came: an answer that lacks them
 * shows of no day that there is nothing.
 */
async function lacksStored(planned: PlannedRequest, came: Received, { database }: FetchContext): Promise<boolean> {
  const { window } = planned.resource;
  const [from, until] = [window?.from, window?.until].map((name) => planned.query[name ?? '']);
  if (!from || !until || !window?.moment) return false;
  const begin = new Date(startOf(from).getTime() + ZONES_MS.last);
  const end = new Date(startOf(until).getTime() - ZONES_MS.first);
  const stored = await readStoredSpan(database, planned, begin, end);
  const at = momentsOf(came, window.moment);
  return stored !== undefined && (stored.first.getTime() < (at[0] ?? Infinity) || stored.last.getTime() > (at.at(-1) ?? -Infinity));
}

/**
 * Asks for days alone. Whether the last day that is named is part of the range is not documented: the rows of one day more could take the
 * place of those that are wanted, so they are asked for only where none come otherwise, or nothing can come after today.
 */
async function askByThemselves(planned: PlannedRequest, { from, until }: Period, context: FetchContext): Promise<CommittedResponse> {
  const { window } = planned.resource;
  const ask = async (last: Day): Promise<CommittedResponse> =>
    context.fetch(await asAnswered(planDates(planned, window ? { [window.from]: from, [window.until]: last } : {}), context));
  if (until > dayOf(context.now())) return ask(until);
  const first = await ask(addDays(until, -1));
  return countReceived(first.brought) > 0 ? first : ask(until);
}

/** Whose days they are, as a person writes it: agent 4. */
const describeScope = ({ days }: PlannedRequest): string => days?.scope.replace('_id=', ' ') ?? '';

const aboutFuture = (planned: PlannedRequest): About => ({
  resource: planned.resource.name,
  claim: `${planned.resource.name} ${planned.days?.scope} future`,
  subject: describeScope(planned),
});

const futureDoubts = (planned: PlannedRequest, { ahead }: Received): Doubt[] =>
  ahead > 0 ? [doubt(aboutFuture(planned), 'future_records', { received: ahead })] : [];

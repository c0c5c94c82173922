import { addDays, coveredBy, daysIn, firstUnfinishedDay, type Period, startOf, subtract } from '../core/period.ts';
import { MARGIN_DAYS, type Planned, planDates } from '../core/plan.ts';
import type { Row } from '../core/resource.ts';
import { keyOf } from '../core/row.ts';
import type { Client } from '../db/database.ts';
import { addCoverage } from '../evidence/coverage.store.ts';
import { settleDays, storeJudgement } from '../evidence/doubts.store.ts';
import { type Doubt, describeDays, doubt } from '../evidence/doubts.ts';
import { rememberFact } from '../evidence/facts.store.ts';
import type { About } from '../evidence/judge-answer.ts';
import { daysWithRows, judgeSpan, promisedPerDay, type SpanVerdict, wholeDays } from '../evidence/judge-span.ts';
import { claimOfDays } from '../evidence/judge-window.ts';
import { countReceived, type Received } from '../evidence/received.ts';
import type { FetchContext } from './fetch-context.ts';
import { inRanges, longestFact } from './ranges.ts';

/**
 * Fetches days that have rows on a grid, such as an agent's activity. Days without any row at an end of the answer are asked for once more
 * by themselves: where rows come then, the source cuts its answers, and the rest is asked for in parts of that length. Returns how many
 * records came.
 */
export async function fetchSpan(planned: Planned, context: FetchContext): Promise<number> {
  const parts = await inRanges(planned, context, (part) => fetchPart(part, context));
  return parts.reduce((sum, received) => sum + received, 0);
}

async function fetchPart(planned: Planned, context: FetchContext): Promise<number> {
  const { ask, database, runId, now } = context;
  const { resource, days, grid } = planned;
  const moment = resource.window?.moment ?? '';
  const claim = days && coveredBy(days.period, now());
  if (!days || !claim) return (await ask(planned)).received;
  const about: About = {
    resource: resource.name,
    claim: claimOfDays(resource.name, claim, days.scope, claim.until === firstUnfinishedDay(now())),
    subject: `${days.scope.replace('_id=', ' ')}, ${describeDays(claim)}`,
    days: claim,
  };
  const { isIdle = false, begins, isContinued = false } = grid ?? {};
  const judge = (received: Received, of: Period, wasSilent: boolean): SpanVerdict =>
    judgeSpan(about, { received, claim: of, moment, begins, isIdle, wasSilent });
  const claims = [about.claim, aboutFuture(planned).claim];
  const cover = async (client: Client, periods: readonly Period[]) => {
    for (const period of periods) {
      await addCoverage(client, resource.name, days.scope, period);
      await settleDays(client, runId, resource.name, period, { scope: days.scope });
    }
  };
  let verdict: SpanVerdict = { covered: [], edges: [], doubts: [] };
  const first = await ask(planned, async (client, received) => {
    verdict = judge(received, claim, isContinued && countReceived(received) === 0);
    await cover(client, verdict.covered);
    await storeJudgement(client, runId, claims, [...verdict.doubts, ...futureDoubts(planned, received)]);
  });
  let received = first.received;
  if (verdict.edges.length === 0) return received;
  const looked = await lookAtEdges(verdict.edges, { planned, claim, about, before: first.brought }, context);
  received += looked.received;
  if (looked.isCut) {
    const longest = Math.max(1, daysWithRows(first.brought, moment).length - 2 * MARGIN_DAYS);
    await rememberFact(database, longestFact(resource.name), String(longest), `${planned.label}: more came of days that it had no rows of`);
  }
  await database.transaction(async (client) => {
    await cover(client, looked.covered);
    await storeJudgement(client, runId, claims, [...verdict.doubts, ...looked.doubts, ...futureDoubts(planned, first.brought)]);
  });
  return received;
}

type Edges = { planned: Planned; claim: Period; about: About; before: Received };
type Looked = { received: number; covered: Period[]; doubts: Doubt[]; isCut: boolean };

/**
 * Asks for days without rows, or with a part of them, by themselves, without the days beside them. Where nothing new comes, there is nothing,
 * and they are covered. Where something does, the source cuts its answers: what is left is asked for too, as long as whole days come.
 */
async function lookAtEdges(edges: readonly Period[], { planned, claim, about, before }: Edges, context: FetchContext): Promise<Looked> {
  const { resource, days: asked } = planned;
  const { window } = resource;
  const moment = window?.moment ?? '';
  const looked: Looked = { received: 0, covered: [], doubts: [], isCut: false };
  const known = new Set(before.stored.map((row) => keyOf(row, resource)));
  const queue = [...edges];
  for (let days = queue.pop(); days && window; days = queue.pop()) {
    await context.lookAgain();
    // Whether the last day is part of the range is not known: after the newest days nothing else comes.
    const last = days.until < claim.until ? addDays(days.until, -1) : days.until;
    const { brought, received } = await context.ask(planDates(planned, { [window.from]: days.from, [window.until]: last }));
    looked.received += received;
    const [begin, end] = [startOf(days.from), startOf(days.until)];
    const isNew = (row: Row): boolean => {
      const at = row[moment];
      return at instanceof Date && at >= begin && at < end && !known.has(keyOf(row, resource));
    };
    if (!brought.stored.some(isNew)) {
      looked.covered.push(days);
      continue;
    }
    looked.isCut = true;
    for (const row of brought.stored) known.add(keyOf(row, resource));
    const whole = wholeDays(brought, moment, days);
    if (whole) {
      looked.covered.push(whole);
      queue.push(...subtract(days, [whole]));
      continue;
    }
    const subject = `${asked?.scope.replace('_id=', ' ')}, ${describeDays(days)}`;
    const promised = Math.round(promisedPerDay(brought, moment) * daysIn(days));
    looked.doubts.push(doubt({ ...about, subject, days }, 'span_cut', { received: countReceived(brought), promised }));
  }
  return looked;
}

const aboutFuture = ({ resource, days }: Planned): About => ({
  resource: resource.name,
  claim: `${resource.name} ${days?.scope} future`,
  subject: days?.scope.replace('_id=', ' ') ?? '',
});

const futureDoubts = (planned: Planned, { ahead }: Received): Doubt[] =>
  ahead > 0 ? [doubt(aboutFuture(planned), 'future_records', { received: ahead })] : [];

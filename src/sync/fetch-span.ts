import { addDays, coveredBy, firstUnfinishedDay, type Period, subtract } from '../core/period.ts';
import { MARGIN_DAYS, type Planned, planDates } from '../core/plan.ts';
import type { Client } from '../db/database.ts';
import { addCoverage } from '../evidence/coverage.store.ts';
import { settleDays, storeJudgement } from '../evidence/doubts.store.ts';
import { type Doubt, describeDays, doubt } from '../evidence/doubts.ts';
import { rememberFact } from '../evidence/facts.store.ts';
import type { About } from '../evidence/judge-answer.ts';
import { daysWithRows, judgeSpan, promisedPerDay, type SpanVerdict } from '../evidence/judge-span.ts';
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
  const claims = [about.claim, claimOfFuture(planned)];
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
  const looked = await lookAtEdges(verdict.edges, { planned, claim, about, size: countReceived(first.brought) }, context);
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

type Edges = { planned: Planned; claim: Period; about: About; size: number };
type Looked = { received: number; covered: Period[]; doubts: Doubt[]; isCut: boolean };

/**
 * Asks for days without rows by themselves, without the days beside them that had some. What has no rows then is covered. Where rows come,
 * what is left of the days is asked for too, as long as that brings whole days. An answer of just the `size` of the one before, or of a
 * part of a day, is cut.
 */
async function lookAtEdges(edges: readonly Period[], { planned, claim, about, size }: Edges, context: FetchContext): Promise<Looked> {
  const { window } = planned.resource;
  const moment = window?.moment ?? '';
  const looked: Looked = { received: 0, covered: [], doubts: [], isCut: false };
  const queue = [...edges];
  for (let days = queue.pop(); days && window; days = queue.pop()) {
    await context.lookAgain();
    // Whether the last day is part of the range is not known: after the newest days nothing else comes.
    const last = days.until < claim.until ? addDays(days.until, -1) : days.until;
    const { brought, received } = await context.ask(planDates(planned, { [window.from]: days.from, [window.until]: last }));
    looked.received += received;
    const came = countReceived(brought);
    const [from, until] = [days.from, days.until];
    const found = daysWithRows(brought, moment).filter((day) => day >= from && day < until);
    const [oldest, newest] = [found[0], found.at(-1)];
    const promised = promisedPerDay(brought, moment) * Math.max(1, found.length);
    const isThin = found.length > 0 && came < promised * LEAST_SHARE;
    if (oldest !== undefined || (came > 0 && came === size)) looked.isCut = true;
    if (isThin || (oldest === undefined && came > 0 && came === size)) {
      const subject = `${planned.days?.scope.replace('_id=', ' ')}, ${describeDays(days)}`;
      looked.doubts.push(doubt({ ...about, subject, days }, 'span_cut', { received: came, promised: Math.round(promised) }));
    } else if (oldest === undefined || newest === undefined) looked.covered.push(days);
    else {
      const whole = { from: oldest, until: addDays(newest, 1) };
      looked.covered.push(whole);
      queue.push(...subtract(days, [whole]));
    }
  }
  return looked;
}

/** Fewer rows than this share of what their own interval promises are not all of a day. */
const LEAST_SHARE = 0.5;

const claimOfFuture = ({ resource }: Planned): string => `${resource.name} future`;

const futureDoubts = (planned: Planned, { ahead }: Received): Doubt[] =>
  ahead > 0
    ? [
        doubt({ resource: planned.resource.name, claim: claimOfFuture(planned), subject: 'all agents' }, 'future_records', {
          received: ahead,
        }),
      ]
    : [];

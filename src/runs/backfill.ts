import { UsageError } from '../errors.ts';
import { forgetChatFetches, isOfChats, type OfChats } from '../evidence/chat-fetches.store.ts';
import { forgetCoverage } from '../evidence/coverage.store.ts';
import { findChatsNeedingMessages, type MessageBacklogFilter } from '../evidence/wanted-chats.store.ts';
import { type Resource, WEEKLY_DAYS } from '../records/resource.ts';
import { resources } from '../resources/index.ts';
import { countWindows, type PlannedRequest, planMessages, planRequest, planWindow } from '../source/request-plan.ts';
import { addDays, type Day, daysIn, firstUnfinishedDay, type Period, startOf } from '../time/period.ts';
import type { Database } from '../warehouse/connection/database.ts';
import { readRecentPaths } from '../warehouse/loaded-requests.ts';
import { openRun } from '../warehouse/run-log.ts';
import { doubtLeft } from './check-history.ts';
import { executeRun } from './execute-run.ts';
import { countRequests } from './fetch/list-state.ts';
import { forgetLists, readRecentLists } from './fetch/lists.store.ts';
import { readNeedsChat } from './fetch/message-facts.ts';
import { datesOf, fetchReportedTotal, readEndIncluded } from './fetch/reported-total.ts';
import { isOfAgents, readAgents } from './known-agents.store.ts';
import { createFindMissing, type MissingDaysOptions } from './missing-days.ts';
import { countFailed, countMessages, MESSAGES_BATCH, type Planner, planGrid, withoutAsked, withReports } from './planner.ts';
import type { RunOptions } from './run-options.ts';
import type { RunReport } from './run-report.ts';

export type BackfillOptions = RunOptions & {
  range: Period;
  /** Reads again what is there already. */
  refresh: boolean;
};

/**
 * The days of a backfill: from the first to the last, both included, as far as they are over everywhere: later ones change, and are the
 * sync's. Throws `UsageError` when there are none.
 */
export function backfillRange(from: Day, to: Day | undefined, now: Date): Period {
  const unfinished = firstUnfinishedDay(now);
  const until = to === undefined || to >= unfinished ? unfinished : addDays(to, 1);
  if (from >= until)
    throw new UsageError(
      `--from ${from} is later than ${to === undefined || to >= unfinished ? `the last day that is over everywhere, ${addDays(unfinished, -1)}: a sync reads what is newer` : `--to ${to}`}`,
    );
  return { from, until };
}

/** Loads history, newest day first. What is covered already is left alone, so asked again it does what is missing. */
export async function backfill(options: BackfillOptions): Promise<RunReport> {
  const { database, range, refresh, only, client } = options;
  const live = await openRun(database, 'backfill', {
    onlyResources: only ? [...only] : null,
    details: { from: range.from, to: addDays(range.until, -1), refresh },
  });
  try {
    if (refresh) await forget(database, range, only);
    const requestContext = { client, database, runId: live.run.runId, lane: 'backfill' as const };
    const volumeOf: BackfillPlannerOptions['volumeOf'] = async (resource, period, turn) =>
      fetchReportedTotal({ ...requestContext, ...turn }, resource, datesOf(resource, period, await readEndIncluded(database, resource)));
    return await executeRun(
      live,
      'backfill',
      createBackfillPlanner({ database, range, refresh, volumeOf, startedAt: live.run.startedAt }),
      options,
    );
  } finally {
    await live.release();
  }
}

/** What is covered of the range is not any more: it will be read again, also when this run does not live to do it. */
const forget = (database: Database, range: Period, only: readonly string[] | undefined): Promise<void> =>
  database.transaction(async (client) => {
    const chosen = resources.filter(({ name }) => only?.includes(name) ?? true);
    for (const { name, window } of chosen) if (window) await forgetCoverage(client, name, range);
    for (const resource of chosen.filter(isOfChats))
      await forgetChatFetches(client, resource, { from: startOf(range.from), until: startOf(range.until) });
    if (chosen.some(({ pages }) => pages)) await forgetLists(client);
  });

export type BackfillPlannerOptions = Omit<MissingDaysOptions, 'agentsOf' | 'anew'> & {
  refresh: boolean;
  agentsOf?: MissingDaysOptions['agentsOf'];
  /** As if nothing had been read yet. */
  anew?: boolean;
  /** When the run began. */
  startedAt?: Date;
};

/** What a backfill has to do: days that are not covered, messages never fetched, and lists that no sync has read for a week. */
export function createBackfillPlanner(options: BackfillPlannerOptions): Planner {
  const { database, range, refresh, agentsOf = readAgents, anew = false, startedAt } = options;
  const looking: MessageBacklogFilter = { from: startOf(range.from), until: startOf(range.until), since: startedAt, anew };
  const findMissing = createFindMissing({ ...options, agentsOf, anew });

  const findChats = async (resource: OfChats, limit: number) =>
    findChatsNeedingMessages(database, resource, looking, limit, await readNeedsChat(database, resource));

  async function planLists(resource: Resource): Promise<PlannedRequest[]> {
    const { scope } = resource;
    const read = resource.pages ? readRecentLists(database, resource, WEEKLY_DAYS) : readRecentPaths(database, resource.name, WEEKLY_DAYS);
    const recent = refresh || anew ? new Set() : await read;
    const planned =
      scope.over === 'combinations'
        ? scope.of.map((parameters) => planRequest(resource, { parameters }))
        : isOfAgents(resource)
          ? (await agentsOf(database, resource)).map(({ agentId }) => planRequest(resource, { agentId }))
          : [planRequest(resource)];
    return planned.filter(({ path, redactedUrl }) => !recent.has(resource.pages ? redactedUrl : path));
  }

  return {
    days: range,
    afterwards: doubtLeft,
    async nextRequests(resource, asked, turn) {
      if (isOfChats(resource))
        return withoutAsked(planMessages(resource, await findChats(resource, MESSAGES_BATCH + countFailed(asked))), asked);
      if (!resource.window) return withoutAsked(await planLists(resource), asked);
      return (await findMissing(resource, asked, turn)).flatMap(({ agent, covered, missing }) => {
        const period = planWindow(missing);
        if (!period) return [];
        const planned = planRequest(resource, { agentId: agent?.agentId, period });
        return [agent ? planGrid(planned, agent, covered) : planned];
      });
    },
    async countRequests(resource, asked) {
      if (isOfChats(resource)) return countMessages(database, resource, looking, asked);
      if (!resource.window) {
        const requests = await countRequests(database, resource, withoutAsked(await planLists(resource), asked));
        return { requests, oneByOne: requests };
      }
      const all = await findMissing(resource, asked);
      return {
        requests: withReports(
          resource,
          all.reduce((sum, { missing, rowsIn }) => sum + countWindows(missing, rowsIn), 0),
        ),
        oneByOne: all.reduce((sum, { missing }) => sum + missing.days.reduce((days, period) => days + daysIn(period), 0), 0),
      };
    },
  };
}

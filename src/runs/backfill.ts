import { UsageError } from '../errors.ts';
import { forgetChatFetches, isOfChats } from '../evidence/chat-fetches.store.ts';
import { forgetCoverage, readCoverage, readRowsPerDay } from '../evidence/coverage.store.ts';
import { findChatsNeedingMessages, type MessageBacklogFilter } from '../evidence/wanted-chats.store.ts';
import { type Resource, WEEKLY_DAYS } from '../records/resource.ts';
import { resources } from '../resources/index.ts';
import {
  countWindows,
  type Missing,
  type PlannedRequest,
  planMessages,
  planMissing,
  planRequest,
  planWindow,
  rowsPerDayAfter,
  scopeName,
} from '../source/request-plan.ts';
import { addDays, type Day, daysIn, firstUnfinishedDay, type Period, startOf } from '../time/period.ts';
import type { Database } from '../warehouse/connection/database.ts';
import { readRecentPaths } from '../warehouse/loaded-requests.ts';
import { openRun } from '../warehouse/run-log.ts';
import { executeRun } from './execute-run.ts';
import { readNeedsChat } from './fetch/fetch-messages.ts';
import { countRequests } from './fetch/list-state.ts';
import { forgetLists, readRecentLists } from './fetch/lists.store.ts';
import { datesOf, fetchReportedTotal, readEndIncluded } from './fetch/reported-total.ts';
import { isIdle, isOfAgents, type KnownAgent, type OfAgents, readAgents } from './known-agents.store.ts';
import {
  type Asked,
  countFailed,
  countMessages,
  MESSAGES_BATCH,
  type Planner,
  planGrid,
  type Turn,
  withoutAsked,
  withReports,
} from './planner.ts';
import { reported } from './reported-resource.ts';
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

/** Days that one scope of a resource lacks. `rowsIn`: how many rows are to be expected of a period. */
type Lack = { agent?: KnownAgent; covered: readonly Period[]; missing: Missing; rowsIn: (period: Period) => number };

export type BackfillPlannerOptions = {
  database: Database;
  range: Period;
  refresh: boolean;
  /** Asks the source how many records it has, when nothing else tells; in the name of the piece of work that needs it. */
  volumeOf?(resource: Resource, period: Period, turn: Turn & { claimKey: string }): Promise<number | undefined>;
  /** How many of the records that a report counts a day is expected to have, when days next to the missing ones do not tell. */
  rowsPerDay?: number | undefined;
  agentsOf?: (database: Database, resource: OfAgents) => Promise<KnownAgent[]>;
  /** As if nothing had been read yet. */
  anew?: boolean;
  /** When the run began. */
  startedAt?: Date;
};

/** What a backfill has to do: days that are not covered, messages never fetched, and lists that no sync has read for a week. */
export function createBackfillPlanner({
  database,
  range,
  refresh,
  volumeOf,
  rowsPerDay,
  agentsOf = readAgents,
  anew = false,
  startedAt,
}: BackfillPlannerOptions): Planner {
  const looking: MessageBacklogFilter = { from: startOf(range.from), until: startOf(range.until), since: startedAt, anew };
  const perDay = new Map<Resource, number>(rowsPerDay === undefined ? [] : [[reported, rowsPerDay]]);

  const readMissing = (covered: readonly Period[] | undefined, scope: string, asked: readonly Asked[]) =>
    planMissing(
      range,
      covered ?? [],
      asked.flatMap(({ planned: { days } }) => (days?.scope === scope ? [days.period] : [])),
    );

  /** The latest answer tells how dense the days before it are. */
  const densityOf = (scope: string, asked: readonly Asked[], first: number): number => {
    const last = asked.findLast(({ planned: { days }, received }) => days?.scope === scope && received !== undefined);
    return last?.planned.days ? rowsPerDayAfter(last.planned.days.period, last.received ?? 0) : first;
  };

  /** With a `turn` the source may be asked how many rows there are to be expected. */
  async function lacks(resource: Resource, asked: readonly Asked[], turn?: Turn): Promise<Lack[]> {
    const covered = anew ? new Map<string, Period[]>() : await readCoverage(database, resource.name);
    if (!isOfAgents(resource)) {
      const days = readMissing(covered.get(''), '', asked);
      const [oldest, newest] = [days[0], days.at(-1)];
      if (!oldest || !newest) return [];
      const hull = { from: oldest.from, until: newest.until };
      let near = perDay.get(resource) ?? (await readRowsPerDay(database, resource, newest.until));
      if (near === undefined && turn && volumeOf) {
        const { claimKey } = planRequest(resource, { period: hull });
        near = ((await volumeOf(resource, hull, { ...turn, claimKey })) ?? UNKNOWN_PER_DAY * daysIn(hull)) / daysIn(hull);
      }
      if (near !== undefined) perDay.set(resource, near);
      const expected = near ?? UNKNOWN_PER_DAY;
      return [
        { covered: [], missing: { days, rowsPerDay: densityOf('', asked, expected) }, rowsIn: (period) => expected * daysIn(period) },
      ];
    }
    const rowsPerDay = resource.window?.rowsPerDay ?? UNKNOWN_PER_DAY;
    return (await agentsOf(database, resource)).map((agent) => {
      const scope = scopeName(resource, agent.agentId);
      const createdAt = agent.createdAt?.toISOString().slice(0, 10) ?? range.from;
      return {
        agent,
        covered: covered.get(scope) ?? [],
        missing: { days: readMissing(covered.get(scope), scope, asked), rowsPerDay: densityOf(scope, asked, rowsPerDay) },
        rowsIn: (period) => (isIdle(agent) || period.until <= createdAt ? 0 : rowsPerDay * daysIn(period)),
      };
    });
  }

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
    async nextRequests(resource, asked, turn) {
      if (isOfChats(resource))
        return withoutAsked(
          planMessages(
            resource,
            await findChatsNeedingMessages(
              database,
              resource,
              looking,
              MESSAGES_BATCH + countFailed(asked),
              await readNeedsChat(database, resource),
            ),
          ),
          asked,
        );
      if (!resource.window) return withoutAsked(await planLists(resource), asked);
      return (await lacks(resource, asked, turn)).flatMap(({ agent, covered, missing }) => {
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
      const all = await lacks(resource, asked);
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

/** A guess, where nothing tells how many rows a day has: the first answer corrects it. */
const UNKNOWN_PER_DAY = 300;

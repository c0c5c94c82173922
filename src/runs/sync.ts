import { isOfChats } from '../evidence/chat-fetches.store.ts';
import { claimOfList } from '../evidence/claims.ts';
import { readCoverage } from '../evidence/coverage.store.ts';
import { readClaimsInDoubt } from '../evidence/doubts.store.ts';
import { readFilter } from '../evidence/list-filter.store.ts';
import { sourceNow } from '../evidence/sightings.ts';
import { findChatsNeedingMessages, type MessageBacklogFilter, surelyOverAt } from '../evidence/wanted-chats.store.ts';
import { type EachChat, type Resource, WEEKLY_DAYS } from '../records/resource.ts';
import { firstDay, type PlannedRequest, planLookback, planMessages, planRequest, planSince, scopeName } from '../source/request-plan.ts';
import { addDays, type Day, dayOf, daysIn, startOf } from '../time/period.ts';
import type { Client, Database } from '../warehouse/connection/database.ts';
import { readRecentPaths, readRecentUnits } from '../warehouse/loaded-requests.ts';
import { openRun, readFirstDay, readLastSyncs } from '../warehouse/run-log.ts';
import { checkHistory } from './check-history.ts';
import { executeRun } from './execute-run.ts';
import { countRequests } from './fetch/list-state.ts';
import { readNeedsChat } from './fetch/message-facts.ts';
import { isIdle, isOfAgents, type KnownAgent, type OfAgents, readAgents } from './known-agents.store.ts';
import { hasNewStubs, readNewest } from './known-records.store.ts';
import { type Asked, countFailed, countMessages, MESSAGES_BATCH, type Planner, planGrid, withoutAsked, withReports } from './planner.ts';
import type { RunOptions } from './run-options.ts';
import type { RunReport } from './run-report.ts';

export type SyncOptions = RunOptions & {
  /** The first day of an empty warehouse's first sync. */
  startDate: Day | undefined;
  lookbackDays: number;
  /** The moment of the schedule that it is for, and what gives it to the run in the transaction that begins it. */
  slot?: { at: Date; claim(client: Client, runId: number): Promise<void> };
};

/**
 * One incremental run over all resources. Throws `LockedError` when another sync is running, and `AlreadyClaimedError` when the slot was done;
 * every other end is in the report.
 */
export async function sync(options: SyncOptions): Promise<RunReport> {
  const { database, now, startDate, slot } = options;
  const since = (await readFirstDay(database)) ?? firstDay(startDate, now());
  const isOften = await isOftenSynced(database, now());
  const beginning = { since, machineTime: now(), onlyResources: options.only ? [...options.only] : null, slotAt: slot?.at ?? null };
  const live = await openRun(database, 'sync', beginning, async (client, runId) => {
    await slot?.claim(client, runId);
  });
  try {
    return await executeRun(
      live,
      'sync',
      createSyncPlanner({ ...options, now: now(), since, startedAt: live.run.startedAt, isOften }),
      options,
    );
  } finally {
    await live.release();
  }
}

export type SyncPlannerOptions = {
  database: Database;
  now: Date;
  since: Day;
  startedAt: Date;
  lookbackDays: number;
  /** Another sync was made just before, as by a schedule that runs often: the next one is soon, too. */
  isOften?: boolean;
  agentsOf?: (database: Database, resource: OfAgents) => Promise<KnownAgent[]>;
};

/** What a sync has to do: today's lists, the chats of the lookback, what agents and chats lack, and weekly what changes little. */
export function createSyncPlanner(options: SyncPlannerOptions): Planner {
  const { database, now, startedAt, lookbackDays } = options;
  const lookbackFrom = addDays(dayOf(now), -lookbackDays);

  async function plan(resource: Resource, asked: readonly Asked[]): Promise<PlannedRequest[]> {
    if (isOfChats(resource)) {
      const limit = MESSAGES_BATCH + countFailed(asked);
      const filter = await backlogFilter(resource.scope, options);
      const needsChat = await readNeedsChat(database, resource);
      return planMessages(resource, await findChatsNeedingMessages(database, resource, filter, limit, needsChat));
    }
    if (isOfAgents(resource)) return planOfAgents(resource, options);
    const { scope, window } = resource;
    if (scope.over === 'combinations') return scope.of.map((parameters) => planRequest(resource, { parameters }));
    if (!window) return onlyDue(resource, [planRequest(resource)], database);
    const covered = (await readCoverage(database, resource.name)).get('') ?? [];
    return [planRequest(resource, { period: planLookback(covered, options) })];
  }

  return {
    // Of all days: the weekly comparison looks behind the lookback, too.
    days: {},
    afterwards: (context, rest) => checkHistory(context, { until: lookbackFrom, startedAt, ...rest }),
    nextRequests: async (resource, asked) => withoutAsked(await plan(resource, asked), asked),
    async countRequests(resource, asked) {
      if (isOfChats(resource)) return countMessages(database, resource, await backlogFilter(resource.scope, options), asked);
      const planned = withoutAsked(await plan(resource, asked), asked);
      const requests = withReports(resource, await countRequests(database, resource, planned));
      return {
        requests,
        oneByOne: resource.window ? planned.reduce((sum, { days }) => sum + (days ? daysIn(days.period) : 0), 0) : requests,
      };
    },
  };
}

/** Which chats lack messages, as a sync sees it. */
async function backlogFilter(
  { of: chats }: EachChat,
  { database, now, since, startedAt, lookbackDays, isOften = false }: SyncPlannerOptions,
): Promise<MessageBacklogFilter> {
  const lookbackFrom = addDays(dayOf(now), -lookbackDays);
  // Chats of the days just before come along, as a day more is asked for on either side.
  const from = [addDays(since, -2), lookbackFrom].sort()[0] ?? since;
  const [newest, latest] = await readNewest(database, chats);
  const at = sourceNow({ newest: { key: '', at: newest }, latest }, now);
  return {
    from: startOf(from),
    byChange: (await readFilter(database, chats.name)) === 'change',
    open: { from: startOf(lookbackFrom), lookbackDays },
    since: startedAt,
    overAt: surelyOverAt(at),
    // Where the clock of the source is ahead, nobody knows what it shows: its chats might be waited with for hours.
    waits: isOften && at === now,
  };
}

/** Each agent's list, or the days that each agent lacks. */
async function planOfAgents(
  resource: OfAgents,
  { database, now, since, agentsOf = readAgents }: SyncPlannerOptions,
): Promise<PlannedRequest[]> {
  const agents = await agentsOf(database, resource);
  if (!resource.window)
    return onlyDue(
      resource,
      agents.map(({ agentId }) => planRequest(resource, { agentId })),
      database,
    );
  const covered = await readCoverage(database, resource.name);
  const looked = await readRecentUnits(database, resource.name, WEEKLY_DAYS);
  return (
    agents
      .map((agent) => {
        const scope = covered.get(scopeName(resource, agent.agentId)) ?? [];
        const period = planSince(scope, { now, since });
        return { agent, planned: planGrid(planRequest(resource, { agentId: agent.agentId, period }), agent, scope) };
      })
      // Nothing new is to be expected of these; a look a week finds out when that changes.
      .filter(({ agent, planned }) => !isIdle(agent) || !looked.has(planned.claimKey))
      .map(({ planned }) => planned)
  );
}

/**
 * Of the lists of a resource that is read once a week: those that were not read within it, and those in doubt; also the one of everything
 * there is, when other records have named some since, and did not hold them.
 */
async function onlyDue(resource: Resource, planned: readonly PlannedRequest[], database: Database): Promise<PlannedRequest[]> {
  if (resource.every !== 'week' || (resource.scope.over === 'nothing' && (await hasNewStubs(database, resource)))) return [...planned];
  const recent = await readRecentPaths(database, resource.name, WEEKLY_DAYS);
  const doubted = await readClaimsInDoubt(database);
  return planned.filter(({ path, defaults }) => !recent.has(path) || doubted.has(claimOfList(resource, defaults)));
}

/** So many syncs, each within so long of the one before, are those of a schedule that runs often. */
const OFTEN = { syncs: 3, gapMs: 2 * 3_600_000 };

/** Whether syncs follow one another so fast that the next one is soon, by the clock of this machine and by that of the database. */
async function isOftenSynced(database: Database, now: Date): Promise<boolean> {
  const last = await readLastSyncs(database, OFTEN.syncs);
  let later = { at: now, agoMs: 0 };
  for (const sync of last) {
    const byMachine = later.at.getTime() - sync.at.getTime();
    if (byMachine <= 0 || Math.max(byMachine, sync.agoMs - later.agoMs) > OFTEN.gapMs) return false;
    later = sync;
  }
  return last.length === OFTEN.syncs;
}

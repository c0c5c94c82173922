import { addDays, dayOf } from '../core/period.ts';
import { type Planned, planLookback, planMessages, planRequest, planSince, WEEKLY_DAYS } from '../core/plan.ts';
import type { Resource } from '../core/resource.ts';
import { readAgents } from '../db/agents.ts';
import { readCoverage } from '../db/coverage.ts';
import type { Database } from '../db/database.ts';
import { readChatsWanted } from '../db/message-fetches.ts';
import { readRecentPaths } from '../db/runs.ts';

export type StageOptions = { database: Database; now: Date; startDate: string | undefined; lookbackDays: number };

/** What a sync asks for of one resource, given what the warehouse holds now: the requests, in order. */
export async function planStage(resource: Resource, options: StageOptions): Promise<Planned[]> {
  const { database, now, startDate, lookbackDays } = options;
  const recent =
    resource.every === 'week' || resource.scope.over === 'agents' ? await readRecentPaths(database, resource.name, WEEKLY_DAYS) : new Set();
  const isDue = (planned: Planned): boolean => resource.every === 'run' || !recent.has(planned.path);
  switch (resource.scope.over) {
    case 'combinations':
      return resource.scope.of.map((parameters) => planRequest(resource, { parameters }));
    case 'chats':
      return planMessages(
        resource,
        await readChatsWanted(database, new Date(`${addDays(dayOf(now), -lookbackDays)}T00:00:00Z`), lookbackDays),
      );
    case 'agents': {
      const agents = await readAgents(database);
      if (!resource.window) return agents.map(({ agentId }) => planRequest(resource, { agentId })).filter(isDue);
      const covered = await readCoverage(database, resource.name);
      const since = startDate ?? addDays(dayOf(now), -30);
      return (
        agents
          .map((agent) => {
            const period = planSince(covered.get(`agent_id=${agent.agentId}`) ?? [], since, now);
            return { agent, planned: planRequest(resource, { agentId: agent.agentId, period }) };
          })
          // Nothing new is to be expected of these; a look a week finds out when that changes.
          .filter(({ agent, planned }) => !(agent.isTerminated || (agent.isBot && !agent.hasActivity)) || !recent.has(planned.path))
          .map(({ planned }) => planned)
      );
    }
    case 'nothing': {
      if (!resource.window) return [planRequest(resource)].filter(isDue);
      const covered = (await readCoverage(database, resource.name)).get('') ?? [];
      return [planRequest(resource, { period: planLookback(covered, { now, startDate, lookbackDays }) })];
    }
  }
}

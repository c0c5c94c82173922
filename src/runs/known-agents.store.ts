import { type EachAgent, fieldOf, type Resource } from '../records/resource.ts';
import type { Database } from '../warehouse/connection/database.ts';
import { nameOf } from '../warehouse/load/merge.ts';

/* What is asked for by agent depends on what an agent's row says, so the table of agents is named. */

/** A resource that is asked for by agent. */
export type OfAgents = Resource & { scope: EachAgent };

/** Whether a resource is asked for by agent. */
export const isOfAgents = (resource: Resource): resource is OfAgents => resource.scope.over === 'eachAgent';

/** What decides whether an agent is asked about. One that the source no longer lists is as good as terminated. */
export type KnownAgent = { agentId: number; isBot: boolean; isTerminated: boolean; newestAt: Date | null; createdAt: Date | null };

/** The account's agents, without stubs, and the moment of the newest record of a resource that is there of each, where records have one. */
export async function readAgents(database: Database, resource: OfAgents): Promise<KnownAgent[]> {
  const { table } = resource.tables[0];
  const agent = `"${fieldOf(resource, resource.scope.parameter).column}"`;
  const moment = resource.window?.moment && `x."${fieldOf(resource, resource.window.moment).column}"`;
  // From the end of the key's index, and not from the whole table for an agent without any.
  const newest = moment
    ? `(select ${moment} from ${nameOf(table)} x where x.${agent} = a.agent_id order by ${moment} desc limit 1)`
    : 'null::timestamptz';
  const { rows } = await database.pool.query<KnownAgent>(
    `select agent_id as "agentId", coalesce(is_bot, false) as "isBot", coalesce(is_terminated, false) or source_missing_since is not null as "isTerminated",
       ${newest} as "newestAt",
       created_at as "createdAt"
     from chatrhub.agents a where not is_inferred order by agent_id`,
  );
  return rows;
}

/** Whether activity is hardly to be expected of an agent. */
export const isIdle = ({ isBot, isTerminated, newestAt }: KnownAgent): boolean => isTerminated || (isBot && !newestAt);

/** All agents that records of a resource can be recorded against, by an attribute of theirs, stubs too; those with most of them first. */
export async function readAgentIds({ pool }: Database, resource: Resource, attribute: string): Promise<number[]> {
  const { rows } = await pool.query<{ id: number }>(
    `select agent_id as id from chatrhub.agents a
     order by (select count(*) from ${nameOf(resource.tables[0].table)} c where c."${fieldOf(resource, attribute).column}" = a.agent_id) desc, agent_id`,
  );
  return rows.map(({ id }) => id);
}

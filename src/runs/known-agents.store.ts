import type { Database } from '../warehouse/connection/database.ts';

/** What decides whether an agent is asked about. One that the source no longer lists is as good as terminated. */
export type KnownAgent = { agentId: number; isBot: boolean; isTerminated: boolean; hasActivity: boolean; createdAt: Date | null };

/** The account's agents, without stubs. */
export async function readAgents(database: Database): Promise<KnownAgent[]> {
  const { rows } = await database.pool.query<KnownAgent>(
    `select agent_id as "agentId", coalesce(is_bot, false) as "isBot", coalesce(is_terminated, false) or source_missing_since is not null as "isTerminated",
       exists (select from chatrhub.agent_activities x where x.agent_id = a.agent_id) as "hasActivity",
       created_at as "createdAt"
     from chatrhub.agents a where not is_inferred order by agent_id`,
  );
  return rows;
}

/** Whether activity is hardly to be expected of an agent. */
export const isIdle = ({ isBot, isTerminated, hasActivity }: KnownAgent): boolean => isTerminated || (isBot && !hasActivity);

/** All agents that chats can be recorded against, stubs too; those with most chats first. */
export async function readAgentIds({ pool }: Database): Promise<number[]> {
  const { rows } = await pool.query<{ id: number }>(
    `select agent_id as id from chatrhub.agents a
     order by (select count(*) from chatrhub.chats c where c.agent_id = a.agent_id) desc, agent_id`,
  );
  return rows.map(({ id }) => id);
}

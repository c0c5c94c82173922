import { bigint, boolean, primaryKey } from 'drizzle-orm/pg-core';
import { defineResource, describe } from '../records/resource.ts';
import agents, { agentsTable } from './agents.ts';
import groups, { groupsTable } from './groups.ts';
import { chatrhub, indexed, instant, listed, listedNotes, tracked, trackedNotes } from './tables/schemas.ts';

export const agentGroupsTable = chatrhub.table(
  'agent_groups',
  {
    id: bigint('source_agent_group_id', { mode: 'number' }),
    agent_id: bigint('agent_id', { mode: 'number' })
      .notNull()
      .references(() => agentsTable.id),
    group_id: bigint('group_id', { mode: 'number' })
      .notNull()
      .references(() => groupsTable.id),
    is_assigned: boolean('is_assigned'),
    client_id: bigint('client_id', { mode: 'number' }).notNull(),
    trmnt_ind: boolean('is_terminated'),
    create_by: bigint('created_by_agent_id', { mode: 'number' }),
    create_dt: instant('created_at'),
    updt_by: bigint('updated_by_agent_id', { mode: 'number' }),
    updt_dt: instant('updated_at'),
    ...listed,
    ...tracked,
  },
  (t) => [primaryKey({ columns: [t.agent_id, t.group_id] }), ...indexed('agent_groups', [t.group_id])],
);

/** Who belongs to which group. The number in the path is the agent; the ids of the samples are all 1. L140. */
export default defineResource({
  name: 'agent_groups',
  type: 'agent_groups',
  tables: [
    describe(agentGroupsTable, 'Bridge between agents and groups: one row per agent and group link the API knows, assigned or not.', {
      id: 'Link number in the source, for tracing only: the samples repeat it, so it is no key.',
      agent_id: 'Agent of the link.',
      group_id: 'Group of the link.',
      is_assigned: 'True when the agent belongs to the group now; a false row is a former or refused membership.',
      client_id: 'ChatrHub account (tenant).',
      trmnt_ind: 'Soft-delete flag of the source (trmnt_ind).',
      create_by: 'Agent who made the link; audit column.',
      create_dt: 'When the link was made.',
      updt_by: 'Agent who last changed the link; audit column.',
      updt_dt: 'When the link last changed.',
      ...listedNotes,
      ...trackedNotes,
    }),
  ],
  path: '/agent_groups/{agent_id}.json',
  scope: { over: 'eachAgent', of: agents, parameter: 'agent_id' },
  order: 70,
  every: 'week',
  embeds: { agent: { resource: agents, id: 'agent_id' }, group: { resource: groups, id: 'group_id' } },
});

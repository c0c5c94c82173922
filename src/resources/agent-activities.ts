import { bigint, primaryKey, text } from 'drizzle-orm/pg-core';
import { defineResource, describe } from '../records/resource.ts';
import agents, { agentsTable } from './agents.ts';
import { chatrhub, instant, tracked, trackedNotes } from './tables/schemas.ts';

export const agentActivitiesTable = chatrhub.table(
  'agent_activities',
  {
    agent_id: bigint('agent_id', { mode: 'number' })
      .notNull()
      .references(() => agentsTable.id),
    create_dt: instant('snapshot_at').notNull(),
    status: text('status'),
    id: bigint('source_activity_id', { mode: 'number' }),
    client_id: bigint('client_id', { mode: 'number' }).notNull(),
    ...tracked,
  },
  (t) => [primaryKey({ columns: [t.agent_id, t.create_dt] })],
);

/** Availability of each agent, one row per five-minute snapshot. The API repeats its ids: agent and moment are the key. L54. */
export default defineResource({
  name: 'agent_activities',
  type: 'agent_activities',
  tables: [
    describe(
      agentActivitiesTable,
      'Periodic snapshot fact: the status of each agent every five minutes. The natural key is agent and time; the sample shows the same id on different rows, so the source id is not trusted as a key.',
      {
        agent_id: 'Agent whose status was recorded.',
        create_dt: 'Moment of the snapshot; it stands for the five minutes that follow.',
        status: 'available: can take new visitors; unavailable: online but full or closed for new visitors; offline: not connected.',
        id: 'Row number in the source, kept for tracing only.',
        client_id: 'ChatrHub account (tenant).',
        ...trackedNotes,
      },
    ),
  ],
  path: '/agent_activities/agent_id/{agent_id}.json',
  scope: { over: 'eachAgent', of: agents, parameter: 'agent_id' },
  order: 50,
  window: { from: 'start_date', until: 'end_date', rowsPerDay: 288, moment: 'create_dt' },
  every: 'run',
  keepsVersions: false,
  ignores: ['create_by', 'updt_by', 'updt_dt', 'trmnt_ind'],
});

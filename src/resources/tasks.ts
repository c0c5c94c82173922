import { sql } from 'drizzle-orm';
import { bigint, boolean, index, jsonb, text } from 'drizzle-orm/pg-core';
import { defineResource, describe, freeText } from '../records/resource.ts';
import { agentsTable } from './agents.ts';
import messages, { messagesTable } from './messages.ts';
import { intents } from './tables/intents.ts';
import { chatrhub, chatrhubPrivate, indexed, instant, tracked, trackedNotes } from './tables/schemas.ts';

export const tasksTable = chatrhub.table(
  'tasks',
  {
    id: bigint('task_id', { mode: 'number' }).primaryKey(),
    client_id: bigint('client_id', { mode: 'number' }).notNull(),
    task_type: text('task_type'),
    node_name: text('node_name'),
    message_id: bigint('message_id', { mode: 'number' }).references(() => messagesTable.id),
    assigned_agent_id: bigint('assigned_agent_id', { mode: 'number' }).references(() => agentsTable.id),
    is_complete: boolean('is_complete'),
    intent_id: text('intent_id'),
    create_by: bigint('created_by_agent_id', { mode: 'number' }),
    create_dt: instant('created_at'),
    updt_by: bigint('updated_by_agent_id', { mode: 'number' }),
    updt_dt: instant('updated_at'),
    ...tracked,
  },
  (t) => [
    ...indexed('tasks', [t.message_id, t.assigned_agent_id]),
    // Open tasks are few however many there were. As `lists.store.ts` asks for them.
    index('tasks_open_idx').on(t.task_type).where(sql`not coalesce("is_complete", false)`),
  ],
);

export const taskVariables = chatrhubPrivate.table('task_variables', {
  id: bigint('task_id', { mode: 'number' })
    .primaryKey()
    .references(() => tasksTable.id, { onDelete: 'cascade' }),
  variables_: jsonb('variables'),
  ...tracked,
});

/** Tasks of dialogs and of machine learning. Open ones are read first, so that one which is resolved meanwhile is met twice, not never. L1419. */
export default defineResource({
  name: 'tasks',
  type: 'q_tasks',
  tables: [
    describe(tasksTable, 'Accumulating fact: one row per operational or machine-learning task (API type q_tasks).', {
      id: 'Task number; key of this table.',
      client_id: 'ChatrHub account (tenant).',
      task_type: 'operational: raised by a dialog node; machine_learning: the AI was unsure and asks a person.',
      node_name: 'Dialog node that raised an operational task.',
      message_id: 'Message that raised a machine-learning task.',
      assigned_agent_id: 'Agent the task is assigned to.',
      is_complete: 'True when the task is done.',
      intent_id: 'Intent a person chose for a machine-learning task.',
      create_by: 'Agent or system account that created the task; audit column.',
      create_dt: 'When the task was raised.',
      updt_by: 'Agent who last changed the task; for completed tasks usually who completed it.',
      updt_dt: 'When the task last changed.',
      ...trackedNotes,
    }),
    describe(taskVariables, 'Variables that a dialog collected: one row per task.', {
      id: 'Key of the parent row in chatrhub.tasks.',
      variables_: freeText('Variables collected in the dialog; may hold anything the visitor typed.'),
      ...trackedNotes,
    }),
  ],
  path: '/q_tasks.json',
  scope: {
    over: 'combinations',
    of: [
      { task_type: 'operational', is_resolved: '0' },
      { task_type: 'machine_learning', is_resolved: '0' },
      { task_type: 'operational', is_resolved: '1' },
      { task_type: 'machine_learning', is_resolved: '1' },
    ],
  },
  order: 40,
  pages: { parameter: 'after', done: { parameters: { is_resolved: '1' }, attribute: 'is_complete', kind: 'task_type' } },
  constant: 'task_type',
  every: 'run',
  belongsTo: { through: { attribute: 'message_id', of: messages }, mentions: 'variables_' },
  embeds: { message: { resource: messages, id: 'message_id' } },
  vocabulary: { table: intents, attributes: ['intent_id'] },
});

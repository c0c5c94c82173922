import { sql } from 'drizzle-orm';
import { bigint, boolean, index, integer, numeric, smallint, text } from 'drizzle-orm/pg-core';
import { defineResource, describe, freeText } from '../records/resource.ts';
import agents, { agentsTable } from './agents.ts';
import groups, { groupsTable } from './groups.ts';
import {
  chatrhub,
  chatrhubPrivate,
  copiesIndexed,
  indexed,
  instant,
  listed,
  listedNotes,
  stub,
  stubNotes,
  stubsIndexed,
  tracked,
  trackedNotes,
} from './tables/schemas.ts';
import visitors, { visitorsTable } from './visitors.ts';

export const chatsTable = chatrhub.table(
  'chats',
  {
    id: bigint('chat_id', { mode: 'number' }).primaryKey(),
    client_id: bigint('client_id', { mode: 'number' }).notNull(),
    visitor_id: bigint('visitor_id', { mode: 'number' }).references(() => visitorsTable.id),
    agent_id: bigint('agent_id', { mode: 'number' }).references(() => agentsTable.id),
    agent_id_to: bigint('to_agent_id', { mode: 'number' }).references(() => agentsTable.id),
    transfer_to_agent_id: bigint('transferred_to_agent_id', { mode: 'number' }).references(() => agentsTable.id),
    group_id: bigint('group_id', { mode: 'number' }).references(() => groupsTable.id),
    create_by: bigint('created_by_agent_id', { mode: 'number' }),
    create_dt: instant('created_at'),
    updt_by: bigint('updated_by_agent_id', { mode: 'number' }),
    updt_dt: instant('updated_at'),
    messagesSyncedAt: instant('messages_synced_at'),
    ...listed,
    ...tracked,
    response_delay: integer('response_delay_seconds'),
    duration: integer('duration_seconds'),
    overall_rating: smallint('overall_rating'),
    frendly_rating: smallint('friendly_rating'),
    responsive_rating: smallint('responsive_rating'),
    knowledge_rating: smallint('knowledge_rating'),
    is_ended: boolean('is_ended'),
    is_missed: boolean('is_missed'),
    is_beat_out: boolean('is_beat_out'),
    is_billable: boolean('is_billable'),
    is_feedback_requested: boolean('is_feedback_requested'),
    hasFeedback: boolean('has_feedback').notNull().default(false),
    trmnt_ind: boolean('is_terminated'),
    ...stub,
    chatType: text('chat_type').generatedAlwaysAs(
      sql`case when visitor_id is not null then 'visitor' when to_agent_id is not null then 'internal' else 'unknown' end`,
    ),
    tag: text('tag'),
    ended_rsn_cd: text('ended_reason'),
    average_rating: numeric('average_rating_score', { precision: 5, scale: 2 }),
  },
  (t) => [
    stubsIndexed('chats', t.id),
    index('chats_created_at_idx').on(t.create_dt),
    ...indexed('chats', [t.visitor_id, t.agent_id_to, t.transfer_to_agent_id]),
    ...[t.agent_id, t.group_id].map((column) => copiesIndexed('chats', column, 'coalesce(updated_at, created_at)')),
  ],
);

export const chatFeedback = chatrhubPrivate.table('chat_feedback', {
  id: bigint('chat_id', { mode: 'number' })
    .primaryKey()
    .references(() => chatsTable.id, { onDelete: 'cascade' }),
  feedback: text('feedback'),
  ...tracked,
});

/** Chats. They change after they were created and cannot be asked for by change, so the days of the lookback are read again. L673. */
export default defineResource({
  name: 'chats',
  type: 'chats',
  tables: [
    describe(
      chatsTable,
      'Accumulating fact: one row per chat record in the source. With All-Agents routing the same contact can have several rows; the losers carry is_beat_out, so count visitor chats with not is_beat_out.',
      {
        id: 'Chat number; key of this table.',
        client_id: 'ChatrHub account (tenant).',
        visitor_id: 'Visitor of the chat; null for agent-to-agent chats.',
        agent_id: 'Agent (human or bot) the chat is recorded against.',
        agent_id_to: 'Receiving agent of an agent-to-agent chat; null otherwise.',
        transfer_to_agent_id: 'Agent the chat was transferred to; null when not transferred.',
        group_id: 'Group the chat was routed to; null when none.',
        chatType: 'visitor when a visitor is present, internal when it is agent to agent, else unknown.',
        tag: 'Outcome tag set by the agent or by the AI dialog.',
        ended_rsn_cd: 'Why the chat ended: offline, no_reply or inactive; null when it ended normally or is open.',
        is_ended: 'True when the chat is over.',
        is_missed: 'True when nobody took the chat; null when the source made no statement.',
        is_beat_out: 'True when another agent answered first; such rows are duplicates of a contact.',
        is_billable: 'True when the account is charged for the chat.',
        is_feedback_requested: 'True when the visitor was asked for a rating.',
        response_delay: 'Seconds until the agent responded, as the source computed it.',
        duration: 'Length of the chat in seconds, as the source computed it.',
        overall_rating: 'Visitor rating of the whole chat: 1 poor, 2 ok, 3 great.',
        frendly_rating: 'Visitor rating of friendliness, 1 to 3 (the source spells it frendly).',
        responsive_rating: 'Visitor rating of responsiveness, 1 to 3.',
        knowledge_rating: 'Visitor rating of knowledge, 1 to 3.',
        average_rating: 'Average of the ratings on a scale of 0 to 100, as the source computed it.',
        hasFeedback: 'True when the visitor left a text.',
        trmnt_ind: 'Soft-delete flag of the source (trmnt_ind).',
        create_by: 'Agent or system account that created the row; audit column.',
        create_dt: 'When the chat began.',
        updt_by: 'Agent who last changed the row; audit column.',
        updt_dt: 'When the row last changed; the API cannot filter by it.',
        messagesSyncedAt:
          'When the messages of this chat were last fetched in full; null means not fetched, so message metrics do not exist yet.',
        ...listedNotes,
        ...stubNotes,
        ...trackedNotes,
      },
    ),
    describe(chatFeedback, 'What visitors wrote about a chat: one row per chat.', {
      id: 'Key of the parent row in chatrhub.chats.',
      feedback: freeText('Free text of the visitor.'),
      ...trackedNotes,
    }),
  ],
  path: '/chats.json',
  scope: { over: 'nothing' },
  order: 30,
  window: { from: 'start_date', until: 'end_date' },
  report: {
    // The sample says the first (L936), the text the second (L969).
    paths: ['/chats/report.json', '/agents/report.json'],
    total: 'total_chats',
    counts: {
      total_chats: 'all',
      missed_chats: { attribute: 'is_missed', is: true },
      total_ratings: { attribute: 'overall_rating' },
      great_chats_count: { attribute: 'overall_rating', is: 3 },
      ok_chats_count: { attribute: 'overall_rating', is: 2 },
      poor_chats_count: { attribute: 'overall_rating', is: 1 },
    },
    means: { average_rating: 'average_rating', average_response_delay: 'response_delay', average_duration: 'duration' },
  },
  // L740.
  filters: {
    agent: 'agent_id',
    others: [
      { missed: 'missed_chats' },
      { missed: 'serviced_chats' },
      { rating: 'poor_chats' },
      { rating: 'ok_chats' },
      { rating: 'great_chats' },
    ],
  },
  rounds: ['response_delay', 'duration'],
  every: 'run',
  belongsTo: { visitors: ['visitor_id'] },
  embeds: {
    agent: { resource: agents, id: 'agent_id' },
    group: { resource: groups, id: 'group_id' },
    visitor: { resource: visitors, id: 'visitor_id' },
  },
  derive: { hasFeedback: ({ feedback }) => (feedback === undefined ? undefined : typeof feedback === 'string' && feedback.trim() !== '') },
});

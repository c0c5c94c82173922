import { bigint, boolean, doublePrecision, integer, text } from 'drizzle-orm/pg-core';
import { defineResource, describe, freeText } from '../records/resource.ts';
import agents, { agentsTable } from './agents.ts';
import chats, { chatsTable } from './chats.ts';
import { intents } from './tables/intents.ts';
import {
  chatrhub,
  chatrhubPrivate,
  copiesIndexed,
  indexed,
  instant,
  stub,
  stubNotes,
  stubsIndexed,
  tracked,
  trackedNotes,
} from './tables/schemas.ts';
import { visitorsTable } from './visitors.ts';

export const messagesTable = chatrhub.table(
  'messages',
  {
    id: bigint('message_id', { mode: 'number' }).primaryKey(),
    client_id: bigint('client_id', { mode: 'number' }).notNull(),
    chat_id: bigint('chat_id', { mode: 'number' }).references(() => chatsTable.id),
    from_agent_id: bigint('from_agent_id', { mode: 'number' }).references(() => agentsTable.id),
    from_visitor_id: bigint('from_visitor_id', { mode: 'number' }).references(() => visitorsTable.id),
    to_agent_id: bigint('to_agent_id', { mode: 'number' }).references(() => agentsTable.id),
    to_visitor_id: bigint('to_visitor_id', { mode: 'number' }).references(() => visitorsTable.id),
    manual_user_id_1: bigint('manual_user_agent_id_1', { mode: 'number' }),
    manual_user_id_2: bigint('manual_user_agent_id_2', { mode: 'number' }),
    manual_user_id_3: bigint('manual_user_agent_id_3', { mode: 'number' }),
    manual_user_id_4: bigint('manual_user_agent_id_4', { mode: 'number' }),
    manual_user_id_5: bigint('manual_user_agent_id_5', { mode: 'number' }),
    create_dt: instant('created_at'),
    ...tracked,
    batch_intent_probability: doublePrecision('batch_intent_probability'),
    bodyLength: integer('body_length'),
    is_admin: boolean('is_admin'),
    is_interruption_blocked: boolean('is_interruption_blocked'),
    ...stub,
    batch_intent_id: text('batch_intent_id'),
    final_manual_intent_id: text('final_manual_intent_id'),
    manual_intent_id_1: text('manual_intent_id_1'),
    manual_intent_id_2: text('manual_intent_id_2'),
    manual_intent_id_3: text('manual_intent_id_3'),
    manual_intent_id_4: text('manual_intent_id_4'),
    manual_intent_id_5: text('manual_intent_id_5'),
  },
  (t) => [
    stubsIndexed('messages', t.id),
    copiesIndexed('messages', t.from_agent_id, 'created_at'),
    ...indexed('messages', [t.chat_id, t.from_visitor_id, t.to_agent_id, t.to_visitor_id]),
  ],
);

export const messageBodies = chatrhubPrivate.table('message_bodies', {
  id: bigint('message_id', { mode: 'number' })
    .primaryKey()
    .references(() => messagesTable.id, { onDelete: 'cascade' }),
  body: text('body'),
  ...tracked,
});

/** What a chat has when something was said in it. */
const SPOKEN = ['response_delay', 'transfer_to_agent_id', 'overall_rating', 'frendly_rating', 'responsive_rating', 'knowledge_rating'];

/** A text without surrogates, as nearly all are, has as many as it is long. */
const codePointsOf = (text: string): number => (/[\ud800-\udfff]/.test(text) ? [...text].length : text.length);

/** Messages, by chat or by visitor (all of their chats at once). L1333. */
export default defineResource({
  name: 'messages',
  type: 'messages',
  tables: [
    describe(messagesTable, 'Transaction fact: one row per chat message. The text is in chatrhub_private.message_bodies.', {
      id: 'Message number; key of this table and tie-breaker when two messages share a second.',
      client_id: 'ChatrHub account (tenant).',
      chat_id: 'Chat the message belongs to.',
      from_agent_id: 'Agent that sent it; null when the visitor did.',
      from_visitor_id: 'Visitor that sent it; null when an agent did.',
      to_agent_id: 'Agent it was sent to.',
      to_visitor_id: 'Visitor it was sent to.',
      is_admin: 'True for system or administrative messages; left out of all response metrics.',
      is_interruption_blocked: 'True when the message was held back because of an interruption; not counted as a reply.',
      bodyLength: 'Number of characters of the text without surrounding white space.',
      batch_intent_id: 'Intent the AI chose; text because tasks return intent numbers as strings and no intents endpoint exists.',
      batch_intent_probability: 'Confidence of the AI in its intent, 0 to 1.',
      final_manual_intent_id: 'Intent a person settled on; the ground truth for intent quality.',
      manual_intent_id_1: 'Manual intent label 1.',
      manual_intent_id_2: 'Manual intent label 2.',
      manual_intent_id_3: 'Manual intent label 3.',
      manual_intent_id_4: 'Manual intent label 4.',
      manual_intent_id_5: 'Manual intent label 5.',
      manual_user_id_1: 'Agent who gave label 1; audit column, no foreign key.',
      manual_user_id_2: 'Agent who gave label 2; audit column, no foreign key.',
      manual_user_id_3: 'Agent who gave label 3; audit column, no foreign key.',
      manual_user_id_4: 'Agent who gave label 4; audit column, no foreign key.',
      manual_user_id_5: 'Agent who gave label 5; audit column, no foreign key.',
      create_dt: 'When the message was sent.',
      ...stubNotes,
      ...trackedNotes,
    }),
    describe(messageBodies, 'Text of a message: one row per message.', {
      id: 'Key of the parent row in chatrhub.messages.',
      body: freeText('Text of the message as received.'),
      ...trackedNotes,
    }),
  ],
  path: '/messages.json',
  scope: {
    over: 'eachChat',
    of: chats,
    chat: 'chat_id',
    visitor: 'visitor_username',
    fewer: { include_admin: 'false' },
    fetchedAt: 'messages_synced_at',
    isExpected: (chat) => {
      if (chat.is_beat_out === true) return false;
      if (SPOKEN.some((attribute) => chat[attribute] !== null && chat[attribute] !== undefined)) return true;
      return chat.is_missed !== true && typeof chat.duration === 'number' && chat.duration > 0;
    },
  },
  order: 60,
  query: { include_admin: 'true' },
  constant: 'chat_id',
  every: 'run',
  belongsTo: { visitors: ['from_visitor_id', 'to_visitor_id'], through: { attribute: 'chat_id', of: chats } },
  embeds: { from_agent: { resource: agents, id: 'from_agent_id' } },
  derive: { bodyLength: ({ body }) => (typeof body === 'string' ? codePointsOf(body.trim()) : body) },
  vocabulary: {
    table: intents,
    attributes: [
      'batch_intent_id',
      'final_manual_intent_id',
      'manual_intent_id_1',
      'manual_intent_id_2',
      'manual_intent_id_3',
      'manual_intent_id_4',
      'manual_intent_id_5',
    ],
  },
});

import type { View } from '../../records/view.ts';
import { localDate, secondsBetween } from '../local-time.ts';
import { type ChatCount, counts } from '../measures.ts';
import { describeColumns } from '../source-words.ts';
import { isCounted } from './chat-views.ts';

const COUNTS = ['chat_count', 'missed_chat_count', 'rated_chat_count', 'great_chat_count'] as const satisfies readonly ChatCount[];

const OF_VISITOR = ['channel', 'country', 'state', 'city'] as const;

/** SQL: the agent of the last counted chat. Looked up, as it is seldom asked for, and sorting all chats takes a second. */
const LAST_AGENT = `(
    select c.agent_id from chatrhub.chats c where c.visitor_id = h.visitor_id and ${isCounted('c')} and c.created_at is not null
    order by c.created_at desc, c.chat_id desc limit 1
  )`;

export const visitorHistory: View = {
  schema: 'chatrhub_bi',
  name: 'visitor_history',
  sql: `
select h.*, chat_count > 1 as is_returning,
  ${LAST_AGENT} as last_agent_id,
  (select full_name from chatrhub.agents where agent_id = ${LAST_AGENT}) as last_agent_name,
  ${secondsBetween('first_chat_at', 'last_chat_at')} / nullif(chat_count - 1, 0) as average_seconds_between_chats
from (
  select v.visitor_id, ${OF_VISITOR.map((name) => `v.${name}`).join(', ')},
    ${counts(COUNTS)},
    min(e.created_at) as first_chat_at, max(e.created_at) as last_chat_at,
    ${localDate('min(e.created_at)')} as first_chat_date, ${localDate('max(e.created_at)')} as last_chat_date,
    count(distinct e.date_day) as active_day_count
  from chatrhub.visitors v
  left join chatrhub_bi.chats_enriched e on e.visitor_id = v.visitor_id and e.is_counted and e.created_at is not null
  group by v.visitor_id
) h`,
  about: 'What is known of each visitor from their counted chats: one row per visitor, also those without any.',
  notes: {
    ...Object.fromEntries(['visitor_id', ...OF_VISITOR].map((name) => [name, { like: `visitors.${name}` }])),
    ...describeColumns(...COUNTS),
    active_day_count: 'Local days on which the visitor began a counted chat.',
    is_returning: 'True when the visitor has more than one counted chat.',
    first_chat_at: 'When the first counted chat began.',
    last_chat_at: 'When the last counted chat began.',
    first_chat_date: 'Local day of that.',
    last_chat_date: 'Local day of that.',
    last_agent_id: 'Agent of the last counted chat.',
    last_agent_name: { like: 'agents.full_name' },
    average_seconds_between_chats: 'Mean seconds from one counted chat to the next; null with less than two. Not additive.',
  },
};

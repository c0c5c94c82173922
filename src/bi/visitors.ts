import type { View } from '../core/view.ts';
import { secondsBetween } from './local-time.ts';
import { type ChatCount, counts, orZero } from './metrics.ts';
import { said } from './words.ts';

const COUNTS = ['chat_count', 'missed_chat_count', 'rated_chat_count', 'great_chat_count'] as const satisfies readonly ChatCount[];

const OF_VISITOR = ['channel', 'country', 'state', 'city'] as const;

export const visitorHistory: View = {
  schema: 'chatrhub_bi',
  name: 'visitor_history',
  sql: `
with chats as (
  select visitor_id, ${counts(COUNTS)},
    min(created_at) as first_chat_at, max(created_at) as last_chat_at,
    count(distinct created_date) as active_day_count,
    (array_agg(agent_id order by created_at desc, chat_id desc))[1] as last_agent_id
  from chatrhub_bi.chats_enriched where is_counted and created_at is not null group by visitor_id
)
select v.visitor_id, ${OF_VISITOR.map((name) => `v.${name}`).join(', ')},
  ${orZero([...COUNTS, 'active_day_count'], 'c')},
  coalesce(c.chat_count > 1, false) as is_returning,
  c.first_chat_at, c.last_chat_at, c.last_agent_id, a.full_name as last_agent_name,
  ${secondsBetween('c.first_chat_at', 'c.last_chat_at')} / nullif(c.chat_count - 1, 0) as average_seconds_between_chats
from chatrhub.visitors v
left join chats c on c.visitor_id = v.visitor_id
left join chatrhub.agents a on a.agent_id = c.last_agent_id`,
  about: 'What is known of each visitor from his counted chats: one row per visitor, also those without any.',
  notes: {
    ...Object.fromEntries(['visitor_id', ...OF_VISITOR].map((name) => [name, { like: `visitors.${name}` }])),
    ...said(...COUNTS),
    active_day_count: 'Local days on which the visitor began a counted chat.',
    is_returning: 'True when the visitor has more than one counted chat.',
    first_chat_at: 'When the first counted chat began.',
    last_chat_at: 'When the last counted chat began.',
    last_agent_id: 'Agent of the last counted chat.',
    last_agent_name: { like: 'agents.full_name' },
    average_seconds_between_chats: 'Mean seconds from one counted chat to the next; null with less than two. Not additive.',
  },
};

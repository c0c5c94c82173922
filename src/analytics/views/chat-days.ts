import type { View } from '../../records/view.ts';
import { localDate } from '../local-time.ts';
import { STORE } from '../stored-views.ts';

/** Which days a chat is part of, and when it was left: from this it is known which days a change of the chat changes. */
export const chatDays: View = {
  schema: STORE,
  name: 'chat_days',
  sql: '',
  stored: {
    unit: 'chats',
    key: ['chat_id'],
    indexes: ['(date_day)', '(left_at)', "using gist (daterange(date_day, until_day, '[]')) where until_day > date_day"],
    sql: `
select e.chat_id, e.visitor_id, e.date_day, ${localDate('greatest(e.created_at, e.ended_at, e.active_until_at)')} as until_day,
  coalesce(e.ended_at, e.created_at) as left_at
from bi_chats join chatrhub_bi.chats_enriched e on e.chat_id = bi_chats.chat_id
where e.created_at is not null`,
  },
  about: 'The local days that each chat is part of: one row per chat.',
  notes: {},
};

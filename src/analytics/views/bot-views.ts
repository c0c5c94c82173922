import type { View } from '../../records/view.ts';
import { CALENDAR, calendar } from '../local-time.ts';
import { orZero, share } from '../measures.ts';
import { describeColumns } from '../source-words.ts';
import { chatsByDay, daysWithChats, STORE } from '../stored-views.ts';
import { DECIDED, isResolvedByBot, isReturnKnown } from './chat-views.ts';

/** What each count of a day counts, of its counted chats. */
const COUNTED = {
  chat_count: 'true',
  bot_chat_count: 'bot_message_count > 0',
  no_reply_chat_count: "bot_outcome = 'no_reply'",
  human_only_chat_count: "bot_outcome = 'human_only'",
  no_visitor_message_chat_count: "bot_outcome = 'no_visitor_message'",
  handed_off_chat_count: "bot_outcome = 'handed_off'",
  missed_after_bot_chat_count: "bot_outcome = 'missed_after_bot'",
  open_chat_count: "bot_outcome = 'open'",
  contained_chat_count: "bot_outcome = 'contained'",
  messages_not_loaded_chat_count: 'bot_outcome is null',
  decided_chat_count: `bot_outcome in (${DECIDED})`,
  bot_resolved_chat_count: 'is_resolved_by_bot',
  bot_judged_chat_count: `bot_outcome in (${DECIDED}) and is_return_known`,
};
const COUNTS = Object.keys(COUNTED);

/** SQL: the counts of some counted chats of chats_enriched. */
export const botCounts = Object.entries(COUNTED)
  .map(([name, filter]) => `count(*) filter (where ${filter}) as ${name}`)
  .join(',\n    ');

export const botContainment: View = {
  schema: 'chatrhub_bi',
  name: 'bot_containment',
  sql: `
select s.date_day, ${calendar('s.date_day')}, ${COUNTS.map((name) => `s.${name}`).join(', ')},
  s.decided_chat_count - s.bot_judged_chat_count as pending_chat_count,
  ${share('s.contained_chat_count', 's.decided_chat_count')} as containment_rate,
  ${share('s.bot_resolved_chat_count', 's.bot_judged_chat_count')} as bot_resolution_rate
from ${STORE}.bot_containment s`,
  stored: {
    unit: 'days',
    key: ['date_day'],
    sql: `
with days as (${daysWithChats}
), chats as (
  select date_day,
    ${botCounts}
  from (select e.*, ${isReturnKnown} as is_return_known, ${isResolvedByBot} as is_resolved_by_bot from ${chatsByDay} where e.is_counted) judged
  group by date_day
)
select d.date_day, ${orZero(COUNTS, 'c')}
from days d left join chats c on c.date_day = d.date_day`,
  },
  about:
    'What the bot does without people: one row per local day from the first to the last chat. Its counts are of counted chats; chats_enriched.bot_outcome says what the outcomes mean.',
  notes: {
    ...describeColumns(...CALENDAR, 'chat_count'),
    bot_chat_count: 'Chats in which a bot wrote.',
    no_reply_chat_count: 'Chats in which neither a bot nor a person wrote.',
    human_only_chat_count: 'Chats in which people wrote, and no bot.',
    no_visitor_message_chat_count: 'Chats in which a bot wrote, and the visitor did not.',
    handed_off_chat_count: 'Chats of bot and visitor in which a person wrote too, or that were transferred to one.',
    missed_after_bot_chat_count: 'Chats of bot and visitor that were missed, without a person.',
    open_chat_count: 'Chats of bot and visitor that are open, without a person so far.',
    contained_chat_count: 'Chats of bot and visitor that ended without a person.',
    messages_not_loaded_chat_count: 'Chats whose messages were not fetched yet: what the bot did in them is not known.',
    decided_chat_count: 'contained + handed_off + missed_after_bot: the denominator of containment_rate.',
    bot_resolved_chat_count: 'Contained, not rated poor, and the visitor did not return within 24 hours.',
    bot_judged_chat_count: 'Decided chats that ended at least 24 hours before the newest chat: the denominator of bot_resolution_rate.',
    pending_chat_count: 'Decided chats that are too recent to say whether the visitor returned: in neither side of bot_resolution_rate.',
    containment_rate: 'contained_chat_count / decided_chat_count. Not additive: divide the sums.',
    bot_resolution_rate: 'bot_resolved_chat_count / bot_judged_chat_count. Stricter than containment. Not additive: divide the sums.',
  },
};

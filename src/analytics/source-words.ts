import type { ViewNote } from '../records/view.ts';

/** Columns that several views have, and what they mean in each. */
const columnDescriptions = {
  // Keys and labels.
  agent_id: 'Agent, human or bot.',
  agent_name: { like: 'agents.full_name' },
  is_bot: 'True for bots, false for people, and where the source does not say.',
  group_id: { like: 'chats.group_id' },
  group_name: { like: 'groups.group_name' },
  channel: { like: 'visitors.channel' },
  chat_id: 'Chat; key of chatrhub.chats.',
  message_id: 'Message; key of chatrhub.messages.',
  intent_id: 'Intent; key of chatrhub.intents.',
  intent_name: { like: 'intents.intent_name' },
  batch_intent_id: { like: 'messages.batch_intent_id' },
  batch_intent_name: { like: 'intents.intent_name' },
  true_intent_id: 'What the message meant: the final manual intent, else the label in the highest slot that is used; null without a label.',

  // Days, in local time.
  date_day: 'Local day.',
  hour_of_day: 'Local hour, 0 to 23.',
  week_start: 'Monday of its week.',
  month_start: 'First day of its month.',
  day_of_week: 'Day of the week, 1 Monday to 7 Sunday.',

  // Counts of chats.
  is_counted:
    'True for what counts as one chat: a visitor was there, no other agent won it (is_beat_out), and the source does not call it deleted (is_terminated). One that the source no longer lists (source_missing_since of chats_enriched) still counts.',
  offered_chat_count: 'All chat records of visitors, those another agent won included.',
  beat_out_chat_count: 'Chat records of visitors that another agent won.',
  chat_count:
    'Counted chats: of visitors, without those another agent won, and without those that the source calls deleted (is_terminated).',
  missed_chat_count: 'Counted chats that the source says were missed.',
  missed_unknown_chat_count:
    'Counted chats of which the source does not say whether they were missed: missed_rate takes them for not missed.',
  served_chat_count: 'Counted chats less the missed ones.',
  offline_chat_count: 'Counted chats that ended because nobody was there (ended_reason offline).',
  transferred_chat_count: 'Counted chats that were transferred to another agent.',
  open_chat_count: 'Counted chats that have not ended.',
  rated_chat_count: 'Counted chats with an overall rating: the denominator of csat_rate.',
  great_chat_count: 'Counted chats rated great (3): the numerator of csat_rate.',
  ok_chat_count: 'Counted chats rated ok (2).',
  poor_chat_count: 'Counted chats rated poor (1).',
  asked_or_rated_chat_count: 'Counted chats whose visitor was asked for a rating, or gave one: the denominator of rating_response_rate.',
  overall_rating_sum: 'Sum of the overall ratings, 1 to 3 each, to divide by rated_chat_count.',
  distinct_visitor_count: 'Different visitors with a counted chat. Not additive: one who comes on two days counts on both.',
  response_delay_chat_count: 'Counted chats with a response_delay_seconds: what average_response_delay_seconds is the average of.',
  first_response_chat_count:
    'Counted chats that a person answered, as far as messages are loaded: what the percentiles of first_response_seconds are of.',
  answerable_chat_count:
    'Counted chats in which the visitor wrote and the bot did not contain the chat: a person was wanted. The denominator of answered_in_60s_rate.',
  answered_in_60s_count: 'Counted chats that a person answered within 60 seconds (60 included) of the first message of the visitor.',
  left_open_chat_count: 'Counted chats that ended more than four hours after their last message.',
  chats_with_messages_count: 'Counted chats whose messages were fetched: the numerator of message_coverage_rate.',

  // Rates, averages, percentiles.
  missed_rate: 'missed_chat_count / chat_count. Not additive: divide the sums.',
  transfer_rate:
    'transferred_chat_count / served_chat_count. Transferred chats that were missed in the end are in the first only, so it can exceed 1. Not additive: divide the sums.',
  csat_rate: 'Share of rated chats that were rated great: great_chat_count / rated_chat_count. Not additive: divide the sums.',
  rating_response_rate: 'rated_chat_count / asked_or_rated_chat_count. Not additive: divide the sums.',
  answered_in_60s_rate:
    'Share of the chats in which a person was wanted that one answered within 60 seconds. Unanswered ones are failures; those that the bot contained are left out: answered_in_60s_count / answerable_chat_count. Not additive: divide the sums.',
  message_coverage_rate:
    'chats_with_messages_count / chat_count: how much of the day the message metrics speak for, as messages arrive later than chats. Not additive.',
  average_response_delay_seconds: 'Average seconds until the agent responded, as the source computed them for each chat. Not additive.',
  median_first_response_seconds:
    'Median seconds until a person answered, by our own count of messages; unanswered chats are not in it. Not additive.',
  p90_first_response_seconds: 'Nine of ten answered chats were answered within so many seconds, by messages. Not additive.',
  average_duration_seconds: 'Average length of ended chats in seconds, as the source computed them. Not additive.',
  median_duration_seconds: 'Median length of ended chats in seconds, as the source computed them. Not additive.',
  average_active_seconds:
    'Average seconds until active_until_at of ended chats: chats left open count as long as somebody wrote. Not additive.',
  median_active_seconds: 'Median of the same. Not additive.',
  is_whole_day: 'True when the local day is over and the chats of all of it were read: only such days are compared with one another.',

  // What messages tell of a chat.
  message_count: 'Delivered messages.',
  visitor_message_count: 'Delivered messages of the visitor.',
  agent_message_count: 'Delivered messages of people on the team.',
  bot_message_count: 'Delivered messages of bots.',
  first_message_at: 'When the first of them was sent.',
  last_message_at: 'When the last of them was sent.',
  last_sender_type: 'Who has the last word: visitor, agent (a person), bot, or system (nobody is named).',
  first_response_seconds:
    "Seconds from the visitor's first message to the first one of a person after it, by our own count; 0 is possible, null when there is none. Not response_delay_seconds, which is the source's.",
  first_response_business_seconds: 'The part of first_response_seconds that is within business hours.',
  person_wait_seconds:
    'Seconds that the visitor waited for a person: from the first message after the bot, or their first, to the first of a person. Null when none answered. The API does not tell when a chat was transferred.',
  first_bot_response_seconds: "Seconds from the visitor's first message to the first one of a bot after it; null when there is none.",
  is_answered_in_60s: 'True when a person answered within 60 seconds, false when later or never; null when the visitor wrote nothing.',

  // Time of agents.
  available_seconds: 'Seconds in which the agent could take new visitors.',
  unavailable_seconds: 'Seconds online, but full or switched off: the API cannot tell which.',
  offline_seconds: 'Seconds not connected.',
  observed_seconds: 'Seconds that status snapshots stand for.',
  online_seconds: 'Seconds available or unavailable.',
  engaged_seconds:
    'Seconds online with at least one chat that somebody writes in: the union of the chats, each until its active_until_at, within online time.',
  chat_seconds: 'Seconds of the same chats within online time, added up: two at once count twice.',
  assigned_seconds:
    'Seconds online with at least one chat that has not ended, also when nobody writes in it any more: chats left open count. One that is open now counts until five minutes after its last message.',
  estimated_chat_count: 'Chats of that day whose messages are not loaded: they count until their end, however long nobody wrote.',
  occupancy_rate: 'engaged_seconds / online_seconds. Not additive: divide the sums.',
  average_concurrency: 'Chats at once while busy: chat_seconds / engaged_seconds. Not additive: divide the sums.',
  assigned_rate: 'assigned_seconds / online_seconds: how much of the time chats were open with the agent. Not additive: divide the sums.',
  availability_rate: 'available_seconds / online_seconds. Not additive: divide the sums.',

  // Intents.
  labelled_message_count: 'Of these, messages that people labelled.',
  agreed_message_count: 'Of those, messages whose true intent is the one that the AI chose.',
  disputed_message_count: 'Messages that people labelled with more than one intent.',
  average_probability: 'Average probability that the AI gave. Not additive.',
  agreement_rate: 'agreed_message_count / labelled_message_count. Not additive: divide the sums.',
  label_coverage_rate: 'labelled_message_count / message_count. Not additive: divide the sums.',
} as const satisfies Record<string, ViewNote>;

/** The notes of columns that mean the same everywhere. */
export const describeColumns = (...names: readonly (keyof typeof columnDescriptions)[]): Record<string, ViewNote> =>
  Object.fromEntries(names.map((name) => [name, columnDescriptions[name]]));

/** Which rows of chats_enriched each count counts: the definition of every count of chats, wherever it is shown. */
const COUNTED = {
  offered_chat_count: "chat_type = 'visitor'",
  beat_out_chat_count: "chat_type = 'visitor' and is_beat_out",
  chat_count: 'is_counted',
  missed_chat_count: 'is_counted and is_missed',
  missed_unknown_chat_count: 'is_counted and is_missed is null',
  served_chat_count: 'is_counted and is_missed is not true',
  offline_chat_count: "is_counted and ended_reason = 'offline'",
  transferred_chat_count: 'is_counted and transferred_to_agent_id is not null',
  open_chat_count: 'is_counted and is_ended is not true',
  rated_chat_count: 'is_counted and overall_rating is not null',
  great_chat_count: 'is_counted and overall_rating = 3',
  ok_chat_count: 'is_counted and overall_rating = 2',
  poor_chat_count: 'is_counted and overall_rating = 1',
  asked_or_rated_chat_count: 'is_counted and (is_feedback_requested or overall_rating is not null)',
  response_delay_chat_count: 'is_counted and response_delay_seconds is not null',
  first_response_chat_count: 'is_counted and first_response_seconds is not null',
  answerable_chat_count: "is_counted and visitor_message_count > 0 and bot_outcome <> 'contained'",
  answered_in_60s_count: 'is_counted and is_answered_in_60s',
  left_open_chat_count: 'is_counted and is_left_open',
  chats_with_messages_count: 'is_counted and has_messages_loaded',
} as const;

export type ChatCount = keyof typeof COUNTED;

/** SQL: counts of rows of chats_enriched, by their names. */
export const counts = (names: readonly ChatCount[], type = 'bigint'): string =>
  names.map((name) => `count(*) filter (where ${COUNTED[name]})::${type} as ${name}`).join(',\n    ');

/** SQL: a count as a 0/1 measure of one row, which tools can sum. */
export const measure = (name: ChatCount): string => `(${COUNTED[name]}) is true`;

/** SQL: columns that are missing where nothing was counted, as 0. */
export const orZero = (names: readonly string[], table: string): string =>
  names.map((name) => `coalesce(${table}.${name}, 0) as ${name}`).join(', ');

/** SQL: a share; null when there is nothing to have a share of. */
export const share = (part: string, whole: string): string => `${part}::double precision / nullif(${whole}, 0)`;

/** SQL: averages and percentiles of chats; each ignores nulls, and is null of nothing. */
export const averages = `avg(response_delay_seconds) filter (where is_counted)::double precision as average_response_delay_seconds,
    percentile_cont(0.5) within group (order by first_response_seconds) filter (where is_counted) as median_first_response_seconds,
    percentile_cont(0.9) within group (order by first_response_seconds) filter (where is_counted) as p90_first_response_seconds`;

/** SQL: how long counted chats took that have ended: as the source says, and as long as people wrote. */
export const lengths = `avg(duration_seconds) filter (where is_counted and is_ended)::double precision as average_duration_seconds,
    percentile_cont(0.5) within group (order by duration_seconds) filter (where is_counted and is_ended) as median_duration_seconds,
    avg(active_seconds) filter (where is_counted and is_ended) as average_active_seconds,
    percentile_cont(0.5) within group (order by active_seconds) filter (where is_counted and is_ended) as median_active_seconds`;

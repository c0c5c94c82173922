/** The questions analysts ask, each a line of SQL that runs as it stands. */
export const QUESTIONS: readonly { question: string; sql: string }[] = [
  {
    question: 'How many chats a week, how many missed?',
    sql: 'select week_start, sum(chat_count), sum(missed_chat_count)::numeric/nullif(sum(chat_count),0) from chatrhub_bi.daily_chats group by 1',
  },
  {
    question: 'Which weekday-hours are under-staffed?',
    sql: 'select day_of_week, hour_of_day, sum(chat_count)/nullif(sum(available_agent_hours),0) from chatrhub_bi.hourly_demand_vs_availability group by 1,2 order by 3 desc nulls first',
  },
  {
    question: 'When did visitors come and nobody was available?',
    sql: 'select date_day, sum(chat_count) from chatrhub_bi.hourly_demand_vs_availability where is_uncovered_demand group by 1',
  },
  {
    question: 'Median and p90 human response per group?',
    sql: 'select group_name, percentile_cont(array[0.5,0.9]) within group (order by first_response_seconds), count(first_response_seconds) from chatrhub_bi.chats_enriched where is_counted group by 1',
  },
  {
    question: 'Share answered by a person within 60 s (unanswered count as failures)?',
    sql: 'select group_name, count(*) filter (where first_response_seconds<=60)::numeric/nullif(count(*) filter (where visitor_message_count>0),0) from chatrhub_bi.chats_enriched where is_counted group by 1',
  },
  {
    question: 'CSAT per agent with enough ratings?',
    sql: 'select agent_name, sum(great_chat_count)::numeric/sum(rated_chat_count), sum(rated_chat_count) from chatrhub_bi.agent_daily_performance group by 1 having sum(rated_chat_count)>=20',
  },
  {
    question: 'Online hours and occupancy per agent?',
    sql: 'select agent_name, sum(online_seconds)/3600, sum(engaged_seconds)/nullif(sum(online_seconds),0) from chatrhub_bi.agent_daily_performance where not is_bot group by 1',
  },
  {
    question: "What did this agent's Tuesday look like?",
    sql: "select status, started_at, ended_at, covered_seconds/60 from chatrhub_bi.agent_status_spans where agent_id=1 and started_at>='2026-03-03' and started_at<'2026-03-04' order by 2",
  },
  {
    question: 'Is the bot containing more, and does it hold?',
    sql: 'select date_day, containment_rate, bot_resolution_rate, bot_chat_count from chatrhub_bi.bot_containment',
  },
  {
    question: 'Which intents does the AI mix up?',
    sql: 'select * from chatrhub_bi.intent_confusion where batch_intent_id<>true_intent_id order by message_count desc',
  },
  { question: "Can we trust the AI's probability?", sql: 'select * from chatrhub_bi.intent_calibration order by 1' },
  {
    question: 'Is the task backlog growing, how long do tasks take?',
    sql: 'select date_day, task_type, open_task_count, median_time_to_resolve_seconds/3600 from chatrhub_bi.task_backlog_daily',
  },
  {
    question: 'How many visitors come back?',
    sql: 'select is_returning, count(*), sum(chat_count) from chatrhub_bi.visitor_history group by 1',
  },
  {
    question: 'Who hands over to whom?',
    sql: 'select agent_name, transferred_to_agent_name, count(*) from chatrhub_bi.chats_enriched where is_counted and transferred_to_agent_id is not null group by 1,2',
  },
  { question: 'Read one conversation', sql: 'select * from chatrhub_bi.conversation_timeline where chat_id=5 order by message_sequence' },
  { question: "Can I trust today's numbers? How fresh they are", sql: 'select * from chatrhub_bi.data_freshness' },
  { question: "Can I trust today's numbers? What is odd", sql: 'select * from chatrhub_bi.data_quality where failing_rows>0' },
  {
    question: "Can I trust today's numbers? What the source says",
    sql: 'select * from chatrhub_bi.source_reconciliation where not is_matched',
  },
];

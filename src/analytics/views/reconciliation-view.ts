import type { View } from '../../records/view.ts';
import { fact } from '../source-facts.ts';
import { isCounted } from './chat-views.ts';

export const sourceReconciliation: View = {
  schema: 'chatrhub_bi',
  name: 'source_reconciliation',
  sql: `
select r.from_day as date_day, r.until_day, r.until_day - r.from_day as day_count, r.asked_at,
  r.total_chats as source_chat_count, o.row_count, o.row_count_without_beat_out, o.chat_count,
  o.row_count - r.total_chats as row_difference,
  o.row_count_without_beat_out - r.total_chats as row_difference_without_beat_out,
  r.total_chats in (o.row_count, o.row_count_without_beat_out) as is_matched,
  r.missed_chats as source_missed_chat_count, o.missed_row_count, o.missed_or_unknown_row_count,
  o.missed_row_count - r.missed_chats as missed_difference,
  o.missed_or_unknown_row_count - r.missed_chats as missed_or_unknown_difference,
  r.total_ratings as source_rated_chat_count, o.rated_row_count, o.rated_row_count - r.total_ratings as rated_difference,
  r.great_chats as source_great_chat_count, o.great_row_count,
  r.ok_chats as source_ok_chat_count, o.ok_row_count,
  r.poor_chats as source_poor_chat_count, o.poor_row_count
from (
  select *, start_date as from_day,
    end_date + case when ${fact('chats.end_date')} = 'excluded' then 0 else 1 end as until_day,
    coalesce(${fact('chats.day_offset_hours')}::numeric, 0) * interval '1 hour' as ahead
  from chatrhub_sync.source_reports
) r
cross join lateral (
  select count(*) as row_count,
    count(*) filter (where is_beat_out is not true) as row_count_without_beat_out,
    count(*) filter (where ${isCounted('chats')}) as chat_count,
    count(*) filter (where is_missed) as missed_row_count,
    count(*) filter (where is_missed is not false) as missed_or_unknown_row_count,
    count(overall_rating) as rated_row_count,
    count(*) filter (where overall_rating = 3) as great_row_count,
    count(*) filter (where overall_rating = 2) as ok_row_count,
    count(*) filter (where overall_rating = 1) as poor_row_count
  from chatrhub.chats
  where not is_inferred and created_at <= r.asked_at and coalesce(source_missing_since > r.asked_at, true)
    and created_at >= r.from_day::timestamp at time zone 'UTC' - r.ahead
    and created_at < r.until_day::timestamp at time zone 'UTC' - r.ahead
) o`,
  about:
    "The source's own reports beside what is here: one row per range of days of which a report was received, with the newest report of each. Days are the source's, which reconcile finds out; chats that began after the report was asked for are left out. Reports of several days are kept for a month.",
  notes: {
    date_day: "The source's day, or the first of several: where its days are not local ones, not that of other views.",
    until_day: 'The day after the last one.',
    day_count: 'Days in the range.',
    asked_at: 'When the report was asked for.',
    source_chat_count: 'total_chats of the report [source: report.total_chats]',
    row_count: 'Chat records of those days that are here, without those that the source no longer listed.',
    row_count_without_beat_out: 'The same without those another agent won.',
    chat_count: 'Counted chats of those days.',
    row_difference: 'row_count less source_chat_count.',
    row_difference_without_beat_out:
      'row_count_without_beat_out less source_chat_count. The smaller of the two tells whether the source counts beat-out chats.',
    is_matched: 'True when the report says as many as are here, with or without beat-out chats.',
    source_missed_chat_count: 'missed_chats of the report; null when it does not say [source: report.missed_chats]',
    missed_row_count: 'Chat records that the source says were missed.',
    missed_or_unknown_row_count: 'The same with those of which it does not say.',
    missed_difference: 'missed_row_count less source_missed_chat_count.',
    missed_or_unknown_difference:
      'missed_or_unknown_row_count less source_missed_chat_count. The smaller of the two tells what a null is_missed means.',
    source_rated_chat_count: 'total_ratings of the report [source: report.total_ratings]',
    rated_row_count: 'Chat records with an overall rating.',
    rated_difference: 'rated_row_count less source_rated_chat_count.',
    source_great_chat_count: 'great_chats_count of the report [source: report.great_chats_count]',
    great_row_count: 'Chat records rated great.',
    source_ok_chat_count: 'ok_chats_count of the report [source: report.ok_chats_count]',
    ok_row_count: 'Chat records rated ok.',
    source_poor_chat_count: 'poor_chats_count of the report [source: report.poor_chats_count]',
    poor_row_count: 'Chat records rated poor.',
  },
};

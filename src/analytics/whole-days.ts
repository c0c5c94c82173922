import { dayStart } from './local-time.ts';
import { fact } from './source-facts.ts';

/** SQL: a day of the source as a moment. */
const sourceDay = (day: string): string =>
  `(${day}::timestamp at time zone 'UTC' - coalesce(${fact('chats.day_offset_hours')}::numeric, 0) * interval '1 hour')`;

/**
 * SQL: the times whose chats were read whole: the days that are covered, and from the last of them on until the newest list was asked for,
 * unless something of it is in doubt. Read once per query.
 */
const READ = `(
  select range_agg(span) from (
    select tstzrange(${sourceDay('covered_from')}, ${sourceDay('covered_until')}) as span
    from chatrhub_sync.coverage
    where resource = 'chats' and scope = '' and coalesce(source_total <= warehouse_total, true)
    union all
    select tstzrange(read_from, read_until) from (
      select (select ${sourceDay('max(covered_until)')} from chatrhub_sync.coverage where resource = 'chats' and scope = '') as read_from,
        (select max(granted_at) from chatrhub_sync.requests
         where resource = 'chats' and lane = 'sync' and path like '/chats.json%' and loaded_at is not null) as read_until
    ) newest
    where read_from < read_until
      and not exists (select from chatrhub_sync.doubts where resource = 'chats' and may_be_missing and settled_at is null)
  ) read
)`;

/** SQL: whether a local day is over, and all of it was read; `bounds` are the moments at which it and the next one begin. */
export const isWholeDay = (day: string, [starts, ends] = [dayStart(day), dayStart(`${day} + 1`)]): string =>
  `coalesce(tstzrange(${starts}, ${ends}) <@ ${READ}, false)`;

/** SQL: whether a local month, by its first day, is over, and all of it was read. */
export const isWholeMonth = (month: string): string =>
  isWholeDay(month, [dayStart(month), dayStart(`(${month} + interval '1 month')::date`)]);

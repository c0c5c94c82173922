import type { View } from '../../records/view.ts';
import { businessSecondsOf, dataDays, openingHours } from '../business-time.ts';
import { CALENDAR, calendar, days } from '../local-time.ts';
import { describeColumns } from '../source-words.ts';
import { isWholeDay } from '../whole-days.ts';

export const calendarView: View = {
  schema: 'chatrhub_bi',
  name: 'calendar',
  sql: `
with days as (
  select ${days('first_day', 'last_day')}::date as date_day from (${dataDays}) data
), hours as (
  select date_day, min(opens_at) as opens_at, max(closes_at) as closes_at from (${openingHours}) hours where opens_at < closes_at group by date_day
), marked as (
  select d.date_day, ${calendar('d.date_day')}, h.opens_at, h.closes_at, ${isWholeDay('d.date_day')} as is_whole_day
  from days d left join hours h on h.date_day = d.date_day
)
select m.date_day, m.day_of_week, m.week_start, m.month_start, m.day_of_week > 5 as is_weekend, m.opens_at is not null as is_business_day,
  f.name as holiday_name, m.opens_at, m.closes_at, coalesce(${businessSecondsOf('m.date_day')}, 0) as business_seconds, m.is_whole_day,
  count(*) filter (where m.is_whole_day) over (partition by m.week_start) = 7 as is_whole_week
from marked m left join chatrhub_bi.holidays f on f.date_day = m.date_day`,
  about:
    'The local days from the first to the last with a chat or a status snapshot: one row per day, without holes. Business hours are those of BUSINESS_HOURS; holidays are rows of chatrhub_bi.holidays, which the steward fills.',
  notes: {
    ...describeColumns(...CALENDAR, 'is_whole_day'),
    is_weekend: 'True for Saturdays and Sundays.',
    is_business_day: 'True when business hours begin on that day.',
    holiday_name: 'Name of the holiday, as the steward wrote it; null on other days.',
    opens_at: 'When the first business hours of the day begin; null when there are none.',
    closes_at: 'When the last of them end, which may be after midnight; null when there are none.',
    business_seconds: 'Seconds of the local day that are within business hours.',
    is_whole_week: 'True when all seven days of its week are whole.',
  },
};

import { count, counted } from '../../../counted.ts';
import { type Html, html } from '../../html.ts';
import { drawChart } from '../chart.ts';
import { CLASSES, heat, QUIET, toneOf } from '../heat.ts';
import { numbersOf } from '../html-table.ts';
import { decimal } from '../numbers.ts';
import { legend, nothing, section } from '../section.ts';
import { hourName, sumOf, type WeekHour } from '../week-hours.ts';

const perHour = ({ began_chat_count, all_hours }: WeekHour): number => began_chat_count / all_hours;

/** When chats begin, by hour of the week. */
export function hoursSection(week: readonly WeekHour[], timeZone: string): Html {
  const title = 'Busiest hours';
  const [chats, hours] = [sumOf(week, 'began_chat_count'), sumOf(week, 'all_hours')];
  if (chats === 0) return section('hours', title, undefined, nothing('No chat began in this period.'));
  const busiest = week.toSorted((a, b) => perHour(b) - perHour(a))[0];
  return section(
    'hours',
    title,
    html`Chats that began in each hour of the week, on average: ${decimal(chats / hours)} an hour${
      busiest && html`, most of them <strong>${hourName(busiest)}</strong> (${decimal(perHour(busiest))})`
    }. Hours are of ${timeZone}.`,
    legend([...CLASSES, QUIET].map(({ tone, name }) => ({ colour: tone, name }))),
    drawChart(
      heat({
        label: 'Chats that began, for each hour of the week. The numbers are in the table below.',
        tones: [...CLASSES, QUIET].map(({ tone }) => tone),
        cells: week.map((hour) => ({
          weekday: hour.day_of_week,
          hour: hour.hour_of_day,
          tone: hour.began_chat_count === 0 ? QUIET.tone : toneOf(perHour(hour), chats / hours),
          text: hour.began_chat_count === 0 ? '' : decimal(perHour(hour)),
          title: `${hourName(hour)}: ${counted(hour.began_chat_count, 'chat')} in ${counted(hour.all_hours, 'hour')}`,
        })),
      }),
    ),
    numbersOf(
      'Chats by hour of the week',
      [
        { head: 'hour', cell: hourName },
        { head: 'chats', cell: ({ began_chat_count }) => count(began_chat_count) },
        { head: 'hours', cell: ({ all_hours }) => count(all_hours) },
        { head: 'chats an hour', cell: (hour) => decimal(perHour(hour)) },
      ],
      week,
    ),
  );
}

import { count, counted } from '../../../counted.ts';
import { type Html, html } from '../../html.ts';
import { drawChart } from '../chart.ts';
import { CLASSES, heat, QUIET, toneOf } from '../heat.ts';
import { numbersOf } from '../html-table.ts';
import { decimal } from '../numbers.ts';
import { legend, nothing, section } from '../section.ts';
import { hourName, sumOf, type WeekHour } from '../week-hours.ts';

/** How many chats people had at once, and how many people that takes, by hour of the week. */
export function loadSection(week: readonly WeekHour[]): Html {
  const title = 'Chats at once';
  const peak = Math.max(0, ...week.map(({ peak_chat_count }) => peak_chat_count));
  if (peak === 0) return section('load', title, undefined, nothing('No person had a chat in this period whose end is known.'));
  const average = sumOf(week, 'average_chats_at_once') / week.length;
  const [short, hours, unknown] = [sumOf(week, 'short_hours'), sumOf(week, 'hours'), sumOf(week, 'unknown_hours')];
  return section(
    'load',
    title,
    html`Chats that people had at once, on average over each hour, each chat as long as somebody wrote: at most
      <strong>${count(peak)}</strong>. ${
        hours > 0 &&
        html`In <strong>${count(short)}</strong> of ${counted(hours, 'hour')} fewer people were available than it takes for at most one in ten to wait.`
      }${unknown > 0 && ` Of ${counted(unknown, 'hour')} it is not known how many were available.`}`,
    legend([...CLASSES, QUIET].map(({ tone, name }) => ({ colour: tone, name }))),
    drawChart(
      heat({
        label: 'Chats that people had at once, for each hour of the week. The numbers are in the table below.',
        tones: [...CLASSES, QUIET].map(({ tone }) => tone),
        cells: week.map((hour) => ({
          weekday: hour.day_of_week,
          hour: hour.hour_of_day,
          tone: hour.peak_chat_count === 0 ? QUIET.tone : toneOf(hour.average_chats_at_once, average),
          text: hour.peak_chat_count === 0 ? '' : atOnce(hour.average_chats_at_once),
          title: `${hourName(hour)}: ${atOnce(hour.average_chats_at_once)} at once on average, ${count(hour.peak_chat_count)} at most; ${decimal(hour.needed_agent_count)} people needed, ${decimal(hour.available_agent_count)} available`,
        })),
      }),
    ),
    numbersOf(
      'Chats at once and people by hour of the week',
      [
        { head: 'hour', cell: hourName },
        { head: 'at once, average', cell: ({ average_chats_at_once }) => atOnce(average_chats_at_once) },
        { head: 'at once, most', cell: ({ peak_chat_count }) => count(peak_chat_count) },
        { head: 'people needed', cell: ({ needed_agent_count }) => decimal(needed_agent_count) },
        { head: 'people available', cell: ({ available_agent_count }) => decimal(available_agent_count) },
        { head: 'hours too few', cell: ({ short_hours }) => count(short_hours) },
        { head: 'hours seen', cell: ({ hours }) => count(hours) },
        { head: 'hours not known', cell: ({ unknown_hours }) => count(unknown_hours) },
      ],
      week,
    ),
    html`<p class="quiet">People needed are counted for one chat at a time (Erlang C); with several at once, fewer are needed. People available are
      those seen so within the hour, bots not among them.</p>`,
  );
}

/** `0.08`, `1.3`: over a whole hour even a busy person has less than one chat at once. */
const atOnce = (chats: number): string => (chats < 1 ? chats.toFixed(2) : decimal(chats));

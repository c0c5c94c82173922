import { count, counted } from '../../../counted.ts';
import { type Html, html } from '../../html.ts';
import { drawChart } from '../chart.ts';
import { CLASSES, type HeatCell, heat, QUIET, toneOf } from '../heat.ts';
import { numbersOf } from '../html-table.ts';
import { decimal } from '../numbers.ts';
import { legend, nothing, section } from '../section.ts';
import { hourName, sumOf, type WeekHour } from '../week-hours.ts';

const NOBODY = { tone: 'heat-nobody', name: 'nobody available: number of chats' };
const UNKNOWN = { tone: 'heat-unknown', name: 'availability unknown' };

const loadOf = ({ chat_count, available_agent_hours }: WeekHour): number | null =>
  available_agent_hours > 0 ? chat_count / available_agent_hours : null;

/** Where chats come and too few people are there, by hour of the week. */
export function demandSection(week: readonly WeekHour[], timeZone: string): Html {
  const title = 'Availability when chats arrive';
  const [chats, available] = [sumOf(week, 'chat_count'), sumOf(week, 'available_agent_hours')];
  const unknownHours = sumOf(week, 'unknown_hours');
  if (week.every(({ hours }) => hours === 0))
    return section(
      'demand',
      title,
      undefined,
      nothing('There are no status snapshots of agents in this period, so availability is unknown.'),
    );
  const average = available > 0 ? chats / available : 0;
  const uncovered = { hours: sumOf(week, 'uncovered_hours'), chats: sumOf(week, 'uncovered_chat_count') };
  return section(
    'demand',
    title,
    html`Chats for each hour that a person was available; on average ${decimal(average)}. ${
      uncovered.hours > 0
        ? html`In <strong>${counted(uncovered.hours, 'hour')}</strong>, <strong>${counted(uncovered.chats, 'chat')}</strong> arrived when nobody was available.`
        : 'Somebody was available whenever chats came.'
    }${
      unknownHours > 0 &&
      ` Of ${counted(unknownHours, 'hour')} with ${counted(sumOf(week, 'unknown_chat_count'), 'chat')} availability is unknown; they are left out.`
    } Hours are of ${timeZone}; bots are not counted.`,
    legend([...CLASSES, NOBODY, QUIET, ...(unknownHours > 0 ? [UNKNOWN] : [])].map(({ tone, name }) => ({ colour: tone, name }))),
    drawChart(
      heat({
        label: 'Chats per available agent hour, for each hour of the week. The numbers are in the table below.',
        cells: week.map((hour) => cellOf(hour, average)),
        tones: [...CLASSES, NOBODY, QUIET, UNKNOWN].map(({ tone }) => tone),
      }),
    ),
    numbersOf(
      'Demand and availability by hour of the week',
      [
        { head: 'hour', cell: hourName },
        { head: 'hours seen', cell: ({ hours }) => count(hours) },
        { head: 'chats', cell: ({ chat_count }) => count(chat_count) },
        { head: 'chats an hour', cell: ({ chat_count, hours }) => decimal(hours > 0 ? chat_count / hours : null) },
        { head: 'missed', cell: ({ missed_chat_count }) => count(missed_chat_count) },
        {
          head: 'people available',
          cell: ({ available_agent_hours, hours }) => decimal(hours > 0 ? available_agent_hours / hours : null),
        },
        { head: 'chats per agent hour', cell: (hour) => decimal(loadOf(hour)) },
        { head: 'hours with nobody', cell: ({ uncovered_hours }) => count(uncovered_hours) },
        { head: 'hours not known', cell: ({ unknown_hours }) => count(unknown_hours) },
      ],
      week,
    ),
  );
}

function cellOf(hour: WeekHour, average: number): HeatCell {
  const { day_of_week: weekday, hour_of_day, hours, chat_count, available_agent_hours } = hour;
  const load = loadOf(hour);
  const shown = { weekday, hour: hour_of_day };
  if (hours === 0) return { ...shown, tone: UNKNOWN.tone, text: '', title: `${hourName(hour)}: ${UNKNOWN.name}` };
  const facts = `${hourName(hour)}: ${counted(chat_count, 'chat')} in ${counted(hours, 'hour')}, ${decimal(available_agent_hours)} agent hours available`;
  if (chat_count === 0) return { ...shown, tone: QUIET.tone, text: '', title: facts };
  if (load === null) return { ...shown, tone: NOBODY.tone, text: count(chat_count), title: facts };
  return { ...shown, tone: toneOf(load, average), text: decimal(load), title: `${facts}: ${decimal(load)} chats per agent hour` };
}

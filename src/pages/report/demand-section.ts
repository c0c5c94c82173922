import { count, counted } from '../../counted.ts';
import type { Period } from '../../time/period.ts';
import type { Client } from '../../warehouse/connection/database.ts';
import { type Html, html } from '../html.ts';
import { drawChart } from './chart.ts';
import { type HeatCell, heat, WEEKDAYS } from './heat.ts';
import { numbersOf } from './html-table.ts';
import { decimal } from './numbers.ts';
import { legend, nothing, section } from './section.ts';

/** What is known of an hour of the week, over all weeks of a period. Hours without snapshots are in `unknown_hours` alone. */
type WeekHour = {
  day_of_week: number;
  hour_of_day: number;
  hours: number;
  unknown_hours: number;
  chat_count: number;
  unknown_chat_count: number;
  missed_chat_count: number;
  uncovered_hours: number;
  uncovered_chat_count: number;
  available_agent_hours: number;
};

/** Reads demand and availability of each hour of the week. */
export async function readWeek(client: Client, { from, until }: Period): Promise<WeekHour[]> {
  const { rows } = await client.query<WeekHour>(
    `select day_of_week, hour_of_day,
       count(*) filter (where not is_availability_unknown) as hours,
       count(*) filter (where is_availability_unknown) as unknown_hours,
       coalesce(sum(chat_count) filter (where not is_availability_unknown), 0)::double precision as chat_count,
       coalesce(sum(chat_count) filter (where is_availability_unknown), 0)::double precision as unknown_chat_count,
       sum(missed_chat_count)::double precision as missed_chat_count,
       count(*) filter (where is_uncovered_demand) as uncovered_hours,
       coalesce(sum(chat_count) filter (where is_uncovered_demand), 0)::double precision as uncovered_chat_count,
       coalesce(sum(available_agent_hours), 0)::double precision as available_agent_hours
     from chatrhub_bi.hourly_demand_vs_availability where date_day >= $1::date and date_day < $2::date
     group by 1, 2 order by 1, 2`,
    [from, until],
  );
  return rows;
}

/** Classes of load, as multiples of the average, each up to its limit. */
const CLASSES = [
  { tone: 'heat-1', limit: 0.5, name: 'under half the average' },
  { tone: 'heat-2', limit: 1, name: 'up to the average' },
  { tone: 'heat-3', limit: 1.5, name: 'up to 1.5 times' },
  { tone: 'heat-4', limit: 2.5, name: 'up to 2.5 times' },
  { tone: 'heat-5', limit: Number.POSITIVE_INFINITY, name: 'more' },
] as const;
const NOBODY = { tone: 'heat-nobody', name: 'nobody was available: how many came' };
const QUIET = { tone: 'heat-quiet', name: 'no chats' };
const UNKNOWN = { tone: 'heat-unknown', name: 'not known who was there' };

const sum = (week: readonly WeekHour[], name: Exclude<keyof WeekHour, 'day_of_week' | 'hour_of_day'>): number =>
  week.reduce((total, hour) => total + hour[name], 0);
const nameOf = ({ day_of_week, hour_of_day }: WeekHour): string => {
  const time = (hour: number): string => `${String(hour).padStart(2, '0')}:00`;
  return `${WEEKDAYS[day_of_week - 1] ?? ''} ${time(hour_of_day)}–${time((hour_of_day + 1) % 24)}`;
};
const loadOf = ({ chat_count, available_agent_hours }: WeekHour): number | null =>
  available_agent_hours > 0 ? chat_count / available_agent_hours : null;

/** Where chats come and too few people are there, by hour of the week. */
export function demandSection(week: readonly WeekHour[], timeZone: string): Html {
  const title = 'When chats come, and who is there';
  const [chats, available] = [sum(week, 'chat_count'), sum(week, 'available_agent_hours')];
  const unknownHours = sum(week, 'unknown_hours');
  if (week.every(({ hours }) => hours === 0))
    return section(
      'demand',
      title,
      undefined,
      nothing('There are no status snapshots of agents in this period: who was there is not known.'),
    );
  const average = available > 0 ? chats / available : 0;
  const uncovered = { hours: sum(week, 'uncovered_hours'), chats: sum(week, 'uncovered_chat_count') };
  return section(
    'demand',
    title,
    html`Chats for each hour that a person was available; on average ${decimal(average)}. ${
      uncovered.hours > 0
        ? html`In <strong>${counted(uncovered.hours, 'hour')}</strong>, <strong>${counted(uncovered.chats, 'chat')}</strong> came and nobody was available.`
        : 'Somebody was available whenever chats came.'
    }${
      unknownHours > 0 &&
      ` Of ${counted(unknownHours, 'hour')} with ${counted(sum(week, 'unknown_chat_count'), 'chat')} it is not known who was there; they are left out.`
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
        { head: 'hour', cell: nameOf },
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
  if (hours === 0) return { ...shown, tone: UNKNOWN.tone, text: '', title: `${nameOf(hour)}: ${UNKNOWN.name}` };
  const facts = `${nameOf(hour)}: ${counted(chat_count, 'chat')} in ${counted(hours, 'hour')}, ${decimal(available_agent_hours)} agent hours available`;
  if (chat_count === 0) return { ...shown, tone: QUIET.tone, text: '', title: facts };
  if (load === null) return { ...shown, tone: NOBODY.tone, text: count(chat_count), title: facts };
  const tone = CLASSES.find(({ limit }) => load <= limit * average)?.tone ?? CLASSES[4].tone;
  return { ...shown, tone, text: decimal(load), title: `${facts}: ${decimal(load)} chats per agent hour` };
}

import { count, counted } from '../../../counted.ts';
import type { Day } from '../../../time/period.ts';
import { type Html, html } from '../../html.ts';
import { drawChart } from '../chart.ts';
import { columns } from '../columns.ts';
import { numbersOf } from '../html-table.ts';
import { bucketTitle, NONE, partOf, percent } from '../numbers.ts';
import type { ChatFigures } from '../report-figures.ts';
import type { ReportPeriod } from '../report-period.ts';
import { bandKeys, legend, rate, section } from '../section.ts';

/** How many chats came, and how many of them were missed. */
export function chatsSection({ buckets, step }: ReportPeriod, { total, buckets: figures }: ChatFigures, known: ReadonlySet<Day>): Html {
  const isKnown = buckets.map(({ start }) => known.has(start));
  const values = (name: 'missed_chat_count' | 'served_chat_count') =>
    buckets.map(({ start }) => (known.has(start) ? (figures.get(start)?.[name] ?? 0) : null));
  const missed = { part: total.missed_chat_count, whole: total.chat_count };
  return section(
    'chats',
    `Chats each ${step}`,
    html`${counted(total.chat_count, 'chat')}, of which ${count(missed.part)} were missed (${percent(missed)}).${
      total.offline_chat_count > 0 && ` ${count(total.offline_chat_count)} ended because nobody was available.`
    }${
      total.missed_unknown_chat_count > 0 &&
      ` Of ${count(total.missed_unknown_chat_count)} the source does not say whether they were missed; they are not counted as missed.`
    }`,
    legend([{ name: 'served', colour: 'served' }, { name: 'missed', colour: 'missed' }, ...bandKeys(buckets, step, isKnown)]),
    drawChart(
      columns({
        label: `Served and missed chats each ${step}: ${partOf(missed)} were missed. The numbers are in the table below.`,
        buckets,
        step,
        stacks: [
          { name: 'missed', colour: 'missed', values: values('missed_chat_count') },
          { name: 'served', colour: 'served', values: values('served_chat_count') },
        ],
      }),
    ),
    numbersOf(
      'Chats and missed chats',
      [
        { head: step, cell: (bucket) => bucketTitle(bucket, step) },
        { head: 'chats', cell: ({ start }) => cellOf(start, ({ chat_count }) => count(chat_count)) },
        { head: 'served', cell: ({ start }) => cellOf(start, ({ served_chat_count }) => count(served_chat_count)) },
        { head: 'missed', cell: ({ start }) => cellOf(start, ({ missed_chat_count }) => count(missed_chat_count)) },
        {
          head: 'missed rate',
          cell: ({ start }) =>
            cellOf(start, (of) => rate({ part: of.missed_chat_count, whole: of.chat_count }, of.missed_unknown_chat_count), NONE),
        },
      ],
      buckets,
    ),
  );

  function cellOf(start: Day, textOf: (of: typeof total) => Html | string, without = '0'): Html | string {
    const of = figures.get(start);
    if (of) return textOf(of);
    return known.has(start) ? without : NONE;
  }
}

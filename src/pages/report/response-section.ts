import { count, counted } from '../../counted.ts';
import type { Day } from '../../time/period.ts';
import { type Html, html } from '../html.ts';
import { drawChart } from './chart.ts';
import { numbersOf } from './html-table.ts';
import { lines } from './lines.ts';
import { bucketTitle, duration, partOf, percent } from './numbers.ts';
import type { ChatFigures, Figures } from './report-figures.ts';
import type { ReportPeriod } from './report-period.ts';
import { type Key, legend, nothing, quietIfFew, rate, section, unknownKey } from './section.ts';

const LINES = [
  { name: 'nine of ten (p90)', column: 'p90_first_response_seconds', colour: 'p90', isDashed: true },
  { name: 'half of them (median)', column: 'median_first_response_seconds', colour: 'median', isDashed: false },
] as const;

const coverageOf = ({ chats_with_messages_count: part, chat_count: whole }: Figures) => ({ part, whole });

/** How long visitors waited for a person, as the messages tell. */
export function responseSection({ buckets, step }: ReportPeriod, { total, buckets: figures }: ChatFigures, known: ReadonlySet<Day>): Html {
  const title = 'How fast people answer';
  const coverage = coverageOf(total);
  const notLoaded =
    coverage.part < coverage.whole &&
    html` Messages of <strong>${percent(coverage)}</strong> of the chats are here (${partOf(coverage)}): the others are not in these numbers.`;
  if (total.first_response_chat_count === 0)
    return section('response', title, notLoaded, nothing('No message of this period shows a person answering a visitor.'));
  const isKnown = buckets.map(({ start }) => known.has(start));
  const within = { part: total.answered_in_60s_count, whole: total.answerable_chat_count };
  return section(
    'response',
    title,
    html`From the visitor's first message to the first one of a person: of ${counted(total.first_response_chat_count, 'answered chat')},
      half within <strong>${duration(total.median_first_response_seconds)}</strong>, nine of ten within ${duration(total.p90_first_response_seconds)}.
      ${percent(within)} of those who wrote had an answer within a minute (${partOf(within)}; unanswered ones are failures).${notLoaded}`,
    legend([
      ...LINES.map(({ name, colour, isDashed }): Key => ({ name, colour, shape: isDashed ? 'dashed' : 'line' })),
      ...unknownKey(isKnown),
    ]),
    drawChart(
      lines({
        label: `Time to the first human answer each ${step}, median and 90th percentile. The numbers are in the table below.`,
        buckets,
        step,
        format: duration,
        steps: 'seconds',
        isKnown,
        lines: LINES.map(({ name, column, colour, isDashed }) => {
          const values = buckets.map(({ start }) => figures.get(start)?.[column] ?? null);
          const says = (index: number) => {
            const n = figures.get(buckets[index]?.start ?? '')?.first_response_chat_count ?? 0;
            return `${name} within ${duration(values[index] ?? null)}, of ${counted(n, 'answered chat')}`;
          };
          return { name, colour, isDashed, values, says };
        }),
      }),
    ),
    numbersOf(
      'Time to the first human answer',
      [
        { head: step, cell: ({ bucket }) => bucketTitle(bucket, step) },
        { head: 'median', cell: (of) => quietIfFew(duration(of.median_first_response_seconds), of.first_response_chat_count) },
        { head: 'p90', cell: (of) => quietIfFew(duration(of.p90_first_response_seconds), of.first_response_chat_count) },
        { head: 'answered chats (n)', cell: (of) => count(of.first_response_chat_count) },
        { head: 'within 60 s', cell: (of) => rate({ part: of.answered_in_60s_count, whole: of.answerable_chat_count }) },
        { head: 'messages loaded', cell: (of) => rate(coverageOf(of)) },
      ],
      buckets.flatMap((bucket) => {
        const of = figures.get(bucket.start);
        return of ? [{ bucket, ...of }] : [];
      }),
    ),
  );
}

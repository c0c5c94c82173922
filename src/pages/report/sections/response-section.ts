import { count, counted } from '../../../counted.ts';
import type { Day } from '../../../time/period.ts';
import { type Html, html } from '../../html.ts';
import { drawChart } from '../chart.ts';
import { numbersOf } from '../html-table.ts';
import { lines } from '../lines.ts';
import { bucketTitle, duration, partOf, percent } from '../numbers.ts';
import type { ChatFigures, Figures } from '../report-figures.ts';
import type { ReportPeriod } from '../report-period.ts';
import { bandKeys, type Key, legend, nothing, quietIfFew, rate, section } from '../section.ts';

const LINES = [
  { name: 'nine of ten (p90)', column: 'p90_first_response_seconds', colour: 'p90', isDashed: true },
  { name: 'half of them (median)', column: 'median_first_response_seconds', colour: 'median', isDashed: false },
] as const;

/** What contact centres aim for, in per cent. */
const TARGET = 80;

const coverageOf = ({ chats_with_messages_count: part, chat_count: whole }: Figures) => ({ part, whole });

/** How long visitors waited for a person, as the messages tell. */
export function responseSection({ buckets, step }: ReportPeriod, { total, buckets: figures }: ChatFigures, known: ReadonlySet<Day>): Html {
  const title = 'How fast people answer';
  const coverage = coverageOf(total);
  const notLoaded =
    coverage.part < coverage.whole &&
    html` Messages of <strong>${percent(coverage)}</strong> of the chats are loaded (${partOf(coverage)}): the others are not in these numbers.`;
  if (total.first_response_chat_count === 0)
    return section('response', title, notLoaded, nothing('No message of this period shows a person answering a visitor.'));
  const isKnown = buckets.map(({ start }) => known.has(start));
  const shares = buckets.map(({ start }) => {
    const of = figures.get(start);
    return { part: of?.answered_in_60s_count ?? 0, whole: of?.answerable_chat_count ?? 0 };
  });
  const within = { part: total.answered_in_60s_count, whole: total.answerable_chat_count };
  return section(
    'response',
    title,
    html`From the visitor's first message to the first one of a person: of ${counted(total.first_response_chat_count, 'answered chat')},
      half within <strong>${duration(total.median_first_response_seconds)}</strong>, nine of ten within ${duration(total.p90_first_response_seconds)}.
      Where a person was wanted, one answered within 60\u00a0s in <strong>${percent(within)}</strong> of the chats (${partOf(within)}; unanswered ones are failures).${notLoaded}`,
    legend([
      ...LINES.map(({ name, colour, isDashed }): Key => ({ name, colour, shape: isDashed ? 'dashed' : 'line' })),
      ...bandKeys(buckets, step, isKnown),
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
    html`<h3>Answered within 60 seconds</h3>`,
    legend([
      { name: 'share of the chats in which a person was wanted', colour: 'within', shape: 'line' },
      { name: `target, ${TARGET}%`, colour: 'target', shape: 'dashed' },
      ...bandKeys(buckets, step, isKnown),
    ]),
    drawChart(
      lines({
        label: `Share of chats answered by a person within 60 seconds each ${step}, beside the target of ${TARGET}%. The numbers are in the table below.`,
        buckets,
        step,
        format: (value) => `${value}%`,
        steps: 'counts',
        isKnown,
        max: 100,
        target: TARGET,
        lines: [
          {
            name: 'within 60 s',
            colour: 'within',
            values: shares.map((share) => (share.whole > 0 ? (100 * share.part) / share.whole : null)),
            says: (index) => {
              const share = shares[index] ?? { part: 0, whole: 0 };
              return `${percent(share)} within 60 s (${partOf(share)})`;
            },
          },
        ],
      }),
    ),
    numbersOf(
      'Time to the first human answer',
      [
        { head: step, cell: ({ bucket }) => bucketTitle(bucket, step) },
        { head: 'median', cell: (of) => quietIfFew(duration(of.median_first_response_seconds), of.first_response_chat_count) },
        { head: 'p90', cell: (of) => quietIfFew(duration(of.p90_first_response_seconds), of.first_response_chat_count) },
        { head: 'answered chats (n)', cell: (of) => count(of.first_response_chat_count) },
        {
          head: 'within 60 s',
          cell: (of) =>
            rate({ part: of.answered_in_60s_count, whole: of.answerable_chat_count }, of.chat_count - of.chats_with_messages_count),
        },
      ],
      buckets.flatMap((bucket) => {
        const of = figures.get(bucket.start);
        return of ? [{ bucket, ...of }] : [];
      }),
    ),
  );
}

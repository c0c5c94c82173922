import { count, counted } from '../../../counted.ts';
import type { Day } from '../../../time/period.ts';
import { type Html, html } from '../../html.ts';
import { drawChart } from '../chart.ts';
import { numbersOf } from '../html-table.ts';
import { lines } from '../lines.ts';
import { bucketTitle, duration, partOf, percent, type Share } from '../numbers.ts';
import type { ChatFigures, Figures } from '../report-figures.ts';
import type { ReportPeriod } from '../report-period.ts';
import { bandKeys, type Key, legend, nothing, quietIfFew, rate, section } from '../section.ts';

const LINES = [
  { name: 'nine of ten (p90)', column: 'p90_first_response_seconds', colour: 'p90', isDashed: true },
  { name: 'half of them (median)', column: 'median_first_response_seconds', colour: 'median', isDashed: false },
] as const;

/** What contact centres aim for, in per cent. */
const TARGET = 80;

/** What is drawn: the figures of each day, week or month, and of which of them something is known. */
type Drawn = ReportPeriod & { figures: ChatFigures['buckets']; isKnown: readonly boolean[] };

/** How long visitors waited for a person, as the messages tell. */
export function responseSection(period: ReportPeriod, { total, buckets: figures }: ChatFigures, known: ReadonlySet<Day>): Html {
  const title = 'How fast people answer';
  const coverage = { part: total.chats_with_messages_count, whole: total.chat_count };
  const notLoaded =
    coverage.part < coverage.whole &&
    html` Messages of <strong>${percent(coverage)}</strong> of the chats are loaded (${partOf(coverage)}): the others are not in these numbers.`;
  if (total.first_response_chat_count === 0)
    return section('response', title, notLoaded, nothing('No message of this period shows a person answering a visitor.'));
  const drawn: Drawn = { ...period, figures, isKnown: period.buckets.map(({ start }) => known.has(start)) };
  const within = withinOf(total);
  return section(
    'response',
    title,
    html`From the visitor's first message to the first one of a person: of ${counted(total.first_response_chat_count, 'answered chat')},
      half within <strong>${duration(total.median_first_response_seconds)}</strong>, nine of ten within ${duration(total.p90_first_response_seconds)}.
      Where a person was wanted, one answered within 60\u00a0s in <strong>${percent(within)}</strong> of the chats (${partOf(within)}; unanswered ones are failures).${notLoaded}`,
    ...timeChart(drawn),
    html`<h3>Answered within 60 seconds</h3>`,
    ...targetChart(drawn),
    numbers(drawn),
  );
}

/** The chats that a person answered in time, of those in which one was wanted. */
const withinOf = (of: Figures | undefined): Share => ({ part: of?.answered_in_60s_count ?? 0, whole: of?.answerable_chat_count ?? 0 });

/** The median and the 90th percentile of the time to the first answer. */
const timeChart = ({ buckets, step, figures, isKnown }: Drawn): Html[] => [
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
];

/** The share of chats that a person answered in time, beside the target. */
function targetChart({ buckets, step, figures, isKnown }: Drawn): Html[] {
  const shares = buckets.map(({ start }) => withinOf(figures.get(start)));
  return [
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
              const share = shares[index] ?? withinOf(undefined);
              return `${percent(share)} within 60 s (${partOf(share)})`;
            },
          },
        ],
      }),
    ),
  ];
}

const numbers = ({ buckets, step, figures }: Drawn): Html =>
  numbersOf(
    'Time to the first human answer',
    [
      { head: step, cell: ({ bucket }) => bucketTitle(bucket, step) },
      { head: 'median', cell: (of) => quietIfFew(duration(of.median_first_response_seconds), of.first_response_chat_count) },
      { head: 'p90', cell: (of) => quietIfFew(duration(of.p90_first_response_seconds), of.first_response_chat_count) },
      { head: 'answered chats (n)', cell: (of) => count(of.first_response_chat_count) },
      { head: 'within 60 s', cell: (of) => rate(withinOf(of), of.chat_count - of.chats_with_messages_count) },
    ],
    buckets.flatMap((bucket) => {
      const of = figures.get(bucket.start);
      return of ? [{ bucket, ...of }] : [];
    }),
  );

import { count } from '../../../counted.ts';
import type { Day } from '../../../time/period.ts';
import { type Html, html } from '../../html.ts';
import { drawChart } from '../chart.ts';
import { columns } from '../columns.ts';
import { numbersOf } from '../html-table.ts';
import { bucketTitle, partOf, percent } from '../numbers.ts';
import type { ChatFigures, Figures } from '../report-figures.ts';
import { bucketsOf, type ReportPeriod, type Step } from '../report-period.ts';
import { bandKeys, legend, nothing, rate, section } from '../section.ts';

const RATINGS = [
  { name: 'poor', column: 'poor_chat_count', colour: 'poor' },
  { name: 'ok', column: 'ok_chat_count', colour: 'okay' },
  { name: 'great', column: 'great_chat_count', colour: 'great' },
] as const;

type Rated = Pick<Figures, 'rated_chat_count' | 'great_chat_count' | 'asked_or_rated_chat_count'>;
const csatOf = ({ great_chat_count: part, rated_chat_count: whole }: Rated) => ({ part, whole });
const responseOf = ({ rated_chat_count: part, asked_or_rated_chat_count: whole }: Rated) => ({ part, whole });

/** Ratings by a step of their own, as those of a day are few. */
type RatedBuckets = { step: Step; figures: ChatFigures; known: ReadonlySet<Day> };

/** What visitors thought. */
export function ratingsSection(period: ReportPeriod, { step, figures, known }: RatedBuckets): Html {
  const { total, buckets: byBucket } = figures;
  const title = 'What visitors thought';
  const [csat, response] = [csatOf(total), responseOf(total)];
  if (total.rated_chat_count === 0)
    return section('ratings', title, undefined, nothing(`Nobody rated a chat in this period (${count(response.whole)} were asked).`));
  const buckets = bucketsOf(period, step);
  const rated = buckets.flatMap((bucket) => {
    const of = byBucket.get(bucket.start);
    return of ? [{ bucket, ...of }] : [];
  });
  return section(
    'ratings',
    title,
    html`<strong>${percent(csat)}</strong> of the rated chats were rated great (${partOf(csat)}). Of those asked, ${percent(response)} gave a rating
      (${partOf(response)}): the others may think otherwise.`,
    legend([
      ...RATINGS.toReversed(),
      ...bandKeys(
        buckets,
        step,
        buckets.map(({ start }) => known.has(start)),
      ),
    ]),
    drawChart(
      columns({
        label: `Ratings each ${step}, by great, ok and poor; ${percent(csat)} are great. The numbers are in the table below.`,
        buckets,
        step,
        stacks: RATINGS.map(({ name, column, colour }) => ({
          name,
          colour,
          values: buckets.map(({ start }) => (known.has(start) ? (byBucket.get(start)?.[column] ?? 0) : null)),
        })),
        above: buckets.map(({ start }) => {
          const of = byBucket.get(start);
          return of && of.rated_chat_count > 0 ? percent(csatOf(of)) : '';
        }),
      }),
    ),
    numbersOf(
      `Ratings each ${step}`,
      [
        { head: step, cell: ({ bucket }) => bucketTitle(bucket, step) },
        { head: 'rated great', cell: (of) => rate(csatOf(of)) },
        ...RATINGS.toReversed().map(({ name, column }) => ({ head: name, cell: (of: Figures) => count(of[column]) })),
        { head: 'rated, of those asked', cell: (of) => rate(responseOf(of)) },
      ],
      rated,
    ),
  );
}

import { botCounts } from '../../../analytics/views/bot-views.ts';
import { count, counted } from '../../../counted.ts';
import type { Day } from '../../../time/period.ts';
import type { Client } from '../../../warehouse/connection/database.ts';
import { type Html, html } from '../../html.ts';
import { drawChart } from '../chart.ts';
import { columns } from '../columns.ts';
import { numbersOf } from '../html-table.ts';
import { bucketTitle, partOf, percent } from '../numbers.ts';
import { bucketStart, type ReportPeriod, type Step } from '../report-period.ts';
import { IN_SCOPE, type Scope, scopeValues } from '../scope.ts';
import { bandKeys, legend, nothing, rate, section } from '../section.ts';

const COUNTS = [
  'chat_count',
  'bot_chat_count',
  'contained_chat_count',
  'handed_off_chat_count',
  'missed_after_bot_chat_count',
  'decided_chat_count',
  'bot_resolved_chat_count',
  'bot_judged_chat_count',
  'messages_not_loaded_chat_count',
] as const;

/** Counts of bot_containment, whose sums over days mean something. */
type Outcomes = Record<(typeof COUNTS)[number], number>;
export type BotFigures = { total: Outcomes; buckets: ReadonlyMap<Day, Outcomes> };

/** Reads the outcomes of chats with bots, as a whole and in each bucket. */
export async function readBot(client: Client, scope: Scope, step: Step): Promise<BotFigures> {
  const { group, from, until } = scope;
  const source = group
    ? `(select date_day, ${botCounts} from chatrhub_bi.chats_enriched where is_counted and ${IN_SCOPE} group by date_day) days`
    : 'chatrhub_bi.bot_containment';
  const { rows } = await client.query<Outcomes & { bucket: Day | null }>(
    `select ${bucketStart('date_day', step)} as bucket, ${COUNTS.map((name) => `coalesce(sum(${name}), 0)::double precision as ${name}`).join(', ')}
     from ${source} where date_day >= $1::date and date_day < $2::date
     group by grouping sets ((${bucketStart('date_day', step)}), ())`,
    group ? scopeValues(scope) : [from, until],
  );
  const total = rows.find(({ bucket }) => bucket === null);
  if (!total) throw new Error('an aggregate of everything has no row');
  return { total, buckets: new Map(rows.flatMap(({ bucket, ...outcomes }) => (bucket === null ? [] : [[bucket, outcomes] as const]))) };
}

/** The share of the decided chats that the bot contained. */
export const containmentOf = ({ contained_chat_count: part, decided_chat_count: whole }: Outcomes) => ({ part, whole });
const resolutionOf = ({ bot_resolved_chat_count: part, bot_judged_chat_count: whole }: Outcomes) => ({ part, whole });

const STACKS = [
  { name: 'contained', column: 'contained_chat_count', colour: 'contained' },
  { name: 'handed to a person', column: 'handed_off_chat_count', colour: 'handed' },
  { name: 'missed after the bot', column: 'missed_after_bot_chat_count', colour: 'missed' },
] as const;

/** What bots do without people. */
export function botSection({ buckets, step }: ReportPeriod, { total, buckets: outcomes }: BotFigures, known: ReadonlySet<Day>): Html {
  const title = 'What the bot handles alone';
  const notLoaded =
    total.messages_not_loaded_chat_count > 0 &&
    html` Of ${counted(total.messages_not_loaded_chat_count, 'chat')} the messages are not here yet: what a bot did in them is not known.`;
  if (total.decided_chat_count === 0)
    return section('bot', title, notLoaded, nothing('No chat between a bot and a visitor ended in this period.'));
  const [containment, resolution] = [containmentOf(total), resolutionOf(total)];
  const pending = containment.whole - resolution.whole;
  const isKnown = buckets.map(({ start }) => known.has(start));
  return section(
    'bot',
    title,
    html`Bots wrote in ${counted(total.bot_chat_count, 'chat')}. Of ${count(containment.whole)} that ended one way or the other,
      <strong>${percent(containment)}</strong> ended without a person. Stricter: in ${percent(resolution)} (${partOf(resolution)}) the
      visitor was not unhappy and did not come back within a day${pending > 0 && `; ${count(pending)} are too recent to say`}.${notLoaded}`,
    legend([...STACKS, ...bandKeys(buckets, step, isKnown)]),
    drawChart(
      columns({
        label: `Outcomes of chats with a bot each ${step}: ${percent(containment)} were contained. The numbers are in the table below.`,
        buckets,
        step,
        stacks: STACKS.map(({ name, column, colour }) => ({
          name,
          colour,
          values: buckets.map(({ start }) => (known.has(start) ? (outcomes.get(start)?.[column] ?? 0) : null)),
        })),
      }),
    ),
    numbersOf(
      `Bot containment each ${step}`,
      [
        { head: step, cell: ({ bucket }) => bucketTitle(bucket, step) },
        ...STACKS.map(({ name, column }) => ({ head: name, cell: (of: Outcomes) => count(of[column]) })),
        { head: 'contained, of decided', cell: (of) => rate(containmentOf(of), of.messages_not_loaded_chat_count) },
        { head: 'resolved, of judged', cell: (of) => rate(resolutionOf(of), of.decided_chat_count - of.bot_judged_chat_count) },
      ],
      buckets.flatMap((bucket) => {
        const of = outcomes.get(bucket.start);
        return of ? [{ bucket, ...of }] : [];
      }),
    ),
  );
}

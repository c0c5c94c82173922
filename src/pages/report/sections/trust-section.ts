import { count, counted } from '../../../counted.ts';
import { moment } from '../../../operations/age-words.ts';
import type { Day, Period } from '../../../time/period.ts';
import type { Client } from '../../../warehouse/connection/database.ts';
import { type Html, html } from '../../html.ts';
import { table } from '../html-table.ts';
import { dayName, duration, NONE, percent } from '../numbers.ts';
import type { Figures } from '../report-figures.ts';
import { hasSameWeekdays, partsOf, type ReportPeriod } from '../report-period.ts';
import { section } from '../section.ts';

type Freshness = {
  entity: string;
  reaches_until_at: Date | null;
  seconds_since_read: number | null;
  freshness: string;
};
type Quality = { check_name: string; severity: string; entity: string; failing_rows: number };
type Difference = { date_day: Day; day_count: number; source_chat_count: number; row_count: number };

/** How far the numbers can be trusted. */
export type Trust = { freshness: readonly Freshness[]; quality: readonly Quality[]; differences: readonly Difference[] };

/** Reads how fresh the data are, what is odd in them, and where the source says otherwise. */
export async function readTrust(client: Client, { from, until }: Period): Promise<Trust> {
  const { rows: freshness } = await client.query<Freshness>(
    `select entity, reaches_until_at, extract(epoch from now() - last_read_at)::float8 as seconds_since_read, freshness
     from chatrhub_bi.data_freshness`,
  );
  const { rows: quality } = await client.query<Quality>(
    `select check_name, severity, entity, failing_rows from chatrhub_bi.data_quality
     where failing_rows > 0 order by array_position(array['error', 'warning', 'info'], severity), failing_rows desc, check_name`,
  );
  const { rows: differences } = await client.query<Difference>(
    `select date_day, day_count, source_chat_count, row_count from chatrhub_bi.source_reconciliation
     where not is_matched and date_day < $2::date and until_day > $1::date order by date_day, day_count`,
    [from, until],
  );
  return { freshness, quality, differences };
}

const SEVERITY: Record<string, string> = { error: 'cannot be right', warning: 'numbers may suffer', info: 'worth knowing' };

/** What the reader has to know before a number is passed on. */
export type Caveats = { period: ReportPeriod; total: Figures; known: ReadonlySet<Day>; firstDay: Day; timeZone: string };

/** The section that says how fresh the data are, what is odd about them, and what not to read out of them. */
export function trustSection({ freshness, quality, differences }: Trust, caveats: Caveats): Html {
  const stale = freshness.filter((entity) => entity.freshness !== 'fresh');
  return section(
    'trust',
    'How far to trust these numbers',
    stale.length === 0
      ? 'Everything was loaded lately.'
      : html`Not loaded lately: <strong>${stale.map(({ entity }) => words(entity)).join(', ')}</strong>.`,
    html`<ul class="notes">${notesOf(caveats, freshness.find(({ entity }) => entity === 'chats')?.reaches_until_at).map((note) => html`<li>${note}</li>\n`)}</ul>`,
    html`<h3>How fresh the copy is</h3>`,
    table(
      'Freshness',
      [
        { head: 'records', cell: ({ entity }) => words(entity) },
        { head: 'state', cell: ({ freshness }) => html`<span class="state ${freshness}">${freshness}</span>`, isText: true },
        { head: 'last read', cell: ({ seconds_since_read: seconds }) => (seconds === null ? 'never' : `${duration(seconds)} ago`) },
        { head: 'newest record', cell: ({ reaches_until_at: at }) => (at ? moment(at, caveats.timeZone) : NONE) },
      ],
      freshness,
    ),
    html`<h3>What is odd in the data</h3>`,
    quality.length === 0
      ? html`<p>No check finds anything.</p>`
      : table(
          'Data quality',
          [
            { head: 'check', cell: ({ check_name }) => words(check_name) },
            { head: 'records', cell: ({ failing_rows }) => count(failing_rows) },
            { head: 'means', cell: ({ severity }) => SEVERITY[severity] ?? severity, isText: true },
          ],
          quality,
        ),
    html`<p class="quiet">Of all data, not of this period alone. <code>chatrhub_bi.data_quality</code> has samples.</p>`,
    differences.length > 0 &&
      html`<h3>Where the source counts differently</h3>${table(
        'Differences from the source',
        [
          { head: 'from', cell: ({ date_day }) => dayName(date_day, true) },
          { head: 'days', cell: ({ day_count }) => count(day_count) },
          { head: "the source's report", cell: ({ source_chat_count }) => count(source_chat_count) },
          { head: 'records here', cell: ({ row_count }) => count(row_count) },
        ],
        differences,
      )}`,
  );
}

/** What the numbers do not say, the most particular first. */
function notesOf({ period, total, known, firstDay, timeZone }: Caveats, newestChatAt: Date | null | undefined): readonly Html[] {
  const { buckets, step, before } = period;
  const { now: parts, before: partsBefore } = partsOf(period);
  const gaps = buckets.filter(({ start }) => !known.has(start)).length;
  const messages = { part: total.chats_with_messages_count, whole: total.chat_count };
  return [
    ...(gaps > 0
      ? [
          html`Of ${counted(gaps, step)} there is neither a chat nor a snapshot of an agent: they are gaps, not zeros. They may never have been loaded.`,
        ]
      : []),
    ...(parts > 0
      ? [
          html`${counted(parts, 'day')} of this period ${parts === 1 ? 'is' : 'are'} not whole: not over yet, or not read whole. They are hatched.`,
        ]
      : []),
    ...(partsBefore > 0
      ? [html`${counted(partsBefore, 'day')} of those it is compared with ${partsBefore === 1 ? 'is' : 'are'} not whole.`]
      : []),
    ...(before && !hasSameWeekdays(period, before)
      ? [html`The days before are other weekdays: the data begin on ${dayName(firstDay, true)}, too late for the same ones.`]
      : []),
    ...(messages.part < messages.whole
      ? [
          html`Messages are loaded for ${percent(messages)} of the chats; response times and what the bot does are of those alone. They arrive later than chats.`,
        ]
      : []),
    ...(total.open_chat_count > 0
      ? [html`${counted(total.open_chat_count, 'chat')} had not ended when they were read last; their outcome may change.`]
      : []),
    ...(total.missed_unknown_chat_count > 0
      ? [
          html`Of ${counted(total.missed_unknown_chat_count, 'chat')} the source does not say whether they were missed. They count as not missed.`,
        ]
      : []),
    ...(newestChatAt ? [html`The newest chat here began on ${moment(newestChatAt, timeZone)}.`] : []),
    ...(before
      ? []
      : [html`There is no comparison: the data begin on ${dayName(firstDay, true)}, and the days before this period would not be whole.`]),
    html`A chat is counted when a visitor was there, no other agent won it, and it was not deleted. It belongs to the day on which it began, in ${timeZone}.`,
    html`Ratings are of those who rated, and response times of chats that were answered: neither represents the others.`,
    html`Changes are coloured only when chance alone would bring such a difference less than once in twenty times.`,
  ];
}

const words = (name: string): string => name.replaceAll('_', ' ');

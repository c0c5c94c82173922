import { averages, counts } from '../../../analytics/measures.ts';
import { count } from '../../../counted.ts';
import type { Client } from '../../../warehouse/connection/database.ts';
import { type Html, html } from '../../html.ts';
import { type Column, table } from '../html-table.ts';
import { namesOf } from '../names.ts';
import { duration } from '../numbers.ts';
import { IN_SCOPE, type Scope, scopeValues } from '../scope.ts';
import { quietIfFew, rate, section } from '../section.ts';

const COUNTS = [
  'chat_count',
  'missed_chat_count',
  'missed_unknown_chat_count',
  'first_response_chat_count',
  'answerable_chat_count',
  'answered_in_60s_count',
  'chats_with_messages_count',
  'rated_chat_count',
  'great_chat_count',
  'asked_or_rated_chat_count',
] as const;

type Part = Record<(typeof COUNTS)[number], number> & {
  id: number | null;
  name: string | null;
  median_first_response_seconds: number | null;
};

/** What distinguishes chats: the key and the name of each part, and what those without one are called. */
const DIMENSIONS = [
  { noun: 'group', id: 'group_id', name: 'group_name', without: 'without a group' },
  { noun: 'channel', id: 'null::bigint', name: 'channel', without: 'not known' },
  { noun: 'tag', id: 'null::bigint', name: "nullif(trim(tag), '')", without: 'without a tag' },
] as const;

type Dimension = (typeof DIMENSIONS)[number];
export type Breakdown = { dimension: Dimension; parts: readonly Part[] };

/** Tags may be as many as people invent. */
const MOST = 20;

/** Reads the figures of the parts of each dimension, those with the most chats first. */
export async function readBreakdowns(client: Client, scope: Scope): Promise<Breakdown[]> {
  const breakdowns: Breakdown[] = [];
  for (const dimension of DIMENSIONS) {
    const { rows } = await client.query<Part>(
      `select ${dimension.id} as id, ${dimension.name} as name, ${counts(COUNTS)}, ${averages}
       from chatrhub_bi.chats_enriched where is_counted and ${IN_SCOPE} group by 1, 2 order by chat_count desc, name, id`,
      scopeValues(scope),
    );
    breakdowns.push({ dimension, parts: rows });
  }
  return breakdowns;
}

const COLUMNS: readonly Column<Part>[] = [
  { head: 'chats', cell: ({ chat_count }) => count(chat_count) },
  {
    head: 'missed',
    cell: ({ missed_chat_count: part, chat_count: whole, missed_unknown_chat_count: unknown }) => rate({ part, whole }, unknown),
  },
  {
    head: 'median answer',
    cell: ({ median_first_response_seconds: median, first_response_chat_count: n }) => quietIfFew(duration(median), n),
  },
  {
    head: 'answered in 60 s',
    cell: ({ answered_in_60s_count: part, answerable_chat_count: whole, chat_count, chats_with_messages_count }) =>
      rate({ part, whole }, chat_count - chats_with_messages_count),
  },
  { head: 'rated great', cell: ({ great_chat_count: part, rated_chat_count: whole }) => rate({ part, whole }) },
  { head: 'rated, of those asked', cell: ({ rated_chat_count: part, asked_or_rated_chat_count: whole }) => rate({ part, whole }) },
];

/** The same figures by group, by channel and by tag. */
export function breakdownSection(breakdowns: readonly Breakdown[]): Html {
  return section(
    'breakdown',
    'By group, channel and tag',
    'Answers within 60 seconds are of chats in which a person was wanted: unanswered ones are failures, those that the bot contained are not in it.',
    ...breakdowns.map(({ dimension: { noun, without }, parts }) => {
      const nameOf = namesOf(
        noun,
        parts.flatMap(({ id, name }) => (id === null ? [] : [{ id, name }])),
      );
      const head = { head: noun, cell: ({ id, name }: Part) => (id === null ? (name ?? without) : nameOf(id)) };
      const more = parts.length - MOST;
      return html`<h3>By ${noun}</h3>${table(`By ${noun}`, [head, ...COLUMNS], parts.slice(0, MOST))}${
        more > 0 && html`<p class="quiet">The ${MOST} with the most chats; ${count(more)} more ${more === 1 ? 'is' : 'are'} not shown.</p>`
      }`;
    }),
  );
}

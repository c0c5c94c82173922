import { count } from '../../../counted.ts';
import type { Client } from '../../../warehouse/connection/database.ts';
import { type Html, html } from '../../html.ts';
import { table } from '../html-table.ts';
import { percent } from '../numbers.ts';
import { IN_SCOPE, type Scope, scopeValues } from '../scope.ts';
import { nothing, rate, section } from '../section.ts';

/** Within which times of a chat's end visitors came again, by the columns of repeat_contacts. */
const TIMES = [
  { name: '24 hours', column: 'is_repeat_within_24h' },
  { name: '7 days', column: 'is_repeat_within_7d' },
] as const;

/** Of how many chats the visitor came again, did not, or it is too soon to tell. */
export type Repeats = { name: string; again: number; known: number; unknown: number };

/** Reads after how many chats visitors came again. */
export async function readRepeats(client: Client, scope: Scope): Promise<Repeats[]> {
  const { rows } = await client.query<Repeats>(
    TIMES.map(
      ({ name, column }) =>
        `select '${name}' as name, count(*) filter (where ${column}) as again, count(${column}) as known, count(*) - count(${column}) as unknown
         from chatrhub_bi.repeat_contacts where ${IN_SCOPE}`,
    ).join(' union all '),
    scopeValues(scope),
  );
  return rows;
}

/** Whether visitors come again soon, as those do whose question was not answered. */
export function repeatsSection(repeats: readonly Repeats[]): Html {
  const title = 'Repeat contacts within days';
  const rates = repeats.filter(({ known }) => known > 0);
  if (rates.length === 0) return section('repeats', title, undefined, nothing('It is too soon to tell whether visitors came again.'));
  return section(
    'repeats',
    title,
    html`${rates.map(
      ({ name, again: part, known: whole }, i) =>
        html`${i === 0 ? 'After' : ', and after'} <strong>${percent({ part, whole })}</strong> of ${count(whole)} chats the visitor returned within ${name}`,
    )}. A visitor who returns may lack an answer, or have another question.`,
    table(
      'Repeat contacts',
      [
        { head: 'within', cell: ({ name }) => name },
        { head: 'came again', cell: ({ again: part, known: whole }) => rate({ part, whole }) },
        { head: 'too soon to tell', cell: ({ unknown }) => count(unknown) },
      ],
      repeats,
    ),
  );
}

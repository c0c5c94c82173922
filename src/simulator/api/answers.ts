import { type CutList, pageOfCut } from './cuts.ts';
import type { Oddities } from './oddities.ts';

/** What is sent: a body, a 204, a 404, a 400 because a needed parameter is missing or not what it should be, or a 500. */
export type Answer = { readonly body: unknown } | 'no content' | 'not found' | 'bad request' | 'failed';

/** What an answer is made for. */
export type Asked = { readonly oddities: Oddities; readonly path: string; readonly query: URLSearchParams };

const EMPTY: Readonly<Record<Oddities['emptyAs'], Answer>> = {
  list: { body: { data: [] } },
  null: { body: { data: null } },
  object: { body: { data: {} } },
  '204': 'no content',
  '404': 'not found',
  'bare list': { body: [] },
  'bare null': { body: null },
  'bare object': { body: {} },
};

/** All rows, some of them twice if that is how the source is. */
export function repeated<T>(rows: readonly T[], { repeatRows }: Oddities): T[] {
  return rows.flatMap((row, index) => (repeatRows && index % 7 === 3 ? [row, row] : [row]));
}

/** The answer of a list that may well be empty; one that is named can be cut. */
export function list(rows: readonly unknown[], asked: Asked, name?: CutList): Answer {
  const { oddities } = asked;
  if (rows.length === 0 && oddities.emptyEverywhere) return nothing(oddities);
  const all = repeated(rows, oddities);
  const cut = name && oddities.cuts[name];
  return { body: cut ? pageOfCut(all, cut, asked) : { data: all } };
}

/** The list of one parent: when it is empty, or there is no such parent, the answer is the source's word for nothing. */
export function listOfParent(rows: readonly unknown[], asked: Asked, name?: CutList): Answer {
  return rows.length === 0 ? nothing(asked.oddities) : list(rows, asked, name);
}

/** One record, or the source's word for nothing. */
export function one<T>(record: T | undefined, spell: (record: T) => unknown, { oddities }: Asked): Answer {
  if (record === undefined) return nothing(oddities);
  return { body: { data: oddities.single === 'list' ? [spell(record)] : spell(record) } };
}

/** The source's word for nothing. */
export const nothing = ({ emptyAs }: Oddities): Answer => EMPTY[emptyAs];

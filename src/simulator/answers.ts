import type { Oddities } from './oddities.ts';

/** What is sent: a body, or a 404, or a 400 because a needed parameter is missing or not what it should be. */
export type Answer = { readonly data: unknown } | 'not found' | 'bad request';

const EMPTY: Readonly<Record<Oddities['emptyAs'], Answer>> = {
  list: { data: [] },
  null: { data: null },
  object: { data: {} },
  '404': 'not found',
};

/** All rows, some of them twice if that is how the source is. */
export function repeated<T>(rows: readonly T[], { repeatRows }: Oddities): T[] {
  return rows.flatMap((row, index) => (repeatRows && index % 7 === 3 ? [row, row] : [row]));
}

/** The answer of a list that may well be empty. */
export function list(rows: readonly unknown[], oddities: Oddities): Answer {
  return { data: repeated(rows, oddities) };
}

/** The list of one parent: when it is empty, or there is no such parent, the answer is the source's word for nothing. */
export function listOfParent(rows: readonly unknown[], oddities: Oddities): Answer {
  return rows.length === 0 ? EMPTY[oddities.emptyAs] : list(rows, oddities);
}

/** One record, or the source's word for nothing. */
export function one<T>(record: T | undefined, spell: (record: T) => unknown, { single, emptyAs }: Oddities): Answer {
  if (record === undefined) return EMPTY[emptyAs];
  return { data: single === 'list' ? [spell(record)] : spell(record) };
}

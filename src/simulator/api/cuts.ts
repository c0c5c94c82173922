/** Lists that nobody documents any pages of. */
export type CutList = 'agents' | 'groups' | 'visitors' | 'agent_groups' | 'chats' | 'messages' | 'agent_activities';

/**
 * Where a list is cut, which of its records stay, and what it says of the rest: nothing, how many there are, where the next page is, or
 * an address that is not the API's.
 */
export type Cut = {
  readonly at: number;
  readonly keeps: 'oldest' | 'newest';
  readonly says: 'nothing' | 'total' | 'next' | 'elsewhere';
};

type Asked = { readonly path: string; readonly query: URLSearchParams };
type Rest = { readonly total: number; readonly page: number; readonly isLast: boolean };

/** What a page says beside its records. */
const HINTS: Readonly<Record<Cut['says'], (asked: Asked, rest: Rest) => object>> = {
  nothing: () => ({}),
  total: (_, { total }) => ({ meta: { total } }),
  next: ({ path, query }, { page, isLast }) => ({
    links: { next: isLast ? null : `${path}?${new URLSearchParams({ ...Object.fromEntries(query), page: String(page + 1) })}` },
  }),
  elsewhere: ({ path }, { isLast }) => ({ links: { next: isLast ? null : `https://pages.example.com${path}?cursor=2` } }),
};

/** The page of a list that was asked for, with what it says of the others; only a list that says where the next page is has any. */
export function pageOfCut<T>(rows: readonly T[], { at, keeps, says }: Cut, asked: Asked): { readonly data: readonly T[] } & object {
  const ordered = keeps === 'oldest' ? rows : rows.toReversed();
  const page = says === 'next' ? Number(asked.query.get('page') ?? 1) : 1;
  const data = ordered.slice((page - 1) * at, page * at);
  return { data, ...HINTS[says](asked, { total: rows.length, page, isLast: page * at >= rows.length }) };
}

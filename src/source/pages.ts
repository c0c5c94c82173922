import type { Answer } from '../records/answer.ts';

/** One page of a list: how many records came, the ids of those that could be keyed, in order, and whether it says that the list continues. */
export type Page = { received: number; ids: readonly number[]; goesOn?: boolean };

/** An answer as a page of a list whose records have an id. */
export const pageOf = ({ received, batches, hints }: Answer): Page => ({
  received,
  // Pages are counted from other places than they are asked for from: their number does not say which is the last.
  goesOn: hints.more !== undefined && hints.more.pages === undefined,
  ids: (batches.find(({ isOwn }) => isOwn)?.rows ?? []).map(({ id }) => Number(id)),
});

/** How `after` is read: as a number of records to skip, as the id to go on from, or as the number of a page. */
export type CursorMode = 'offset' | 'id' | 'page';

/** Whether the ids of a list rise or fall. */
export type Order = 'asc' | 'desc';

/**
 * Which reading proved right, and in which order all ids came, as far as there was anything to prove it with. `end`: how it ended: with a
 * page that is short or empty (`reached`), or without a way of going on (`open`); `away`: so, though the source heeds `after`: an answer left
 * out the end of the list, as one does that goes by the id and not by the order of the list.
 * `lastPage`: how many records the last page with a next one had.
 */
export type ListRead = {
  reading: CursorMode | undefined;
  order: Order | undefined;
  end: 'reached' | 'open' | 'away';
  lastPage: number;
};

/** So many records of the last page are asked for again: they prove the reading, and catch those that moved up meanwhile. */
const OVERLAP = 3;

/**
 * Reads a list whose pages are continued by `after`, which the documentation calls an offset and names like an id (L1465), in unknown
 * order and page size. Each page is asked for so that it must begin inside the last one: as an offset, as an id, and as an offset a
 * page earlier, in case the list shrank while it was read, and as the number of a page; the reading that proved right comes first. A page that continues nothing
 * but brings something new is continued only when no other does. Ends when all these bring nothing new, or when a page that
 * continues the list is shorter than the largest one seen (`pageSize`, which the lists of a run share).
 */
export async function readPages(
  ask: (after: number) => Promise<Page>,
  { reading, pageSize }: { reading: CursorMode | undefined; pageSize: PageSize },
): Promise<ListRead> {
  const endsWith = ({ received }: Page): boolean => {
    const short = isShort(received, pageSize);
    pageSize.largest = Math.max(pageSize.largest, received);
    return short;
  };
  const first = await ask(0);
  const known = new Set(first.ids);
  const overlap = Math.min(OVERLAP, first.received - 1);
  let [last, position, proven, pageNumber] = [first, first.received, reading, 0];
  const read = (end: ListRead['end']): ListRead => ({ reading: proven, order: orderOf([...known]), end, lastPage: last.received });
  if (endsWith(first)) return read('reached');

  for (;;) {
    const ways = waysOn(proven, { last, position, pageNumber, overlap });
    let found: { page: Page; position: number } | undefined;
    let isSame = true;
    let [byId, latest]: (Page | undefined)[] = [];
    // A single record is a whole list, not a page: no source hands out one at a time.
    for (const { as, after } of position === 1 ? ways.slice(0, 1) : ways) {
      if (as === 'page' && (found || (isSame && proven !== 'page'))) break;
      const next = await ask(after);
      const isNew = next.ids.some((key) => !known.has(key));
      latest = next;
      if (as === 'id') byId = next;
      const continues = as === 'page' ? next.ids.every((key) => !known.has(key)) : overlaps(next, last, first);
      isSame &&= next.received === first.received && next.ids.every((key, i) => key === first.ids[i]);
      for (const key of next.ids) known.add(key);
      const short = endsWith(next);
      if (continues && (isNew || as !== 'page')) proven = as;
      if (continues && short && proven === as) return read('reached');
      const reached = { page: next, position: as === 'offset' ? after + next.received : position + next.received - 1 };
      if (isNew) found = continues ? reached : (found ?? reached);
      if (isNew && continues) {
        if (as === 'page') pageNumber = after;
        break;
      }
    }
    // A single record is followed by nothing, whatever that looks like.
    if (!found) return read(position === 1 ? 'reached' : leadsAway(byId, latest, last) ? 'away' : 'open');
    last = found.page;
    position = found.position;
  }
}

/** How far a list is read. `position`: how many records; `pageNumber`: how many pages after the first, where they have numbers. */
type Reached = { last: Page; position: number; pageNumber: number; overlap: number };

/** How the next page can be asked for, the likeliest way first. */
function waysOn(proven: CursorMode | undefined, { last, position, pageNumber, overlap }: Reached): { as: CursorMode; after: number }[] {
  const offset = { as: 'offset', after: position - overlap } as const;
  const earlier = { as: 'offset', after: Math.max(0, offset.after - last.received) } as const;
  const id = { as: 'id', after: idBefore(last) } as const;
  // Pages that are requested by number do not overlap: one is the next when all of it is new.
  const page = { as: 'page', after: pageNumber + 1 } as const;
  if (proven === undefined) return [offset, id, earlier, page];
  return { page: [page], id: [id, offset], offset: [offset, earlier, id] }[proven];
}

/** Whether a page begins inside the last one. The last page once more, or the first, continues nothing. */
const overlaps = ({ ids }: Page, last: Page, first: Page): boolean =>
  ids[0] !== first.ids[0] && ids[0] !== last.ids[0] && ids.some((key) => last.ids.includes(key));

/** Whether what was asked for from just before the last record lacks it. Where the latest page lacks it too, it has left the list. */
function leadsAway(byId: Page | undefined, latest: Page | undefined, last: Page): boolean {
  const hasEnd = (page: Page | undefined): boolean => page?.ids.includes(last.ids.at(-1) ?? Number.NaN) ?? false;
  return byId !== undefined && byId.received > 0 && !hasEnd(byId) && (latest === byId || hasEnd(latest));
}

/** The order of ids as they were first met; undefined when there is none, or too few to show one. */
function orderOf(ids: readonly number[]): Order | undefined {
  const runs = (sign: number) => ids.every((id, index) => index === 0 || sign * (id - (ids[index - 1] ?? id)) > 0);
  if (ids.length < 2) return undefined;
  return runs(1) ? 'asc' : runs(-1) ? 'desc' : undefined;
}

/** The largest page of this run, which a full one has; `remembered` is that of an earlier run. */
export type PageSize = { largest: number; remembered?: number };

/** Whether a number of records may be the size of a page. */
export const isRound = (count: number): boolean => count > 0 && (count % 10 === 0 || count % 25 === 0);

/**
 * Whether a page is too short to be a full one, and so the last of its list. The source may have changed its page size since an earlier
 * run: a number of records that could be a page size proves nothing then.
 */
export function isShort(received: number, { largest, remembered = 0 }: PageSize): boolean {
  return received === 0 || received < largest || (received < remembered && !isRound(received));
}

/** Just before the last id, in the order of the list, so that it comes again. */
function idBefore({ ids }: Page): number {
  const [first = 0, last = 0] = [ids[0], ids.at(-1)];
  return Math.max(0, last < first ? last + 1 : last - 1);
}

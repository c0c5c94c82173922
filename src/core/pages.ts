/** One page of a list: how many records came, and the ids of those that could be keyed, in order. */
export type Page = { received: number; ids: readonly number[] };

/** How `after` is read: as a number of records to skip, or as the id to go on from. */
export type Reading = 'offset' | 'id';

/** Whether the ids of a list rise or fall. */
export type Order = 'asc' | 'desc';

/** Which reading proved right, and in which order all ids came, as far as there was anything to prove it with. */
export type ListRead = { reading: Reading | undefined; order: Order | undefined; requests: number };

/** So many records of the last page are asked for again: they prove the reading, and catch those that moved up meanwhile. */
const OVERLAP = 3;

/**
 * Reads a list whose pages are continued by `after`, which the documentation calls an offset and names like an id (L1465), in unknown
 * order and page size. Each page is asked for so that it must begin inside the last one: as an offset, as an id, and as an offset a
 * page earlier, in case the list shrank while it was read; the reading that proved right comes first. A page that continues nothing
 * but brings something new is gone on from only when no other does. Ends when all these bring nothing new, or when a page that
 * continues the list is shorter than the largest one seen (`pageSize`, which the lists of a run share).
 */
export async function readPages(
  ask: (after: number) => Promise<Page>,
  { reading, pageSize }: { reading: Reading | undefined; pageSize: PageSize },
): Promise<ListRead> {
  const endsWith = ({ received }: Page): boolean => {
    const short = isShort(received, pageSize);
    pageSize.largest = Math.max(pageSize.largest, received);
    return short;
  };
  const first = await ask(0);
  const known = new Set(first.ids);
  const overlap = Math.min(OVERLAP, first.received - 1);
  let [last, position, requests, proven] = [first, first.received, 1, reading];
  const read = (): ListRead => ({ reading: proven, order: orderOf([...known]), requests });
  if (endsWith(first)) return read();

  for (;;) {
    const next = position - overlap;
    const offset = { as: 'offset', after: next } as const;
    const earlier = { as: 'offset', after: Math.max(0, next - last.received) } as const;
    const id = { as: 'id', after: idBefore(last) } as const;
    let found: { page: Page; position: number } | undefined;
    const ways = proven === 'id' ? [id, offset] : proven === 'offset' ? [offset, earlier, id] : [offset, id, earlier];
    // A single record is a whole list, not a page: no source hands out one at a time.
    for (const { as, after } of position === 1 ? ways.slice(0, 1) : ways) {
      const page = await ask(after);
      requests += 1;
      const isNew = page.ids.some((key) => !known.has(key));
      const continues = page.ids.some((key) => last.ids.includes(key)) && page.ids[0] !== first.ids[0];
      for (const key of page.ids) known.add(key);
      const short = endsWith(page);
      if (continues) proven = as;
      if (continues && short) return read();
      const reached = { page, position: as === 'offset' ? after + page.received : position + page.received - 1 };
      if (isNew) found = continues ? reached : (found ?? reached);
      if (isNew && continues) break;
    }
    if (!found) return read();
    last = found.page;
    position = found.position;
  }
}

/** The order of ids as they were first met; undefined when there is none, or too few to show one. */
function orderOf(ids: readonly number[]): Order | undefined {
  const runs = (sign: number) => ids.every((id, index) => index === 0 || sign * (id - (ids[index - 1] ?? id)) > 0);
  if (ids.length < 2) return undefined;
  return runs(1) ? 'asc' : runs(-1) ? 'desc' : undefined;
}

/** The largest page of this run, which a full one has; `remembered` is that of an earlier run. */
export type PageSize = { largest: number; remembered?: number };

/**
 * Whether a page is too short to be a full one, and so the last of its list. The source may have changed its page size since an earlier
 * run: a number of records that could be a page size proves nothing then.
 */
export function isShort(received: number, { largest, remembered = 0 }: PageSize): boolean {
  const isRound = received % 10 === 0 || received % 25 === 0;
  return received === 0 || received < largest || (received < remembered && !isRound);
}

/** Just before the last id, in the order of the list, so that it comes again. */
function idBefore({ ids }: Page): number {
  const [first = 0, last = 0] = [ids[0], ids.at(-1)];
  return Math.max(0, last < first ? last + 1 : last - 1);
}

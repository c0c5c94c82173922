/** One page of a list: how many records came, and the ids of those that could be keyed, in order. */
export type Page = { received: number; ids: readonly number[] };

/** How `after` is read: as a number of records to skip, or as the id to go on from. */
export type Reading = 'offset' | 'id';

/** Which reading proved right, if there was anything to prove it with. */
export type ListRead = { reading: Reading | undefined; requests: number };

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
  { reading, pageSize }: { reading: Reading | undefined; pageSize: { largest: number } },
): Promise<ListRead> {
  const first = await ask(0);
  const known = new Set(first.ids);
  const overlap = Math.min(OVERLAP, first.received - 1);
  let [last, position, requests, proven] = [first, first.received, 1, reading];
  if (isShort(first, pageSize)) return { reading: proven, requests };

  for (;;) {
    const next = position - overlap;
    const offset = { as: 'offset', after: next } as const;
    const earlier = { as: 'offset', after: Math.max(0, next - last.received) } as const;
    const id = { as: 'id', after: idBefore(last) } as const;
    let found: { page: Page; position: number } | undefined;
    for (const { as, after } of proven === 'id' ? [id, offset] : proven === 'offset' ? [offset, earlier, id] : [offset, id, earlier]) {
      const page = await ask(after);
      requests += 1;
      const isNew = page.ids.some((key) => !known.has(key));
      const continues = page.ids.some((key) => last.ids.includes(key)) && page.ids[0] !== first.ids[0];
      for (const key of page.ids) known.add(key);
      const short = isShort(page, pageSize);
      if (continues) proven = as;
      if (continues && short) return { reading: proven, requests };
      const reached = { page, position: as === 'offset' ? after + page.received : position + page.received - 1 };
      if (isNew) found = continues ? reached : (found ?? reached);
      if (isNew && continues) break;
    }
    if (!found) return { reading: proven, requests };
    last = found.page;
    position = found.position;
  }
}

function isShort({ received }: Page, pageSize: { largest: number }): boolean {
  const short = received === 0 || received < pageSize.largest;
  pageSize.largest = Math.max(pageSize.largest, received);
  return short;
}

/** Just before the last id, in the order of the list, so that it comes again. */
function idBefore({ ids }: Page): number {
  const [first = 0, last = 0] = [ids[0], ids.at(-1)];
  return Math.max(0, last < first ? last + 1 : last - 1);
}

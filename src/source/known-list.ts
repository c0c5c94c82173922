import { type CursorMode, isShort, type Order, type Page } from './pages.ts';

/** What is known of a list beforehand. */
export type KnownList = {
  /** As `readPages` proved it. */
  reading: CursorMode;
  /** As `readPages` reported it for the whole list. */
  order: Order;
  /** The largest page seen by earlier runs. */
  pageSize: number;
  /** The ids that the list held when it was last read, as far as they are still expected in it. */
  known: readonly number[];
  /** Ids expected to have come into the list since. */
  moved: readonly number[];
  /** Whatever is larger is new. */
  newest: number;
};

/** The keys that a page surely shows all of: without bound where it begins the list, or ends it. */
type KeyRange = { from: number; until: number };

/** So many records before the one that is sought are asked for again: they show that nothing is left out, also when so many left. */
const MARGIN = 2;

/**
 * Reads what is new of a sorted list, and what moved into it, in as few pages as possible. Keys are ids, negated where ids fall, so that
 * they always rise.
 *
 * A page of a sorted list proves which stretch it is, whatever `after` means: all between its first and its last id; it begins the list
 * when `after` is 0, and ends it when it is shorter than `pageSize`. So it counts when what was sought is within it, which for new ids
 * is the border between what is known and them. Offsets are ranks among the expected ids, set right by how far the last page was off;
 * a page that misses what is sought is asked for once more, from half a page earlier.
 *
 * When it returns true, the pages held all of `moved`, and every id larger than `newest` that was in the list throughout; this needs nothing
 * but that the list is sorted by id, either way. It does not tell which of `known` left the list. When not, a page was not in `order`
 * or missed what was sought twice, nothing of what is known was met, or one of `moved` is not in the list: read it whole.
 */
export async function readKnownList(ask: (after: number) => Promise<Page>, list: KnownList): Promise<boolean> {
  const { order, known, moved, newest } = list;
  const keyOf = keysIn(order);
  const listed = [...known, ...moved];
  const { found, seek, readThrough, lastUntil } = createSeeker(ask, list);
  let page: KeyRange | undefined;
  if (order === 'desc') {
    page = await readThrough(Number.NEGATIVE_INFINITY, keyOf(newest), page);
    if (!page) return false;
  }
  for (const key of rising(moved, order)) {
    if (!found.has(keyOf(key))) page = await seek(key);
    if (!found.has(keyOf(key))) return false;
  }
  if (order === 'asc') page = await readThrough(lastUntil(newest), Number.POSITIVE_INFINITY, page);
  return page !== undefined && (listed.length === 0 || listed.some((id) => found.has(id)));
}

/** Turns an id into its key, and back. */
const keysIn = (order: Order) => (id: number) => (order === 'asc' ? id : -id);

const rising = (ids: Iterable<number>, order: Order): number[] => [...new Set(ids)].map(keysIn(order)).sort((a, b) => a - b);

/** Finds the pages of a list by its keys, and learns from each where the others are. `found`: the ids that it has met. */
function createSeeker(ask: (after: number) => Promise<Page>, { reading, order, pageSize, known, moved }: KnownList) {
  const expected = rising([...known, ...moved], order);
  const rankOf = (key: number) => expected.findLastIndex((other) => other <= key);
  const found = new Set<number>();
  let [drift, isSorted, isRising] = [0, true, false];

  async function look(after: number): Promise<KeyRange> {
    const { received, ids, goesOn } = await ask(after);
    const isEnd = !goesOn && isShort(received, { largest: 0, remembered: pageSize });
    const keys = ids.map(keysIn(order));
    isSorted &&= keys.every((key, index) => index === 0 || key >= (keys[index - 1] ?? key));
    for (const id of ids) found.add(id);
    for (const key of keys) if (expected[rankOf(key)] !== key) expected.splice(rankOf(key) + 1, 0, key);
    const [first = Number.POSITIVE_INFINITY, last = Number.NEGATIVE_INFINITY] = [keys[0], keys.at(-1)];
    isRising ||= first < last;
    if (keys.length > 0) drift = after + received - 1 - rankOf(last);
    else drift -= Math.floor(pageSize / 2);
    return { from: after === 0 ? Number.NEGATIVE_INFINITY : first, until: isEnd ? Number.POSITIVE_INFINITY : last };
  }

  /** The page around a key, if it can be had. */
  async function seek(key: number): Promise<KeyRange | undefined> {
    // Of pages of two, one must be left to go on.
    for (const margin of [Math.max(0, Math.min(MARGIN, pageSize - 2)), Math.floor(pageSize / 2)]) {
      const rank = Math.max(0, rankOf(key) - margin);
      const page = await look(reading === 'offset' ? Math.max(0, rank + drift) : Math.abs(expected[rank - 1] ?? 0));
      if (!isSorted) return undefined;
      // A single id has no order, unless it is the whole list.
      const isOrdered = isRising || (isWithin(page, Number.NEGATIVE_INFINITY) && isWithin(page, Number.POSITIVE_INFINITY));
      if (isOrdered && isWithin(page, key)) return page;
    }
    return undefined;
  }

  /** On from a page that holds `from`, page by page, until all keys up to `until` were seen. */
  async function readThrough(from: number, until: number, begun: KeyRange | undefined): Promise<KeyRange | undefined> {
    let page = begun && isWithin(begun, from) ? begun : await seek(from);
    while (page && page.until < until) {
      const next: KeyRange | undefined = await seek(page.until);
      page = next && next.until > page.until ? next : undefined;
    }
    return page;
  }

  return { found, seek, readThrough, lastUntil: (key: number) => expected[rankOf(key)] ?? Number.NEGATIVE_INFINITY };
}

function isWithin({ from, until }: KeyRange, key: number): boolean {
  return from <= key && key <= until;
}

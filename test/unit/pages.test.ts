import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CursorMode, isShort, type Page, readPages } from '../../src/source/pages.ts';

type List = { ids: number[]; reading: CursorMode; limit: number };

const page = ({ ids, reading, limit }: List, after: number): Page => {
  const isAscending = (ids[0] ?? 0) <= (ids.at(-1) ?? 0);
  const rest = reading === 'offset' ? ids.slice(after) : ids.filter((id) => after === 0 || (isAscending ? id > after : id < after));
  const cut = rest.slice(0, limit);
  return { ids: cut, received: cut.length };
};

const lists = fc
  .record({
    ids: fc.uniqueArray(fc.integer({ min: 1, max: 3_000 }), { maxLength: 120 }),
    shift: fc.constantFrom(0, 5_000),
    isAscending: fc.boolean(),
    reading: fc.constantFrom<CursorMode>('offset', 'id'),
    limit: fc.integer({ min: 2, max: 50 }),
  })
  .map(({ ids, shift, isAscending, ...rest }) => ({
    ...rest,
    ids: ids.map((id) => id + shift).sort((a, b) => (isAscending ? a - b : b - a)),
  }));

/** Pages on which one record that leaves is not a large part. */
const longPages = lists.filter(({ limit }) => limit >= 8);

/** Reads the pages of a list, and counts how many were asked for. */
async function counting(ask: Parameters<typeof readPages>[0], known: Parameters<typeof readPages>[1]) {
  let requests = 0;
  const read = await readPages((after) => {
    requests += 1;
    return ask(after);
  }, known);
  return { ...read, requests };
}

describe('a page', () => {
  it.each([
    [0, { largest: 0 }, true],
    [49, { largest: 50 }, true],
    [50, { largest: 50 }, false],
    [50, { largest: 0 }, false],
    [49, { largest: 0, remembered: 50 }, true],
    // The source may have a smaller page size since.
    [25, { largest: 0, remembered: 50 }, false],
    [10, { largest: 0, remembered: 50 }, false],
    [75, { largest: 0, remembered: 100 }, false],
    [60, { largest: 0, remembered: 50 }, false],
  ])('of %i records beside %j is the last of its list: %s', (received, pageSize, expected) => {
    expect(isShort(received, pageSize)).toBe(expected);
  });
});

describe('reading a list page by page', () => {
  it('finds every record, whatever `after` means, in either order, with any page size', async () => {
    await fc.assert(
      fc.asyncProperty(lists, async (list) => {
        const seen = new Set<number>();
        const ask = async (after: number) => {
          const answer = page(list, after);
          for (const id of answer.ids) seen.add(id);
          return answer;
        };
        await readPages(ask, { reading: undefined, pageSize: { largest: 0 } });
        expect([...seen].sort((a, b) => a - b)).toEqual([...list.ids].sort((a, b) => a - b));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each<CursorMode>(['offset', 'id'])('asks twice for a list of one record, `after` being an %s', async (reading) => {
    const list: List = { ids: [4_711], reading, limit: 50 };
    const { requests } = await counting(async (after) => page(list, after), { reading: undefined, pageSize: { largest: 0 } });
    expect(requests).toBe(2);
  });

  it('spends hardly more requests than there are pages, once the reading is known', async () => {
    const ids = Array.from({ length: 1_000 }, (_, i) => 5_001 + 7 * i);
    for (const reading of ['offset', 'id'] as const) {
      const { requests, reading: proven } = await counting(async (after) => page({ ids, reading, limit: 50 }, after), {
        reading,
        pageSize: { largest: 50 },
      });
      expect({ reading: proven, isFrugal: requests <= 22 }).toEqual({ reading, isFrugal: true });
    }
  });

  it('asks once for a list that is shorter than the pages seen before', async () => {
    const read = await counting(async () => ({ ids: [7, 8], received: 2 }), { reading: undefined, pageSize: { largest: 50 } });
    expect(read.requests).toBe(1);
  });

  it('loses nothing that stays in the list while others leave it', async () => {
    await fc.assert(
      fc.asyncProperty(longPages, fc.array(fc.nat(), { maxLength: 8 }), async (list, leavers) => {
        const leaving = [...leavers];
        const gone = new Set<number>();
        const seen = new Set<number>();
        const ask = async (after: number) => {
          const answer = page({ ...list, ids: list.ids.filter((id) => !gone.has(id)) }, after);
          for (const id of answer.ids) seen.add(id);
          const leaver = leaving.pop();
          if (leaver !== undefined && list.ids.length > 0) gone.add(list.ids[leaver % list.ids.length] ?? 0);
          return answer;
        };
        await readPages(ask, { reading: undefined, pageSize: { largest: 0 } });
        const lost = list.ids.filter((id) => !seen.has(id) && !gone.has(id));
        expect(lost).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  it('reports the order of a whole list, when it has one', async () => {
    await fc.assert(
      fc.asyncProperty(longPages, async (list) => {
        const { order } = await readPages(async (after) => page(list, after), { reading: list.reading, pageSize: { largest: 0 } });
        const [first = 0, last = 0] = [list.ids[0], list.ids.at(-1)];
        expect(order).toBe(list.ids.length < 2 ? undefined : first < last ? 'asc' : 'desc');
      }),
    );
  });

  it.each([[[1, 2, 3, 5, 4, 6, 7, 8]], [[8, 7, 6, 5, 4, 3, 2, 9]], [[2, 1, 3, 4, 5, 6, 7, 8]], [[7]], [[]]])(
    'reports no order for %j',
    async (ids) => {
      const read = await readPages(async (after) => page({ ids, reading: 'offset', limit: 5 }, after), {
        reading: 'offset',
        pageSize: { largest: 0 },
      });
      expect(read.order).toBeUndefined();
    },
  );

  it('ends when the source ignores `after`, or repeats a page for ever', async () => {
    const all = Array.from({ length: 30 }, (_, i) => i + 1);
    const { requests } = await counting(async () => ({ ids: all, received: 30 }), { reading: undefined, pageSize: { largest: 0 } });
    expect(requests).toBeLessThanOrEqual(4);
  });

  // Ids above `after`, the newest first: what lies below the first page cannot be asked for.
  it.each<CursorMode | undefined>([undefined, 'offset', 'id'])(
    'says so when `after` leads away from its end, once read by %s',
    async (reading) => {
      const all = [5017, 5016, 5006, 5003];
      const above = async (after: number): Promise<Page> => {
        const ids = all.filter((id) => id > after).slice(0, 3);
        return { ids, received: ids.length };
      };
      expect(await readPages(above, { reading, pageSize: { largest: 0 } })).toMatchObject({ end: 'away', lastPage: 3 });
    },
  );

  it.each<CursorMode | undefined>([undefined, 'id'])(
    'does not say so when its last record leaves it meanwhile, once read by %s',
    async (reading) => {
      const all = [5017, 5016, 5006];
      const ask = async (after: number): Promise<Page> => {
        if (after > 1) all.length = 2;
        return { ids: [...all], received: all.length };
      };
      expect(await readPages(ask, { reading, pageSize: { largest: 0 } })).toMatchObject({ end: 'open' });
    },
  );
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type KnownList, readKnownList } from '../../src/source/known-list.ts';
import type { CursorMode, Order, Page } from '../../src/source/pages.ts';

/** A record of the source; one without a usable id is received, but not keyed. */
type Row = { id: number; isKeyed: boolean };
type Source = { rows: readonly Row[]; reading: CursorMode | 'ignored'; order: Order; limit: number };

const sorted = (ids: Iterable<number>, order: Order) => [...new Set(ids)].sort((a, b) => (order === 'asc' ? a - b : b - a));
const keyed = (ids: Iterable<number>, order: Order): Row[] => sorted(ids, order).map((id) => ({ id, isKeyed: true }));
const range = (from: number, until: number) => Array.from({ length: until - from }, (_, index) => from + index);

function page({ rows, reading, order, limit }: Source, after: number): Page {
  const isBeyond = ({ id }: Row) => after === 0 || (order === 'asc' ? id > after : id < after);
  const rest = {
    offset: () => rows.slice(after),
    id: () => rows.filter(isBeyond),
    page: () => rows.slice(after * limit),
    ignored: () => rows,
  }[reading]();
  const cut = rest.slice(0, limit);
  return { received: cut.length, ids: [...new Set(cut.filter(({ isKeyed }) => isKeyed).map(({ id }) => id))] };
}

const NEWEST = 500;
const some = (maxLength: number) => fc.uniqueArray(fc.integer({ min: 1, max: NEWEST }), { maxLength });

/** What a list was, what became of it, and what is told of it. No id is in two of its parts. */
const histories = fc
  .record({
    reading: fc.constantFrom<CursorMode>('offset', 'id'),
    order: fc.constantFrom<Order>('asc', 'desc'),
    limit: fc.integer({ min: 2, max: 50 }),
    known: some(300),
    gone: fc.oneof(fc.constant<number[]>([]), some(3), some(200)),
    moved: some(12),
    lost: fc.oneof(fc.constant<number[]>([]), some(2)),
    strangers: fc.oneof(fc.constant<number[]>([]), some(3), some(100)),
    added: fc.uniqueArray(fc.integer({ min: NEWEST + 1, max: NEWEST + 200 }), { maxLength: 120 }),
  })
  .map(({ known, gone, moved, lost, strangers, ...rest }) => {
    const arrived = moved.filter((id) => !known.includes(id));
    const missing = lost.filter((id) => !known.includes(id) && !arrived.includes(id));
    return {
      ...rest,
      known: sorted(known, 'asc'),
      gone: gone.filter((id) => known.includes(id)),
      moved: arrived,
      missing,
      strangers: strangers.filter((id) => ![...known, ...arrived, ...missing].includes(id)),
    };
  });
type History = typeof histories extends fc.Arbitrary<infer T> ? T : never;

const idsNow = ({ known, gone, moved, strangers, added }: History) => [
  ...known.filter((id) => !gone.includes(id)),
  ...moved,
  ...strangers,
  ...added,
];

const told = ({ reading, order, limit, known, moved, missing }: History): KnownList => ({
  reading,
  order,
  pageSize: limit,
  known,
  moved: [...moved, ...missing],
  newest: NEWEST,
});

async function read(source: Source, list: KnownList) {
  const found = new Set<number>();
  let requests = 0;
  const isProven = await readKnownList(async (after) => {
    const answer = page(source, after);
    requests += 1;
    for (const id of answer.ids) found.add(id);
    return answer;
  }, list);
  return { isProven, found, requests };
}

/** Of the ids that must be found, those that were not. */
const unseen = (ids: readonly number[], found: ReadonlySet<number>) => ids.filter((id) => !found.has(id));
const runs = { numRuns: 3_000 };

describe('reading what is new of a known list', () => {
  it('finds all that is new and all that moved, or says that it did not', async () => {
    const figures = { proven: 0, unproven: 0 };
    await fc.assert(
      fc.asyncProperty(histories, fc.double({ min: 0, max: 1, noNaN: true }), async (history, share) => {
        const rows = keyed(idsNow(history), history.order);
        const pageSize = Math.floor(history.limit * (share < 0.5 ? 1 : share));
        const { isProven, found } = await read({ ...history, rows }, { ...told(history), pageSize });
        figures[isProven ? 'proven' : 'unproven'] += 1;
        if (isProven) expect(unseen([...history.added, ...history.moved, ...history.missing], found)).toEqual([]);
      }),
      runs,
    );
    expect(Math.min(figures.proven, figures.unproven)).toBeGreaterThan(runs.numRuns / 20);
  });

  it('is not misled by rows that are repeated or have no key', async () => {
    const figures = { proven: 0, unproven: 0 };
    const faults = fc.record({ every: fc.integer({ min: 2, max: 9 }), times: fc.constantFrom(0, 2, 3) });
    await fc.assert(
      fc.asyncProperty(histories, faults, async (history, { every, times }) => {
        const rows = keyed(idsNow(history), history.order).flatMap((row, index) =>
          index % every !== 1 ? [row] : times === 0 ? [{ ...row, isKeyed: false }] : Array<Row>(times).fill(row),
        );
        const { isProven, found } = await read({ ...history, rows }, told(history));
        figures[isProven ? 'proven' : 'unproven'] += 1;
        const keys = rows.filter(({ isKeyed }) => isKeyed).map(({ id }) => id);
        const isNew = (id: number) => id > NEWEST && keys.includes(id);
        if (isProven) expect(unseen([...history.added.filter(isNew), ...history.moved, ...history.missing], found)).toEqual([]);
      }),
      runs,
    );
    expect(Math.min(figures.proven, figures.unproven)).toBeGreaterThan(runs.numRuns / 20);
  });

  it('is not misled by a source that changed its ways', async () => {
    const ways = fc.record({ reading: fc.constantFrom('offset', 'id', 'ignored'), order: fc.constantFrom<Order>('asc', 'desc') });
    await fc.assert(
      fc.asyncProperty(histories, ways, async (history, way) => {
        const rows = keyed(idsNow(history), way.order);
        const { isProven, found } = await read({ ...way, rows, limit: history.limit }, told(history));
        if (isProven) expect(unseen([...history.added, ...history.moved, ...history.missing], found)).toEqual([]);
      }),
      runs,
    );
  });

  it('loses nothing that stays while others come and go between the pages', async () => {
    const changes = fc.array(fc.record({ leaves: fc.nat(), comes: fc.boolean() }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(histories, changes, async (history, coming) => {
        const ids = new Set(idsNow(history));
        const stays = new Set(ids);
        const left = [...coming];
        const list = told(history);
        const found = new Set<number>();
        const isProven = await readKnownList(async (after) => {
          const answer = page({ ...history, rows: keyed(ids, history.order) }, after);
          for (const id of answer.ids) found.add(id);
          const change = left.pop();
          const leaver = [...ids][(change?.leaves ?? 0) % Math.max(1, ids.size)];
          if (change && leaver !== undefined) {
            ids.delete(leaver);
            stays.delete(leaver);
          }
          if (change?.comes) ids.add(NEWEST + 300 + left.length);
          return answer;
        }, list);
        const expected = [...history.added, ...history.moved].filter((id) => stays.has(id));
        if (isProven) expect(unseen([...expected, ...history.missing], found)).toEqual([]);
      }),
      runs,
    );
  });

  it('succeeds at the first go when up to two left the list, or none of pages that are tiny', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (full) => {
        const isTiny = full.limit < 5;
        const history = { ...full, gone: isTiny ? [] : full.gone.slice(0, 2), missing: [], strangers: [] };
        fc.pre(history.known.length > 2);
        const { isProven, found, requests } = await read({ ...history, rows: keyed(idsNow(history), history.order) }, told(history));
        expect({ isProven, unseen: unseen([...history.added, ...history.moved], found) }).toEqual({ isProven: true, unseen: [] });
        const further = Math.max(1, Math.min(history.limit - 3, history.limit >> 1));
        expect(requests).toBeLessThanOrEqual((isTiny ? 3 : 2) + history.moved.length + Math.ceil(history.added.length / further));
      }),
      runs,
    );
  });
});

describe('the number of requests', () => {
  const known = range(1, 1_001);
  const source = (reading: CursorMode, order: Order, ids: readonly number[]) => ({ reading, order, limit: 50, rows: keyed(ids, order) });
  const list = { pageSize: 50, known, moved: [], newest: 1_000 };
  const ways = (['offset', 'id'] as const).flatMap((reading) => (['asc', 'desc'] as const).map((order) => ({ reading, order })));

  it.each(ways)('is one when nothing is new ($reading, $order)', async ({ reading, order }) => {
    const { isProven, requests } = await read(source(reading, order, known), { ...list, reading, order });
    expect({ isProven, requests }).toEqual({ isProven: true, requests: 1 });
  });

  it.each(ways)('is two for three that moved close together and ten new ones ($reading, $order)', async ({ reading, order }) => {
    const moved = [401, 410, 433];
    const before = known.filter((id) => !moved.includes(id));
    const { isProven, requests } = await read(source(reading, order, range(1, 1_011)), { ...list, reading, order, known: before, moved });
    expect({ isProven, requests }).toEqual({ isProven: true, requests: 2 });
  });

  it.each(ways)('is one when what moved is the latest, as it mostly is ($reading, $order)', async ({ reading, order }) => {
    const moved = [960, 990];
    const before = known.filter((id) => !moved.includes(id) && id < 995);
    const { isProven, requests } = await read(source(reading, order, range(1, 995)), { ...list, reading, order, known: before, moved });
    expect({ isProven, requests }).toEqual({ isProven: true, requests: 1 });
  });

  it('is one for an end that is empty no more, and of a list that was empty', async () => {
    const empty = { ...list, reading: 'offset', order: 'asc', known: [] } as const;
    expect(await read(source('offset', 'asc', [1_001]), empty)).toMatchObject({ isProven: true, requests: 1, found: new Set([1_001]) });
    expect(await read(source('offset', 'asc', []), empty)).toMatchObject({ isProven: true, requests: 1 });
  });

  it('is two when most of a page left the list, or when pages are larger than those seen before', async () => {
    const asked = { ...list, reading: 'offset', order: 'asc' } as const;
    expect(await read(source('offset', 'asc', range(41, 1_001)), asked)).toMatchObject({ isProven: true, requests: 2 });
    expect(await read(source('offset', 'asc', range(1, 1_011)), { ...asked, pageSize: 3 })).toMatchObject({ isProven: true, requests: 2 });
  });

  it('is two when every seventh row comes twice', async () => {
    const rows = keyed(range(1, 1_011), 'asc').flatMap((row, index) => (index % 7 === 3 ? [row, row] : [row]));
    const { isProven, requests, found } = await read(
      { ...source('offset', 'asc', []), rows },
      { ...list, reading: 'offset', order: 'asc' },
    );
    expect({ isProven, requests, unseen: unseen(range(1_001, 1_011), found) }).toEqual({ isProven: true, requests: 2, unseen: [] });
  });

  it('grows by one for a page that came too late or too early', async () => {
    const asked = { ...list, reading: 'offset', order: 'asc', known: range(1_001, 2_001), moved: [1_500.5], newest: 2_000 } as const;
    const shrunk = [...range(1_101, 2_001), 1_500.5];
    const grown = [...range(801, 2_001), 1_500.5];
    for (const ids of [shrunk, grown]) {
      expect(await read(source('offset', 'asc', ids), asked)).toMatchObject({ isProven: true, requests: 3 });
    }
  });
});

describe('nothing is proven', () => {
  const known = range(1, 201);
  const list = { reading: 'offset', order: 'asc', pageSize: 50, known, moved: [], newest: 200 } as const;
  const source = { reading: 'offset', order: 'asc', limit: 50 } as const;

  it.each<[string, readonly Row[], Partial<KnownList>]>([
    ['the order changed', keyed(known, 'desc'), {}],
    ['a list that fell now rises', keyed(known, 'asc'), { order: 'desc' }],
    ['the end is out of order', [...keyed(range(1, 199), 'asc'), ...keyed([199, 200], 'desc')], {}],
    ['one record has to show the order', keyed([9, 4, 3, 1], 'desc'), { known: [1, 2, 3, 4], newest: 4, pageSize: 2 }],
    ['the list is empty', [], {}],
    ['the list is empty, and its head was asked for', [], { order: 'desc' }],
    ['all that was known is gone', keyed(range(201, 280), 'asc'), {}],
    ['all that was known is gone from the head', keyed(range(201, 220), 'desc'), { order: 'desc' }],
    ['the list lost more than a page', keyed(range(1, 101), 'asc'), {}],
    ['one that moved is not there', keyed(known, 'asc'), { moved: [100.5] }],
  ])('when %s', async (_, rows, changed) => {
    const { isProven, requests } = await read({ ...source, rows }, { ...list, ...changed });
    expect(isProven).toBe(false);
    expect(requests).toBeLessThanOrEqual(2);
  });

  it('when the source ignores `after`, and ends soon', async () => {
    for (const limit of [50, 1_000]) {
      const { isProven, requests } = await read(
        { ...source, reading: 'ignored', limit, rows: keyed(range(1, 260), 'asc') },
        { ...list, pageSize: limit === 50 ? 50 : 259 },
      );
      expect({ isProven, isFrugal: requests <= 3 }).toEqual({ isProven: false, isFrugal: true });
    }
  });
});

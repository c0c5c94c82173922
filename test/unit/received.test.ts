import { describe, expect, it } from 'vitest';
import { addAgain, addPage, addPart, fullBySign, moreAnnounced, nothingReceived, type Received } from '../../src/evidence/received.ts';
import type { Hints } from '../../src/records/envelope.ts';
import groups from '../../src/resources/groups.ts';

const received = (ids: readonly number[], hints: Hints = {}, known = 0): Received => ({
  ...nothingReceived(),
  stored: ids.map((id) => ({ id })),
  hints,
  refused: { fresh: 0, known, byDatabase: 0 },
});
const GOES_ON = { more: { sign: 'has_more' } };

describe('whether there is more', () => {
  it.each<[string, Received, boolean]>([
    ['is said', received([1], GOES_ON), true],
    ['is told by a total that is larger than what came', received([1, 2], { total: { sign: 'total', count: 3 } }), true],
    ['is not told by a total that came, refused records included', received([1], { total: { sign: 'total', count: 2 } }, 1), false],
  ])('%s', (_, answer, isMore) => {
    expect(moreAnnounced(answer) !== undefined).toBe(isMore);
  });

  it.each<[string, typeof addPage, Received, Received, boolean]>([
    ['the last page says', addPage, received([1], GOES_ON), received([2]), false],
    ['the last page says, too,', addPage, received([1]), received([2], GOES_ON), true],
    ['pages say by one total', addPage, received([1], { total: { sign: 'total', count: 2 } }), received([2]), false],
    ['the first part says', addPart, received([1], GOES_ON), received([2]), true],
    ['the second part says', addPart, received([1]), received([2], GOES_ON), true],
    ['a part says by its own total', addPart, received([1], { total: { sign: 'total', count: 2 } }), received([2, 3]), true],
    ['what was asked for again says, and not the first answer,', addAgain, received([1], GOES_ON), received([1, 2]), false],
    ['what was asked for again says', addAgain, received([1]), received([1, 2], GOES_ON), true],
  ])('%s whether there is more of both', (_, add, one, other, isMore) => {
    expect(moreAnnounced(add(one, other, groups)) !== undefined).toBe(isMore);
  });
});

describe('whether an answer is full', () => {
  const LIMIT = { limit: { sign: 'meta.per_page', count: 2 } };
  it('is told by the limit that it names', () => {
    expect([1, 2, 3].map((count) => fullBySign(received([1, 2, 3].slice(0, count), LIMIT)))).toEqual([
      undefined,
      'meta.per_page',
      undefined,
    ]);
  });

  it('is not told of several pages', () => {
    expect(fullBySign(addPage(nothingReceived(), received([1, 2], LIMIT), groups))).toBe('meta.per_page');
    expect(addPage(received([1, 2], LIMIT), received([3], LIMIT), groups).hints).toEqual({});
  });
});

describe('what several answers brought', () => {
  it('counts a record once', () => {
    for (const add of [addPage, addPart, addAgain])
      expect(add(received([1, 2]), received([2, 3]), groups).stored.map(({ id }) => id)).toEqual([1, 2, 3]);
  });

  it('counts what parts refuse of each, and what was asked for again once', () => {
    const fresh = { ...received([1]), refused: { fresh: 2, known: 1, byDatabase: 1 } };
    const again = { ...received([1]), refused: { fresh: 0, known: 3, byDatabase: 1 } };
    expect(addPart(fresh, again, groups).refused).toEqual({ fresh: 2, known: 4, byDatabase: 2 });
    expect(addAgain(fresh, again, groups).refused).toEqual({ fresh: 2, known: 1, byDatabase: 1 });
  });

  it('counts the records of other days of each, and those that are older than what was stored', () => {
    for (const add of [addPage, addPart, addAgain])
      expect(add({ ...received([1]), unasked: 2, older: 2 }, { ...received([2]), unasked: 3, older: 4 }, groups)).toMatchObject({
        unasked: 5,
        older: 6,
      });
  });

  it('has values that cannot be read when one of them has', () => {
    const unread = { attribute: 'create_dt', refused: 3, received: 3 };
    for (const add of [addPage, addPart, addAgain])
      for (const [one, other] of [
        [unread, undefined],
        [undefined, unread],
      ])
        expect(add({ ...received([1]), unread: one }, { ...received([2]), unread: other }, groups).unread).toEqual(unread);
  });

  it('has failed when one of them says so', () => {
    for (const add of [addPage, addPart, addAgain])
      for (const pair of [
        [received([1], { failed: 'errors' }), received([2])],
        [received([1]), received([2], { failed: 'errors' })],
      ] as const)
        expect(add(...pair, groups).hints.failed).toBe('errors');
  });
});

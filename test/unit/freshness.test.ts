import { expect, it } from 'vitest';
import { isStale, type Reading } from '../../src/operations/freshness.ts';
import { parseTimetable } from '../../src/schedule/timetable.ts';

const NIGHTLY = parseTimetable('0 2 * * *', 'UTC');
const HOUR_MS = 3_600_000;
const NOW = new Date('2026-03-20T12:00:00Z');
const stale = (reading: Partial<Reading>, now = NOW) =>
  isStale({ every: 'run', isWanted: true, lastLoadedAt: null, firstRunAt: null, ...reading }, NIGHTLY, now, HOUR_MS);

it.each([
  ['what each sync reads, and was read by the last one, is fresh', 'run', '2026-03-20T02:00:00Z', false],
  ['what each sync reads, and was read before the last one, is stale', 'run', '2026-03-20T01:59:59Z', true],
  ['what is read weekly may be a day late', 'week', '2026-03-12T02:00:00Z', false],
  ['what is read weekly is stale after that', 'week', '2026-03-12T01:59:59Z', true],
] as const)('%s', (_, every, at, expected) => {
  expect(stale({ every, lastLoadedAt: new Date(at) })).toBe(expected);
});

it('a sync that has not had its time yet is not late', () => {
  const lastLoadedAt = new Date('2026-03-19T02:10:00Z');
  expect(stale({ lastLoadedAt }, new Date('2026-03-20T02:59:59Z'))).toBe(false);
  expect(stale({ lastLoadedAt }, new Date('2026-03-20T03:00:00Z'))).toBe(true);
});

it('what was never loaded counts from the first run on; what nothing is wanted of, and an empty warehouse, are fresh', () => {
  const before = new Date('2026-03-19T12:00:00Z');
  expect(stale({ firstRunAt: before })).toBe(true);
  expect(stale({ firstRunAt: NOW })).toBe(false);
  expect(stale({ lastLoadedAt: before, isWanted: false })).toBe(false);
  expect(stale({})).toBe(false);
});

import { describe, expect, it } from 'vitest';
import { nextAction, type SlotStanding } from '../../src/schedule/next-action.ts';

const now = new Date('2026-11-22T03:00:00Z');
const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
const standing = (status: SlotStanding['status'], rest: Partial<SlotStanding> = {}): SlotStanding => ({
  status,
  isAlive: false,
  failures: 0,
  finishedAt: minutesAgo(1),
  ...rest,
});

describe('a slot', () => {
  it('that nobody has is due', () => expect(nextAction(undefined, now)).toBe('now'));
  it('whose run lives is looked at later', () =>
    expect(nextAction(standing('running', { isAlive: true, finishedAt: null }), now)).toBe('later'));
  it('whose run died, or was interrupted, is taken up at once', () => {
    expect(nextAction(standing('running', { finishedAt: null }), now)).toBe('now');
    expect(nextAction(standing('interrupted'), now)).toBe('now');
  });
  it.each(['complete', 'incomplete', 'partial'] as const)('whose run was %s is done', (status) => {
    expect(nextAction(standing(status), now)).toBe('done');
  });
  it.each([
    [1, 9, 'later'],
    [1, 10, 'now'],
    [2, 19, 'later'],
    [2, 20, 'now'],
    [3, 600, 'done'],
  ] as const)('that failed %d times, %d minutes ago the last time, is to be done: %s', (failures, minutes, expected) => {
    expect(nextAction(standing('failed', { failures, finishedAt: minutesAgo(minutes) }), now)).toBe(expected);
  });
});

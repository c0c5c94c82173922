import { describe, expect, it } from 'vitest';
import { noShape } from '../../src/records/shape.ts';
import groups from '../../src/resources/groups.ts';
import { findUnaccounted } from '../../src/runs/accounting.ts';
import { noOutcome, type Outcome } from '../../src/warehouse/load/load.ts';

const OUTCOME: Outcome = { fetched: 10, inserted: 4, updated: 3, unchanged: 2, rejected: 1 };
const COUNTED = { rowsInserted: 4, rowsUpdated: 3, rowsUnchanged: 2, rowsRejected: 1 };
const seen = (came: number) => [{ resource: groups, via: groups, shape: noShape(), came }];
const problemsOf = (came: number, outcome: Partial<Outcome> = {}, counted = {}) =>
  findUnaccounted(seen(came), new Map([['groups', { ...OUTCOME, ...outcome }]]), { ...COUNTED, ...counted }).map(
    ({ resource }) => resource,
  );

describe('the records of a run', () => {
  it('are accounted for when each was inserted, updated, unchanged or rejected', () => {
    expect(problemsOf(10)).toEqual([]);
    const nothing = { rowsInserted: 0, rowsUpdated: 0, rowsUnchanged: 0, rowsRejected: 0 };
    expect(findUnaccounted([], new Map([['groups', noOutcome()]]), nothing)).toEqual([]);
  });

  it.each([
    ['one came that nothing became of', 11, {}, {}, ['groups']],
    ['one was counted twice', 10, { fetched: 11, inserted: 5 }, { rowsInserted: 5 }, ['groups']],
    ['more were written than came', 10, { inserted: 8, unchanged: -2 }, { rowsInserted: 8, rowsUnchanged: -2 }, ['groups']],
    ['an answer was committed twice', 10, {}, { rowsInserted: 8, rowsUnchanged: 4 }, ['all']],
    ['an answer was not committed', 10, {}, { rowsInserted: 0 }, ['all']],
  ])('are not when %s', (_, came, outcome, counted, problems) => {
    expect(problemsOf(came, outcome, counted)).toEqual(problems);
  });

  it('are not when a resource has no outcome at all', () => {
    expect(findUnaccounted(seen(1), new Map(), { rowsInserted: 0, rowsUpdated: 0, rowsUnchanged: 0, rowsRejected: 0 })).toHaveLength(1);
  });
});

import { expect, it } from 'vitest';
import { namesOf } from '../../src/pages/report/names.ts';

it('namesakes are told apart by their ids, and who has no name is called by it', () => {
  const nameOf = namesOf('agent', [
    { id: 1, name: 'Ann' },
    { id: 2, name: 'Ann ' },
    { id: 3, name: 'Bob' },
    { id: 3, name: 'Bob' },
    { id: 4, name: null },
    { id: 5, name: ' ' },
  ]);
  expect([1, 2, 3, 4, 5, 6].map(nameOf)).toEqual(['Ann (1)', 'Ann (2)', 'Bob', 'agent 4', 'agent 5', 'agent 6']);
});

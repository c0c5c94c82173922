import { expect, it } from 'vitest';
import { resources } from '../../src/resources/index.ts';
import { REPORT_PATHS } from '../../src/runs/fetch/reported-total.ts';
import { FILTERS } from '../../src/runs/fetch/split-window.ts';
import { isAllowed, READS } from '../../src/source/allow-list.ts';
import { type PlannedRequest, planMessages, planRequest } from '../../src/source/request-plan.ts';

const period = { from: '2026-03-01', until: '2026-03-02' };
const wanted = { visitorId: 1, visitorUsername: 'somebody', chatId: 1 };

/** A request of each kind that a plan can hold. */
const PLANNED: readonly Pick<PlannedRequest, 'path' | 'query'>[] = resources.flatMap((resource) => {
  const { scope, window, pages } = resource;
  if (scope.over === 'chats') return [1, 2].flatMap((ofVisitor) => planMessages(resource, [{ ...wanted, ofVisitor }]));
  const options = { ...(scope.over === 'agents' && { agentId: 1 }), ...(window && { period }) };
  if (scope.over !== 'combinations') return [planRequest(resource, options)];
  return scope.of.map((parameters) => planRequest(resource, { parameters: { ...parameters, ...(pages && { [pages.parameter]: '0' }) } }));
});
const OF_CHATS = PLANNED.find(({ path }) => path === '/chats.json')?.query ?? {};
const REQUESTS = [
  ...PLANNED,
  ...FILTERS.map((filter) => ({ path: '/chats.json', query: { ...OF_CHATS, agent_id: '1', ...filter } })),
  ...REPORT_PATHS.map((path) => ({ path, query: OF_CHATS })),
];

it('what the program asks for may leave', () => {
  expect(REQUESTS.filter(({ path, query }) => !isAllowed(path, query))).toEqual([]);
});

it('nothing may leave that the program does not ask for', () => {
  const asked = READS.map((read) => REQUESTS.filter(({ path }) => read.path.test(path)));
  expect(asked.map((requests) => requests.length > 0)).toEqual(READS.map(() => true));
  const used = asked.map((requests) => [...new Set(requests.flatMap(({ query }) => Object.keys(query)))].sort());
  expect(used).toEqual(READS.map(({ query }) => Object.keys(query).sort()));
});

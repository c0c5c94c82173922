import { expect, it } from 'vitest';
import { resources } from '../../src/resources/index.ts';
import { isAllowed, isPathOf, readsOf } from '../../src/source/allow-list.ts';
import { type PlannedRequest, planMessages, planRequest } from '../../src/source/request-plan.ts';

const READS = readsOf(resources);
const period = { from: '2026-03-01', until: '2026-03-02' };
const wanted = { visitorId: 1, visitorUsername: 'somebody', chatId: 1 };

/** A request of each kind that a plan can hold. */
const REQUESTS: readonly Pick<PlannedRequest, 'path' | 'query'>[] = resources.flatMap((resource) => {
  const { scope, window, pages, filters, report } = resource;
  const page = pages ? { [pages.parameter]: '0' } : {};
  if (scope.over === 'eachChat')
    return [1, 2]
      .flatMap((ofVisitor) => planMessages(resource, [{ ...wanted, ofVisitor }]))
      .map(({ path, query }) => ({ path, query: { ...query, ...page } }));
  if (scope.over === 'combinations') return scope.of.map((parameters) => planRequest(resource, { parameters: { ...parameters, ...page } }));
  const planned = planRequest(resource, { ...(scope.over === 'eachAgent' && { agentId: 1 }), ...(window && { period }) });
  const { path, query } = planned;
  return [
    planned,
    ...(filters?.others ?? []).map((other) => ({ path, query: { ...query, [filters?.agent ?? '']: '1', ...other } })),
    ...(report?.paths ?? []).map((of) => ({ path: of, query })),
  ];
});

it('what the program asks for may leave', () => {
  expect(REQUESTS.filter(({ path, query }) => !isAllowed(READS, path, query))).toEqual([]);
});

it('nothing may leave that the program does not ask for', () => {
  const asked = READS.map((read) => REQUESTS.filter(({ path }) => isPathOf(read, path)));
  expect(asked.map((requests) => requests.length > 0)).toEqual(READS.map(() => true));
  const used = asked.map((requests) => [...new Set(requests.flatMap(({ query }) => Object.keys(query)))].sort());
  expect(used).toEqual(READS.map(({ query }) => Object.keys(query).sort()));
});

it.each([
  ['/chats/transfer/{id}.json', '/chats/transfer/1.json', {}],
  ['/q_tasks/machine_learning/{id}/{intent}.json', '/q_tasks/machine_learning/1/2.json', {}],
  ['/q_tasks/operational/{id}/{done}.json', '/q_tasks/operational/1/1.json', {}],
  ['/visitors.json', '/visitors.json', { visitor_username: 'somebody' }],
])('a GET that writes is refused also when a resource declares %s', (declared, path, query: Record<string, string>) => {
  const [resource] = resources;
  const reads = readsOf(resource ? [{ ...resource, path: declared, query }] : []);
  expect(reads.some((read) => isPathOf(read, path))).toBe(true);
  expect(isAllowed(reads, path, query)).toBe(false);
});

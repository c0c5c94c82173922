import { describe, expect, it } from 'vitest';
import { createAnswering } from '../../src/simulator/api/answering.ts';
import { NO_ODDITIES, type Oddities } from '../../src/simulator/api/oddities.ts';
import { odditiesOf, SWITCHES } from '../../src/simulator/api/oddity-catalogue.ts';
import { ask, MARCH, rowsOf, smallAccount } from '../support/simulator-answers.ts';

const account = smallAccount();
const numbers = (path: string, query = {}, oddities: Partial<Oddities> = {}) => rowsOf(account, path, query, oddities).map(({ id }) => id);

describe('a list that is cut', () => {
  const all = numbers('/agents.json');
  const cut = (says: 'nothing' | 'total' | 'next' | 'elsewhere', keeps: 'oldest' | 'newest', query = {}) =>
    ask(account, '/agents.json', query, { cuts: { agents: { at: 4, keeps, says } } });

  it('keeps the oldest or the newest, and says nothing, how many there are, or where the next page is', () => {
    expect(cut('nothing', 'oldest')).toMatchObject({ data: all.slice(0, 4).map((id) => ({ id })) });
    expect(cut('total', 'newest')).toMatchObject({
      data: all
        .toReversed()
        .slice(0, 4)
        .map((id) => ({ id })),
      meta: { total: 6 },
    });
    expect(cut('elsewhere', 'oldest')).toMatchObject({ links: { next: expect.stringMatching(/^https:\/\/pages\.example\.com/) } });
    expect(cut('next', 'oldest')).toMatchObject({ links: { next: '/api/v1/agents.json?page=2' } });
    expect(cut('next', 'oldest', { page: '2' })).toMatchObject({ data: all.slice(4).map((id) => ({ id })), links: { next: null } });
  });
});

describe('a complaint', () => {
  it.each([
    ['errors', 'nothing', { data: [], errors: expect.any(Array) }],
    ['error', 'no data', { error: expect.any(String) }],
    ['success', 'records', { data: expect.any(Array), success: false }],
    ['status', 'records', { data: expect.any(Array), status: 500 }],
  ] as const)('of %s stands beside %s, once or always', (as, beside, body) => {
    const answering = createAnswering(account);
    const route = answering.routeOf('/groups.json');
    const answer = (times: 'once' | 'always') =>
      route &&
      answering.answer(route, '/groups.json', new URLSearchParams(), { ...NO_ODDITIES, complaints: { groups: { as, beside, times } } });
    expect(answer('once')).toEqual({ body });
    expect(answer('once')).toEqual({ body: { data: expect.any(Array) } });
    expect(answer('always')).toEqual({ body });
  });
});

describe('lists', () => {
  it('leave out bots, terminated agents, or system groups, and links from some moment on', () => {
    expect(numbers('/agents.json', {}, { agentsLeftOut: 'bots' })).toHaveLength(5);
    expect(numbers('/agents.json', {}, { agentsLeftOut: 'terminated' })).toHaveLength(5);
    expect(numbers('/groups.json', {}, { groupsLeftOut: 'system' })).toHaveLength(4);
    expect(numbers('/agent_groups/4.json').length).toBeGreaterThan(0);
    expect(numbers('/agent_groups/4.json', {}, { linksGone: true })).toEqual([]);
  });

  it('of tasks go on by the page, or by numbers above in any order, and may be ordered by change', () => {
    const page = (after: number, oddities: Partial<Oddities>) =>
      numbers('/q_tasks.json', { after: String(after), task_type: 'machine_learning', is_resolved: '1' }, { taskPageSize: 3, ...oddities });
    const all = page(0, { taskPageSize: 1_000 });
    expect(page(1, { after: 'page' })).toEqual(all.slice(3, 6));
    expect(page(0, { after: 'above', taskOrder: 'desc' })).toEqual(all.toReversed().slice(0, 3));
    expect(page(all.at(-1) ?? 0, { after: 'above', taskOrder: 'desc' })).toEqual([]);
    expect(page(0, { taskOrder: 'changed', taskPageSize: 1_000 })).not.toEqual(all);
  });
});

describe('the catalogue', () => {
  it('names each switch once and each variant of it once, and every variant changes something', () => {
    const names = SWITCHES.flatMap(({ name, variants }) => variants.map(({ label }) => `${name}: ${label}`));
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(300);
    const idle = SWITCHES.flatMap(({ variants }) =>
      variants.filter(({ set = {}, account: changed = {} }) => Object.keys({ ...set, ...changed }).length === 0),
    );
    expect(idle).toEqual([]);
  });

  it('joins what several switches say, for the runs in which they hold', () => {
    const cut = { at: 3, keeps: 'oldest', says: 'total' } as const;
    const variants = [
      { label: 'a', outcome: 'partial', set: { cuts: { agents: cut } } },
      { label: 'b', outcome: 'partial', set: { cuts: { groups: cut }, linksGone: true }, from: 1 },
    ] as const;
    expect(odditiesOf(variants, 0)).toEqual({ ...NO_ODDITIES, cuts: { agents: cut } });
    expect(odditiesOf(variants, 1)).toEqual({ ...NO_ODDITIES, cuts: { agents: cut, groups: cut }, linksGone: true });
    expect(ask(account, '/chats.json', MARCH, odditiesOf([], 0))).toEqual(ask(account, '/chats.json', MARCH));
  });
});

import { describe, expect, it } from 'vitest';
import type { Oddities } from '../../src/simulator/api/oddities.ts';
import { ask, dataOf, type Record as Found, MARCH, rowsOf, smallAccount } from '../support/simulator-answers.ts';

const account = smallAccount();

describe('records are written', () => {
  it.each<[Oddities['types'], string | undefined]>([
    ['plural', 'agent_groups'],
    ['singular', 'agent_group'],
    ['class', 'AgentGroup'],
    ['missing', undefined],
  ])('with types as %s', (types, type) => {
    const [link] = rowsOf(account, '/agent_groups/4.json', {}, { types });
    expect(link?.type).toBe(type);
  });

  it('with numbers as "4.0", also where they refer to another record, or only among the attributes', () => {
    const [decimal] = rowsOf(account, '/chats.json', MARCH, { ids: 'decimals' });
    expect([decimal?.id, decimal?.attributes.agent_id]).toEqual([expect.stringMatching(/^\d+\.0$/), expect.stringMatching(/^\d+\.0$/)]);
    const [hidden] = rowsOf(account, '/chats.json', MARCH, { ids: 'attributes' });
    expect(hidden).not.toHaveProperty('id');
    expect(hidden?.attributes.id).toEqual(expect.any(Number));
  });

  it.each<[Oddities['times'], RegExp]>([
    ['offset', /T..:..:..\+00:00$/],
    ['zulu', /T..:..:..Z$/],
    ['compact', /T..:..:..\+0000$/],
    ['blank', / ..:..:..\+00:00$/],
    ['fraction', /T..:..:..\.000Z$/],
  ])('with times as %s', (times, form) => {
    const [chat] = rowsOf(account, '/chats.json', MARCH, { times });
    expect(chat?.attributes.create_dt).toMatch(form);
    expect(chat?.attributes.agent).toMatchObject({ attributes: { create_dt: expect.stringMatching(form) } });
  });

  it('without the account, and without their changes', () => {
    for (const { attributes } of rowsOf(account, '/agents.json', {}, { withoutClient: true, withoutUpdates: true })) {
      expect(attributes).not.toHaveProperty('client_id');
      expect(attributes.updt_dt).toBeNull();
    }
  });
});

describe('copies inside records', () => {
  it('are as the record was when its parent began', () => {
    const now = account.asOf();
    const chats = rowsOf(account, '/chats.json', MARCH, { copies: 'past' });
    const old = chats.filter(({ id, attributes }) => {
      const at = now.chats.get(id)?.createdAt ?? new Date(0);
      const copy = attributes.agent as Found;
      expect(copy.attributes.full_name).toBe(now.agentAt(copy.id, at)?.fullName);
      return copy.attributes.updt_dt !== (now.agents.get(copy.id)?.updatedAt?.toISOString().replace('.000Z', '+00:00') ?? null);
    });
    expect(old.length).toBeGreaterThan(0);
  });

  it('have nulls, are numbers alone, or a text', () => {
    const copyOf = (copies: Oddities['copies']) => rowsOf(account, '/chats.json', MARCH, { copies })[0]?.attributes.agent;
    expect(copyOf('sparse')).toMatchObject({ attributes: { is_bot: null, email: null, full_name: expect.any(String) } });
    expect(Object.keys(copyOf('number') as object)).toEqual(['type', 'id']);
    expect(copyOf('text')).toBe('SEE AGENT');
  });
});

describe('nothing', () => {
  it.each<[Oddities['emptyAs'], unknown]>([
    ['list', { data: [] }],
    ['null', { data: null }],
    ['object', { data: {} }],
    ['bare list', []],
    ['bare null', null],
    ['bare object', {}],
    ['404', undefined],
  ])('is %s, in lists without a parent when it is so everywhere', (emptyAs, body) => {
    const never = { start_date: '2001-01-01', end_date: '2001-01-02' };
    expect(ask(account, '/chats.json', never, { emptyAs, emptyEverywhere: true })).toEqual(body);
    expect(ask(account, '/chats.json', never, { emptyAs })).toEqual({ data: [] });
    expect(
      ask(
        account,
        '/q_tasks.json',
        { after: '0', task_type: 'operational', is_resolved: '0' },
        { emptyAs, emptyEverywhere: true, lacks: ['q_tasks'] },
      ),
    ).toEqual(body);
  });
});

describe('names', () => {
  it('can be brackets, and can be shared: the first one has the messages', () => {
    const oddities = { nestedNames: true, sharedNames: true };
    const visitors = rowsOf(account, '/visitors.json', {}, oddities);
    expect(visitors.filter(({ attributes }) => String(attributes.name).startsWith('[[[')).length).toBeGreaterThan(5);
    const [first, second] = visitors;
    expect(second?.attributes.xmpp_username).toBe(first?.attributes.xmpp_username);
    const named = { visitor_username: String(second?.attributes.xmpp_username), include_admin: 'true' };
    const messages = dataOf(ask(account, '/messages.json', named, oddities));
    const chats = new Set([...account.asOf().chats.values()].filter(({ visitorId }) => visitorId === first?.id).map(({ id }) => id));
    expect(messages.length).toBeGreaterThan(0);
    expect(messages.every(({ attributes }) => chats.has(Number(attributes.chat_id)))).toBe(true);
  });
});

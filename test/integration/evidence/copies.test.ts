import { describe, expect, it } from 'vitest';
import { type EvidenceBench, useBench } from '../../support/evidence-bench.ts';
import { expectExact } from '../../support/evidence-expect.ts';
import { addSmallAccount, addTalk, agent, iso, noon, type Sent } from '../../support/scripted-records.ts';
import { changed } from '../../support/scripted-source.ts';

const open = useBench();
const only = ['agents', 'groups', 'chats', 'messages', 'visitors', 'agent_groups'];
const PEOPLE = ['agents', 'groups', 'visitors'] as const;

async function openSmall(): Promise<EvidenceBench> {
  const bench = await open();
  addSmallAccount(bench.records, bench.now(), { activityDays: 0 });
  return bench;
}

/** Puts another copy of a record into the records that embed it. */
const copying = (under: string, change: (copy: Sent['attributes'], place: number) => Record<string, unknown>) =>
  changed((records) =>
    records.map((record, place) => {
      const copy = record.attributes[under] as Sent | null | undefined;
      if (!copy) return record;
      return {
        ...record,
        attributes: { ...record.attributes, [under]: { ...copy, attributes: { ...copy.attributes, ...change(copy.attributes, place) } } },
      };
    }),
  );
const OLD = iso('2025-02-01T00:00:00Z');

describe('a null of a copy, where nobody says when it changed, does not replace what its own list said', () => {
  it.each<[string, 'chats' | 'messages' | 'agent_groups', string, Record<string, null>]>([
    ['agents in chats', 'chats', 'agent', { email: null, is_bot: null, authorization_level: null }],
    ['agents in messages', 'messages', 'from_agent', { email: null, is_bot: null, full_name: null }],
    ['agents in links', 'agent_groups', 'agent', { username: null, trmnt_ind: null }],
    ['groups in chats', 'chats', 'group', { group_name: null, visitor_phone_matches: null }],
    ['visitors in chats', 'chats', 'visitor', { name: null, email: null, city: null, xmpp_username: null }],
  ])('%s', async (_, endpoint, under, nulls) => {
    const bench = await openSmall();
    bench.source.on(
      endpoint,
      copying(under, () => nulls),
    );
    for (const _night of [0, 1, 2]) {
      await expectExact(bench, await bench.sync({ only }), PEOPLE);
      await bench.advance({ days: 1 });
    }
  });

  it('nor what is computed of it: has_email, has_phone, channel, referrer_host', async () => {
    const bench = await openSmall();
    const computed = () =>
      bench.rows('select visitor_id, has_email, has_phone, channel, referrer_host from chatrhub.visitors where not is_inferred order by 1');
    for (const { attributes } of bench.records.visitors)
      Object.assign(attributes, { phone: '15550100', ip_address: '192.0.2.1', referrer_url: 'https://example.com/search' });
    await bench.sync({ only });
    const listed = await computed();
    expect(listed[0]).toMatchObject({ has_email: true, has_phone: true, channel: 'web', referrer_host: 'example.com' });
    await bench.advance({ days: 1 });
    bench.source.on(
      'chats',
      copying('visitor', () => ({ email: null, phone: null, ip_address: null, referrer_url: null })),
    );
    await bench.sync({ only });
    expect(await computed()).toEqual(listed);
    await bench.advance({ days: 1 });
    bench.source.restore();
    bench.source.on(
      'chats',
      copying('visitor', () => ({ ip_address: null })),
    );
    await bench.sync({ only });
    expect(await computed()).toEqual(listed);
  });

  it('nor does one with the same time of change, or an earlier one', async () => {
    const bench = await openSmall();
    for (const { attributes } of bench.records.agents) attributes.updt_dt = iso('2025-06-01T00:00:00Z');
    bench.source.on(
      'chats',
      copying('agent', (_, place) => ({
        email: null,
        full_name: 'As it was',
        updt_dt: place % 2 === 0 ? OLD : iso('2025-06-01T00:00:00Z'),
      })),
    );
    await expectExact(bench, await bench.sync({ only }), PEOPLE);
    await bench.advance({ days: 1 });
    await expectExact(bench, await bench.sync({ only }), PEOPLE);
  });
});

describe('a value of a copy', () => {
  it('as it was when the chat happened does not replace what its own list said in the same run', async () => {
    const bench = await openSmall();
    bench.source.on(
      'chats',
      copying('agent', () => ({ full_name: 'Maiden name', authorization_level: 1 })),
    );
    bench.source.on(
      'chats',
      copying('group', () => ({ group_name: 'Old name' })),
    );
    for (const _night of [0, 1]) {
      await expectExact(bench, await bench.sync({ only }), ['agents', 'groups']);
      await bench.advance({ days: 1 });
    }
  });

  it('that changed strictly later replaces it, also by null', async () => {
    const bench = await openSmall();
    bench.source.on(
      'chats',
      copying('agent', () => ({ full_name: 'Just renamed', email: null, updt_dt: iso(bench.now(), -60) })),
    );
    expect(await bench.sync({ only })).toMatchObject({ status: 'complete', errors: [] });
    expect(await bench.rows('select full_name, email from chatrhub.agents where agent_id = 1')).toEqual([
      { full_name: 'Just renamed', email: null },
    ]);
  });

  it('without a time, of two copies, is that of the chat that changed later, which replaces nothing by what it leaves empty', async () => {
    const bench = await openSmall();
    const { records } = bench;
    addTalk(records, 21, noon(bench.now(), -3), { visitor_id: 900, updt_dt: iso(noon(bench.now(), -1)) }, 0);
    addTalk(records, 22, noon(bench.now(), -2), { visitor_id: 900 }, 0);
    bench.source.on(
      'chats',
      changed((chats) =>
        chats.map((chat) => {
          const visitor = chat.attributes.visitor as Sent | undefined;
          if (visitor?.id !== 900) return chat;
          const said = chat.id === 21 ? { city: 'Saint Paul', email: null } : { city: 'Minneapolis' };
          return { ...chat, attributes: { ...chat.attributes, visitor: { ...visitor, attributes: { ...visitor.attributes, ...said } } } };
        }),
      ),
    );
    expect(await bench.sync({ only: ['agents', 'groups', 'chats'] })).toMatchObject({ status: 'complete', errors: [] });
    expect(await bench.rows('select city, has_email from chatrhub.visitors where visitor_id = 900')).toEqual([
      { city: 'Saint Paul', has_email: true },
    ]);
  });

  it('of an agent whom the list never has, fills what is not known of him', async () => {
    const bench = await openSmall();
    bench.records.agents.push(agent(9, { is_bot: true }));
    addTalk(bench.records, 31, noon(bench.now(), -1), { agent_id: 9 });
    bench.source.on(
      'agents',
      changed((agents) => agents.filter(({ id }) => id !== 9)),
    );
    for (const _night of [0, 1]) {
      await bench.sync({ only });
      expect(await bench.differences(['agents'])).toEqual([]);
      await bench.advance({ days: 1 });
    }
  });
});

describe('visitors whom chats only name', () => {
  it.each<[string, null | { id: number } | undefined]>([
    ['beside a null', null],
    ['by a number', { id: 0 }],
    ['without a copy', undefined],
  ])('%s, are looked up in their list the same night', async (_, sent) => {
    const bench = await openSmall();
    bench.source.on(
      'chats',
      changed((records) =>
        records.map(({ attributes: { visitor, ...attributes }, ...rest }) => ({
          ...rest,
          attributes: { ...attributes, ...(sent === undefined ? {} : { visitor: sent && { id: (visitor as Sent).id } }) },
        })),
      ),
    );
    await expectExact(bench, await bench.sync({ only }), PEOPLE);
    await bench.advance({ days: 1 });
    addTalk(bench.records, 90, noon(bench.now(), -1), { visitor_id: 590 });
    bench.requestsSince();
    await expectExact(bench, await bench.sync({ only }), PEOPLE);
    expect(bench.requestsSince('visitors')).toHaveLength(1);
    await bench.advance({ days: 1 });
    await bench.sync({ only });
    expect(bench.requestsSince('visitors')).toEqual([]);
  });
});

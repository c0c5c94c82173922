import { describe, expect, it } from 'vitest';
import { type EvidenceBench, useBench } from '../../support/evidence-bench.ts';
import { expectAllOrPartial, expectDoubt, expectExact } from '../../support/evidence-expect.ts';
import { addSmallAccount, addTalk, iso, MISSED, noon, type Sent, UNTOLD, visitor } from '../../support/scripted-records.ts';
import { changed, cutAt, type Override } from '../../support/scripted-source.ts';

const open = useBench();
const only = ['agents', 'groups', 'chats', 'messages'];
const NAMES = ['chats', 'messages'] as const;
const VISITOR = 500;

/** Three chats of one visitor, the first of which was transferred. */
async function openVisitor(messages = 4): Promise<EvidenceBench> {
  const bench = await open();
  addSmallAccount(bench.records, bench.now(), { chats: 0, activityDays: 0 });
  for (const id of [1, 2, 3])
    addTalk(
      bench.records,
      id,
      noon(bench.now(), id - 5),
      { visitor_id: VISITOR, ...(id === 1 ? { transfer_to_agent_id: 2 } : {}) },
      messages,
    );
  return bench;
}

/** By visitor just those messages come that are kept; by chat all do. */
const byVisitor = (isKept: (message: Sent) => boolean): Override => {
  const cut = changed((records) => records.filter(isKept));
  return (url, next) => (url.searchParams.has('visitor_username') ? cut(url, next) : next());
};
const ofChats =
  (...ids: number[]) =>
  ({ attributes }: Sent) =>
    ids.includes(Number(attributes.chat_id));

describe('messages that the source refuses by visitor and has by chat', () => {
  const refusing =
    (status: number): Override =>
    (url, next) =>
      url.searchParams.has('visitor_username') ? { status, body: { error: 'unknown parameter' } } : next();
  const countByVisitor = (bench: EvidenceBench): number =>
    bench.requestsSince('messages').filter((path) => path.includes('visitor_username')).length;

  it.each([400, 403, 405, 422, 500])('with %i come by chat, and visitors are not asked about any more when it repeats', async (status) => {
    const bench = await openVisitor();
    for (const id of [11, 12]) addTalk(bench.records, id, noon(bench.now(), -1), { visitor_id: 501 });
    bench.source.on('messages', refusing(status));
    await expectExact(bench, await bench.sync({ only }), NAMES);
    expect(countByVisitor(bench)).toBe(status === 500 ? 2 * 4 : 2);
    await bench.advance({ days: 1 });
    for (const id of [21, 22]) addTalk(bench.records, id, noon(bench.now(), -1), { visitor_id: 502 });
    await expectExact(bench, await bench.sync({ only }), NAMES);
    expect(countByVisitor(bench)).toBe(0);
    bench.source.restore();
    await bench.advance({ days: 31 });
    for (const id of [31, 32]) addTalk(bench.records, id, noon(bench.now(), -1), { visitor_id: 503 });
    await expectExact(bench, await bench.sync({ only }), NAMES);
    expect(countByVisitor(bench)).toBe(1);
  });

  it('for one visitor come by chat, and others are asked about all the same', async () => {
    const bench = await openVisitor();
    const refuse = refusing(422);
    bench.source.on('messages', (url, next) =>
      url.searchParams.get('visitor_username') === `visitor-${VISITOR}` ? refuse(url, next) : next(),
    );
    for (const night of [1, 2]) {
      for (const id of [10 * night, 10 * night + 1]) addTalk(bench.records, id, noon(bench.now(), -1), { visitor_id: 500 + night });
      for (const id of [100 * night, 100 * night + 1]) addTalk(bench.records, id, noon(bench.now(), -1), { visitor_id: VISITOR });
      await expectExact(bench, await bench.sync({ only }), NAMES);
      expect(countByVisitor(bench)).toBe(2);
      await bench.advance({ days: 1 });
    }
  });

  it('and by chat has neither costs one attempt more, and has failed', async () => {
    const bench = await openVisitor();
    bench.source.on('messages', () => ({ status: 500, body: {} }));
    expect(await bench.sync({ only })).toMatchObject({ status: 'partial', errors: [{ resource: 'messages' }] });
    expect(bench.requestsSince('messages').length).toBe(4 + 1);
  });
});

describe('messages that the source leaves out by visitor and has by chat', () => {
  it.each<[string, Override]>([
    ['those of a transferred chat', byVisitor(ofChats(2, 3))],
    ['those of older chats', byVisitor(ofChats(3))],
    ['all', byVisitor(() => false)],
    ['all, by null', (url, next) => (url.searchParams.has('visitor_username') ? { data: null } : next())],
  ])('come all the same: %s', async (_, override) => {
    const bench = await openVisitor();
    bench.source.on('messages', override);
    await expectExact(bench, await bench.sync({ only }), NAMES);
    await bench.advance({ days: 1 });
    bench.requestsSince();
    await expectExact(bench, await bench.sync({ only }), NAMES);
    expect(bench.requestsSince('messages')).toEqual([]);
  });

  it('come also of a chat that shows no sign of any, of a visitor who was asked about before the others', async () => {
    const bench = await openVisitor();
    const addSilent = (visitorId: number, ...ids: number[]) => {
      for (const id of ids)
        addTalk(bench.records, id, noon(bench.now(), -1), { ...UNTOLD, is_missed: null, duration: null, visitor_id: visitorId }, 1);
    };
    // The newest are asked for first.
    addSilent(501, 8, 9);
    bench.source.on(
      'messages',
      byVisitor(() => false),
    );
    await expectExact(bench, await bench.sync({ only }), NAMES);
    await bench.advance({ days: 1 });
    addSilent(502, 18, 19);
    bench.requestsSince();
    await expectExact(bench, await bench.sync({ only }), NAMES);
    expect(bench.requestsSince('messages')).toHaveLength(3);
  });

  it('come also when history is loaded', async () => {
    const bench = await openVisitor();
    for (const id of [11, 12]) addTalk(bench.records, id, noon(bench.now(), -30), { visitor_id: VISITOR });
    bench.source.on('messages', byVisitor(ofChats(2, 3)));
    const from = noon(bench.now(), -31).slice(0, 10);
    await expectExact(bench, await bench.sync({ only }), NAMES);
    await expectExact(bench, await bench.backfill(from, { only }), NAMES, { from });
  });
});

describe('a chat without messages', () => {
  it.each<[string, Record<string, unknown>]>([
    ['a response', { ...UNTOLD, is_missed: null, duration: null, response_delay: 12 }],
    ['a rating', { ...UNTOLD, is_missed: null, duration: null, overall_rating: 3 }],
    ['a transfer', { ...UNTOLD, is_missed: null, duration: null, transfer_to_agent_id: 2 }],
    ['a duration, and was not missed', { ...UNTOLD, duration: 300 }],
  ])('that shows %s is asked for again the next night, and believed then', async (_, signs) => {
    const bench = await openVisitor();
    addTalk(bench.records, 9, noon(bench.now(), -1), signs, 0);
    await expectDoubt(bench, await bench.sync({ only }), { resource: 'messages', reason: 'no_messages' });
    await bench.advance({ days: 1 });
    bench.requestsSince();
    await expectExact(bench, await bench.sync({ only }), NAMES);
    expect(bench.requestsSince('messages')).toEqual(['/messages.json?include_admin=true&chat_id=9']);
    await bench.advance({ days: 1 });
    await expectExact(bench, await bench.sync({ only }), NAMES);
    expect(bench.requestsSince('messages')).toEqual([]);
  });

  it('that shows a response has them when they come a night later', async () => {
    const bench = await openVisitor();
    addTalk(bench.records, 9, noon(bench.now(), -1));
    const first = bench.now().getTime();
    bench.source.on(
      'messages',
      changed((records) => records.filter((one) => bench.now().getTime() > first || !ofChats(9)(one))),
    );
    await expectDoubt(bench, await bench.sync({ only }), { resource: 'messages', reason: 'no_messages' });
    await bench.advance({ days: 1 });
    await expectExact(bench, await bench.sync({ only }), NAMES);
  });

  it('that was missed, or shows nothing, is believed at once', async () => {
    const bench = await openVisitor();
    addTalk(bench.records, 8, noon(bench.now(), -1), { ...MISSED, duration: 40 }, 0);
    addTalk(bench.records, 9, noon(bench.now(), -2), { ...UNTOLD, is_missed: null, duration: null }, 0);
    await expectExact(bench, await bench.sync({ only }), NAMES);
    await bench.advance({ days: 1 });
    bench.requestsSince();
    await expectExact(bench, await bench.sync({ only }), NAMES);
    expect(bench.requestsSince('messages')).toEqual([]);
  });
});

describe('messages that are cut without a word', () => {
  it.each(['oldest', 'newest'] as const)('by visitor, the %s kept, come by chat, or the run is partial', async (keep) => {
    const bench = await openVisitor(30);
    bench.source.on('messages', cutAt(50, keep));
    await expectAllOrPartial(bench, await bench.sync({ only }), 'messages');
  });

  it.each([50, 100])('by chat, at %i, are said not to be whole', async (size) => {
    const bench = await openVisitor(4);
    for (const id of [11, 12]) addTalk(bench.records, id, noon(bench.now(), -3), {}, size + 20);
    bench.source.on('messages', cutAt(size, 'oldest'));
    await expectDoubt(bench, await bench.sync({ only }), { resource: 'messages', reason: 'messages_cut' });
  });
});

describe('messages of a single chat whose answer may be cut', () => {
  const CHAT = 9;
  /** One chat with so many messages, of which the system wrote those chosen; the source cuts at 50. */
  async function openLong(messages: number, isSystem: (place: number) => boolean, size = 50): Promise<EvidenceBench> {
    const bench = await openVisitor();
    addTalk(bench.records, CHAT, noon(bench.now(), -2), {}, messages);
    for (const { id, attributes } of bench.records.messages.filter(ofChats(CHAT))) attributes.is_admin = isSystem(id - CHAT * 100);
    bench.source.on('messages', cutAt(size, 'oldest'));
    return bench;
  }
  const looks = (bench: EvidenceBench) => bench.requestsSince('messages').filter((path) => path.includes('include_admin=false')).length;

  it('are said not to be whole when asking without those of the system brings others', async () => {
    const bench = await openLong(60, (place) => place === 3);
    await expectDoubt(bench, await bench.sync({ only }), { resource: 'messages', reason: 'messages_cut' });
    await bench.advance({ days: 1 });
    await expectDoubt(bench, await bench.sync({ only }), { resource: 'messages', reason: 'messages_cut' });
    expect(looks(bench)).toBe(1);
  });

  it('put chats of earlier nights that have as many in doubt', async () => {
    const bench = await openLong(60, () => false);
    expect(await bench.sync({ only })).toMatchObject({ status: 'complete' });
    await bench.advance({ days: 1 });
    addTalk(bench.records, 12, noon(bench.now(), -1), {}, 60);
    for (const { id, attributes } of bench.records.messages) if (id === 1_205) attributes.is_admin = true;
    expect(await bench.sync({ only })).toMatchObject({ status: 'partial' });
    expect((await bench.doubts()).map(({ subject }) => subject).sort()).toEqual(['chat 12', `chat ${CHAT}`]);
  });

  it('are whole when it brings no others, and no chat of that size is looked at again', async () => {
    const bench = await openLong(50, (place) => place === 49);
    await expectExact(bench, await bench.sync({ only }), NAMES);
    addTalk(bench.records, 12, iso(bench.now(), -40_000), {}, 50);
    await bench.advance({ days: 1 });
    await expectExact(bench, await bench.sync({ only }), NAMES);
    expect(looks(bench)).toBe(1);
  });

  it('are said not to be whole also where by visitor the source cuts earlier', async () => {
    const bench = await openLong(60, (place) => place === 3);
    for (const id of [11, 12]) addTalk(bench.records, id, noon(bench.now(), -1), { visitor_id: VISITOR }, 20);
    const [ofVisitor, ofChat] = [cutAt(25, 'oldest'), cutAt(50, 'oldest')];
    bench.source.on('messages', (url, next) => (url.searchParams.has('visitor_username') ? ofVisitor : ofChat)(url, next));
    const report = await bench.sync({ only });
    expect(report.status).toBe('partial');
    expect((await bench.doubts()).map(({ subject }) => subject)).toEqual([`chat ${CHAT}`]);
  });

  it.each<[string, Override]>([
    ['brings the same', (_, next) => next()],
    ['is not known', (url, next) => (url.searchParams.get('include_admin') === 'false' ? { status: 400, body: { error: 'no' } } : next())],
  ])('are believed when the other way %s', async (_, override) => {
    const bench = await openLong(50, () => false);
    bench.source.on('messages', override);
    await expectExact(bench, await bench.sync({ only }), NAMES);
    await bench.advance({ days: 1 });
    await expectExact(bench, await bench.sync({ only }), NAMES);
    expect(looks(bench)).toBe(1);
  });
});

describe('a message that is served after the end of its chat', () => {
  it.each<[string, number, Record<string, unknown>]>([
    ['five minutes late', 5, {}],
    ['twenty minutes late', 20, {}],
    ['five minutes late, in a chat between agents', 5, { visitor_id: null, agent_id_to: 2 }],
    ['five minutes late, in one of the chats of a visitor', 5, { visitor_id: VISITOR }],
  ])('comes with the next sync: %s', async (_, minutes, attributes) => {
    const bench = await openVisitor();
    // It ends two minutes before the first night.
    addTalk(bench.records, 9, iso(bench.now(), -1_800), { duration: 1_680, ...attributes });
    const servedAt = Date.parse(iso(bench.now(), (minutes - 2) * 60));
    bench.source.on(
      'messages',
      changed((records) => records.filter(({ id }) => id !== 903 || bench.now().getTime() >= servedAt)),
    );
    expect(await bench.sync({ only })).toMatchObject({ status: 'complete', errors: [] });
    await bench.advance({ days: 1 });
    await expectExact(bench, await bench.sync({ only }), NAMES);
    await bench.advance({ days: 1 });
    bench.requestsSince();
    await expectExact(bench, await bench.sync({ only }), NAMES);
    expect(bench.requestsSince('messages')).toEqual([]);
  });

  it('comes also when a sync runs every ten minutes, which asks no more often than one a night', async () => {
    const bench = await openVisitor();
    await bench.sync({ only });
    addTalk(bench.records, 9, bench.now(), { duration: 300 });
    const servedAt = Date.parse(iso(bench.now(), 900));
    bench.source.on(
      'messages',
      changed((records) => records.filter(({ id }) => id !== 903 || bench.now().getTime() >= servedAt)),
    );
    bench.requestsSince();
    for (let run = 0; run < 12; run += 1) {
      await bench.advance({ minutes: 10 });
      await bench.sync({ only });
    }
    expect(await bench.differences(NAMES)).toEqual([]);
    expect(bench.requestsSince('messages').length).toBeLessThanOrEqual(2);
  });
});

describe('the messages of a chat, where the clock of the source is hours ahead', () => {
  it.each([3, 9])('come with the next sync also when that runs every ten minutes: by %i hours', async (hours) => {
    const bench = await openVisitor();
    for (let run = 0; run < 4; run += 1) {
      await bench.sync({ only });
      await bench.advance({ minutes: 10 });
    }
    addTalk(bench.records, 9, iso(bench.now(), hours * 3_600), { duration: 300 });
    const [chat, said] = [bench.records.chats.filter(({ id }) => id === 9), bench.records.messages.filter(ofChats(9))];
    bench.source.on(
      'chats',
      changed((records) => [...records, ...chat]),
    );
    bench.source.on('report', () => ({ data: { type: 'report', attributes: { total_chats: 4 } } }));
    bench.source.on(
      'messages',
      changed((records) => [...records, ...said]),
    );
    await bench.advance({ minutes: 10 });
    expect(await bench.sync({ only })).toMatchObject({ status: 'complete' });
    expect(await bench.rows('select count(*)::int as messages from chatrhub.messages where chat_id = 9')).toEqual([
      { messages: said.length },
    ]);
    bench.requestsSince();
    for (let run = 0; run < 6; run += 1) {
      await bench.advance({ minutes: 10 });
      await bench.sync({ only });
    }
    expect(bench.requestsSince('messages')).toEqual([]);
  });
});

describe('messages that are not sent for a night', () => {
  it.each<[string, Override]>([
    ['an empty list', () => ({ data: [] })],
    ['null', () => ({ data: null })],
    ['404', () => ({ status: 404, body: '' })],
  ])('but %s, come the next one, also those of chats that show nothing of what was said', async (_, said) => {
    const bench = await openVisitor();
    await bench.sync({ only });
    await bench.advance({ days: 1 });
    addTalk(bench.records, 9, noon(bench.now(), -1), { visitor_id: 509 });
    addTalk(bench.records, 8, noon(bench.now(), -1), { ...MISSED, visitor_id: 508 }, 1);
    bench.source.on('messages', said);
    await expectDoubt(bench, await bench.sync({ only }), { resource: 'messages', reason: 'no_messages' });
    bench.source.restore();
    await bench.advance({ days: 1 });
    await expectExact(bench, await bench.sync({ only }), NAMES);
  });

  it.each([
    ['another visitor', 501, [7, 8, 9]],
    ['the same visitor', VISITOR, [7]],
  ])("but another chat's of %s, prove nothing of a chat", async (_, visitorId, ids) => {
    const bench = await openVisitor();
    await bench.sync({ only });
    for (const id of ids) {
      await bench.advance({ days: 1 });
      addTalk(bench.records, id, noon(bench.now(), -1), { ...MISSED, visitor_id: visitorId }, 1);
      bench.source.on('messages', () => ({ data: bench.records.messages.filter(ofChats(1)) }));
      await expectDoubt(bench, await bench.sync({ only }), { resource: 'messages', reason: 'not_asked_for' });
    }
    bench.source.restore();
    await bench.advance({ days: 1 });
    await expectExact(bench, await bench.sync({ only }), NAMES);
  });
});

describe('one record of the year 2099', () => {
  it.each<['agents' | 'visitors' | 'chats']>([['agents'], ['visitors'], ['chats']])(
    'of %s is not taken for the time of the source: a message that is served late comes, and nothing of the future',
    async (name) => {
      const bench = await openVisitor();
      Object.assign(bench.records[name][0]?.attributes ?? {}, { updt_dt: '2099-01-01T00:00:00+00:00' });
      await bench.sync({ only });
      await bench.advance({ days: 1 });
      addTalk(bench.records, 9, iso(bench.now(), -900), { duration: 600 });
      const late = bench.records.messages.pop();
      await bench.sync({ only });
      if (late) bench.records.messages.push(late);
      await bench.advance({ days: 1 });
      await expectExact(bench, await bench.sync({ only }), NAMES);
    },
  );
});

describe('two visitors with one user name', () => {
  it.each<[string, (records: Sent[]) => Sent[]]>([
    ["the first one's messages", (records) => records.filter(ofChats(1, 2, 3))],
    ["the second one's messages", (records) => records.filter(ofChats(11, 12))],
    ["both's messages", (records) => records],
  ])('have all theirs, when it leads to %s', async (_, change) => {
    const bench = await openVisitor();
    bench.records.visitors.push(visitor(501, { xmpp_username: `visitor-${VISITOR}` }));
    for (const id of [11, 12]) addTalk(bench.records, id, noon(bench.now(), id - 14), { visitor_id: 501 });
    const named = changed(change);
    bench.source.on('messages', (url, next) => (url.searchParams.has('visitor_username') ? named(url, next) : next()));
    await expectExact(bench, await bench.sync({ only }), NAMES);
    expect(bench.requestsSince('messages').filter((path) => path.includes('visitor_username'))).toEqual([]);
  });

  it('have all theirs, when a list that is read later shows it, and the chats show no sign of messages', async () => {
    const bench = await open();
    addSmallAccount(bench.records, bench.now(), { chats: 0, activityDays: 0 });
    for (const id of [1, 2])
      addTalk(bench.records, id, noon(bench.now(), id - 4), { visitor_id: VISITOR, ...UNTOLD, is_missed: null, duration: null });
    bench.records.visitors.push(visitor(501, { xmpp_username: `visitor-${VISITOR}` }));
    bench.source.on(
      'messages',
      byVisitor(() => false),
    );
    await expectExact(bench, await bench.sync({ only: [...only, 'visitors'] }), NAMES);
    await bench.advance({ days: 8 });
    bench.requestsSince();
    await expectExact(bench, await bench.sync({ only: [...only, 'visitors'] }), NAMES);
    expect(bench.requestsSince('messages')).toEqual([]);
  });

  it('have all theirs, when the second one comes a night later', async () => {
    const bench = await openVisitor();
    bench.source.on('messages', byVisitor(ofChats(1, 2, 3)));
    await expectExact(bench, await bench.sync({ only }), NAMES);
    await bench.advance({ days: 1 });
    bench.records.visitors.push(visitor(501, { xmpp_username: `visitor-${VISITOR}` }));
    for (const id of [11, 12]) addTalk(bench.records, id, iso(noon(bench.now(), -1), id * 600), { visitor_id: 501 });
    await expectExact(bench, await bench.sync({ only }), NAMES);
  });
});

import { describe, expect, it } from 'vitest';
import { daysOpener } from '../../support/chat-days.ts';
import { type EvidenceBench, useBench } from '../../support/evidence-bench.ts';
import { expectAllOrPartial, expectDoubt, expectExact } from '../../support/evidence-expect.ts';
import { chatsOf, isOfDays, report } from '../../support/scripted-chats.ts';
import { addActivity, addSmallAccount, addTalk, BEAT_OUT, iso, midnight, noon, type Sent } from '../../support/scripted-records.ts';
import { type Body, cutAt, type Override, ofAnyDays } from '../../support/scripted-source.ts';

const open = useBench();
const openDays = daysOpener(open);
const only = ['agents', 'groups', 'chats'];

const verified = (bench: EvidenceBench) =>
  bench.rows(`select covered_from from chatrhub_sync.coverage where resource = 'chats' and verified_at is not null`);
const covered = (bench: EvidenceBench) => bench.rows(`select covered_from from chatrhub_sync.coverage where resource = 'chats'`);
const short = (bench: EvidenceBench) =>
  bench.rows(`select covered_from from chatrhub_sync.coverage where resource = 'chats' and source_total > warehouse_total`);
/** A report that counts the chats of its days that it knows of. */
const counting =
  ({ records, now }: EvidenceBench, isCounted: (chat: Sent) => boolean = () => true, isAsked = isOfDays): Override =>
  ({ searchParams }) => {
    const chats = records.chats.filter((chat) => Date.parse(String(chat.attributes.create_dt)) <= now().getTime() && isCounted(chat));
    return report(chatsOf(chats, searchParams, isAsked));
  };
const NOT_FOUND = { status: 404, body: { error: 'not found' } };

describe('a report that is just where the text has it', () => {
  it.each<[string, unknown]>([
    ['{"data": null}', { data: null }],
    ['{"data": {}}', { data: {} }],
    ['{"data": []}', { data: [] }],
    ['{}', {}],
    ['404', NOT_FOUND],
    ['a report without a total', { data: { type: 'report', id: 2, attributes: { missed_chats: null, total_chats: null } } }],
  ])('leads to all chats, though the list is cut at three and the other path says %s', async (_, nothing) => {
    const bench = await openDays(8);
    bench.source.on('chats', cutAt(3));
    const total = counting(bench);
    bench.source.on('report', (url, next) => (url.pathname.startsWith('/agents/') ? total(url, next) : nothing));
    await expectExact(bench, await bench.sync({ only }), ['chats']);
    expect(await verified(bench)).not.toEqual([]);
    await bench.advance({ days: 1 });
    bench.requestsSince();
    await expectExact(bench, await bench.sync({ only }), ['chats']);
    // Where it is was remembered.
    expect(bench.requestsSince('report').filter((path) => path.startsWith('/chats/'))).toEqual([]);
  });
});

describe('chats of other days than were asked for', () => {
  it.each<[string, Override | undefined]>([
    ['beside a report', undefined],
    ['without a report', () => NOT_FOUND],
  ])('prove nothing of those days %s, and they are read again when the source heeds them', async (_, said) => {
    const bench = await openDays(14);
    bench.source.on('chats', ofAnyDays(5));
    if (said) bench.source.on('report', said);
    await expectDoubt(bench, await bench.sync({ only }), { resource: 'chats', reason: 'not_asked_for' });
    bench.source.restore();
    await bench.advance({ hours: 1 });
    await expectExact(bench, await bench.sync({ only }), ['chats']);
  });

  it('prove nothing of history either, though they are as many as the report counts', async () => {
    const bench = await openDays(20, { startDays: 9 });
    await bench.sync({ only });
    const from = midnight(bench.now(), -20).slice(0, 10);
    bench.source.on('chats', ofAnyDays(12));
    await expectDoubt(bench, await bench.backfill(from, { only }), { resource: 'chats', reason: 'not_asked_for' });
    bench.source.restore();
    await expectExact(bench, await bench.backfill(from, { only }), ['chats'], { from });
  });
});

describe('a report that is forbidden once', () => {
  it('is asked for again by the next sync', async () => {
    const bench = await openDays(8);
    bench.source.on('report', ({ pathname }) => (pathname.startsWith('/chats/') ? { status: 403, body: { error: 'busy' } } : NOT_FOUND));
    await expectDoubt(bench, await bench.sync({ only }), { resource: 'chats', reason: 'no_report', mayBeMissing: false });
    expect(await verified(bench)).toEqual([]);
    bench.source.restore();
    await bench.advance({ days: 1 });
    await expectExact(bench, await bench.sync({ only }), ['chats']);
    expect(await verified(bench)).not.toEqual([]);
  });
});

describe('a chat that begins between the report and the list', () => {
  it('does not hide that the list is cut', async () => {
    const bench = await openDays(10, { perDay: 10 });
    bench.source.on('chats', cutAt(100));
    bench.source.on('report', (_, next) => {
      const counted = next();
      if (bench.records.chats.length === 100) addTalk(bench.records, 101, iso(bench.now(), -1), { agent_id: 1 }, 0);
      return counted;
    });
    await expectExact(bench, await bench.sync({ only }), ['chats']);
  });
});

describe('a list that says that it goes on, and not how', () => {
  it.each(['oldest', 'newest'] as const)('comes in parts, the %s first, when the report says how much there is', async (keep) => {
    const bench = await openDays(40);
    bench.source.on('chats', (url, next) => {
      const [all, cut] = [next(), cutAt(10, keep)(url, next) as Body];
      return { ...cut, has_more: (all.data as Sent[]).length > 10 };
    });
    await expectExact(bench, await bench.sync({ only }), ['chats']);
    expect(await verified(bench)).not.toEqual([]);
  });

  it('is in doubt when nothing says how much there is', async () => {
    const bench = await openDays(40);
    bench.source.on('report', () => NOT_FOUND);
    bench.source.on('chats', (url, next) => ({ ...(cutAt(10)(url, next) as Body), has_more: true }));
    await expectDoubt(bench, await bench.sync({ only }), { resource: 'chats', reason: 'more_announced' });
  });
});

describe('a report that cannot be had', () => {
  it.each([
    ['500', { status: 500, body: { error: 'internal' } }],
    ['503 with a page', { status: 503, headers: { 'content-type': 'text/html' }, body: '<h1>Unavailable</h1>' }],
    ['502', { status: 502, body: '' }],
    [
      'a total beside an error',
      { data: { type: 'report', id: 1, attributes: { total_chats: 2 } }, errors: [{ detail: 'statement timeout' }] },
    ],
    ['a total beside success: false', { data: { type: 'report', id: 1, attributes: { total_chats: 2 } }, success: false }],
  ])('because it fails (%s) leaves chats unverified and the run partial, night after night', async (_, failure) => {
    const bench = await open();
    addSmallAccount(bench.records, bench.now());
    bench.source.on('report', () => failure);
    for (const _night of [0, 1]) {
      await expectDoubt(bench, await bench.sync(), { resource: 'chats', reason: 'report_failed' });
      expect(await bench.differences()).toEqual([]);
      expect(await covered(bench)).not.toEqual([]);
      expect(await verified(bench)).toEqual([]);
      await bench.advance({ hours: 1 });
    }
    bench.source.restore('report');
    await expectExact(bench, await bench.sync());
  });

  it.each<[string, unknown]>([
    ['404', NOT_FOUND],
    ['403', { status: 403, body: { error: 'forbidden' } }],
    ['{"data": null}', { data: null }],
    ['{"data": {}}', { data: {} }],
  ])('because there is none (%s) leaves chats unverified, which is shown and fails no run', async (_, nothing) => {
    const bench = await openDays(8);
    bench.source.on('report', () => nothing);
    await expectDoubt(bench, await bench.sync({ only }), { resource: 'chats', reason: 'no_report', mayBeMissing: false });
    expect(await bench.differences(['chats'])).toEqual([]);
    expect(await verified(bench)).toEqual([]);
  });

  it('in the first night alone is asked for in the second, and proves all', async () => {
    const bench = await openDays(8);
    bench.source.on('report', () => ({ data: null }));
    await bench.sync({ only });
    bench.source.restore('report');
    await bench.advance({ days: 1 });
    await expectExact(bench, await bench.sync({ only }), ['chats']);
    expect(await verified(bench)).not.toEqual([]);
  });

  it.each<[string, unknown]>([
    ['404', NOT_FOUND],
    ['403', { status: 403, body: { error: 'forbidden' } }],
    ['{"data": null}', { data: null }],
    ['{}', {}],
  ])('though it gave totals before (%s) leaves the run partial until it gives some again', async (_, nothing) => {
    const bench = await openDays(8);
    await expectExact(bench, await bench.sync({ only }), ['chats']);
    bench.source.on('report', () => nothing);
    for (const _night of [1, 2]) {
      await bench.advance({ days: 1 });
      await expectDoubt(bench, await bench.sync({ only }), { resource: 'chats', reason: 'report_failed' });
    }
    bench.source.restore('report');
    await expectExact(bench, await bench.sync({ only }), ['chats']);
  });

  it('of days without chats, of which it says nothing, leaves the run complete', async () => {
    const bench = await openDays(8);
    bench.source.on('report', ({ searchParams }, next) =>
      chatsOf(bench.records.chats, searchParams).length > 0 ? next() : { data: null },
    );
    await expectExact(bench, await bench.sync({ only }), ['chats']);
    for (const _night of [1, 2]) {
      await bench.advance({ days: 20 });
      await expectExact(bench, await bench.sync({ only }), ['chats']);
    }
  });

  it('because there is none is asked for in two nights, then once a month', async () => {
    const bench = await openDays(8);
    bench.source.on('report', () => NOT_FOUND);
    const asked: number[] = [];
    for (let night = 0; night < 34; night += 1) {
      addTalk(bench.records, 100 + night, iso(bench.now(), -20_000), { agent_id: 1 }, 0);
      await bench.sync({ only });
      asked.push(bench.requestsSince('report').length);
      await bench.advance({ days: 1 });
    }
    // At both paths.
    expect(asked.flatMap((count, night) => (count > 0 ? [[night, count]] : []))).toEqual([
      [0, 2],
      [1, 2],
      [31, 2],
    ]);
  });

  it.each(['oldest', 'newest'] as const)('does not hide that the list is cut at a round number, the %s kept', async (keep) => {
    const bench = await openDays(8, { perDay: 20 });
    bench.source.on('report', () => NOT_FOUND);
    bench.source.on('chats', cutAt(100, keep));
    await expectAllOrPartial(bench, await bench.sync({ only }), 'chats');
  });
});

/** A source whose days are those of the last change. */
const byChange = (chat: Sent, query: URLSearchParams) => isOfDays(chat, query, 'updt_dt');

describe('chats that are listed by change', () => {
  const openChanged = async (startDays: number) => {
    const bench = await openDays(40, { startDays });
    bench.records.chats.forEach((chat, i) => {
      if (i % 3 === 0 && i < 25) chat.attributes.updt_dt = iso(noon(bench.now(), i - 40 + 5 + (i % 10)));
    });
    listByChange(bench);
    return bench;
  };
  const listByChange = (bench: EvidenceBench): void => {
    bench.source.on('chats', ({ searchParams }, next) => {
      const all = next() && bench.records.chats.filter((chat) => Date.parse(String(chat.attributes.create_dt)) <= bench.now().getTime());
      return { data: structuredClone(chatsOf(all, searchParams, byChange)) };
    });
    bench.source.on('report', counting(bench, undefined, byChange));
  };

  it('of a history in two pieces, the newer first, miss nobody, and agree with the report', async () => {
    const bench = await openChanged(10);
    const first = noon(bench.now(), -40).slice(0, 10);
    await bench.sync({ only });
    for (const from of [noon(bench.now(), -20).slice(0, 10), first])
      expect(await bench.backfill(from, { only })).toMatchObject({ status: 'complete', errors: [] });
    expect(await bench.missing('chats')).toEqual([]);
    expect(await bench.differences(['chats'], { from: first })).toEqual([]);
    expect(await bench.reconcile()).toMatchObject({ status: 'complete', differences: [] });
  });

  it('and change from one night to the next, miss nobody', async () => {
    const bench = await openChanged(42);
    for (const id of [3, 9, 38]) {
      await bench.sync({ only });
      await bench.advance({ days: 1 });
      Object.assign(bench.records.chats[id]?.attributes ?? {}, { tag: 'late', updt_dt: iso(bench.now(), -3_600) });
    }
    await expectExact(bench, await bench.sync({ only }), ['chats']);
    expect(await bench.missing('chats')).toEqual([]);
  });

  describe('and deleted', () => {
    const daysOf = ({ searchParams }: URL): number =>
      (Date.parse(searchParams.get('end_date') ?? '') - Date.parse(searchParams.get('start_date') ?? '')) / 86_400_000 + 1;
    const remove = (bench: EvidenceBench, ids: readonly number[]) => {
      bench.records.chats = bench.records.chats.filter(({ id }) => !ids.includes(id));
    };
    /** The source does something before it answers for chats, or instead. */
    const atAnswer = (bench: EvidenceBench, act: (url: URL) => unknown): void =>
      bench.source.on('chats', (url, next) => act(url) ?? next());
    const isOfOldDay = (bench: EvidenceBench, url: URL): boolean =>
      daysOf(url) <= 4 && (url.searchParams.get('end_date') ?? '') < noon(bench.now(), -31);
    const openRead = async () => {
      const bench = await openChanged(42);
      // Two chats of one old day.
      const [, second, third] = bench.records.chats;
      if (second && third) second.attributes.updt_dt = third.attributes.create_dt;
      await expectExact(bench, await bench.sync({ only }), ['chats']);
      return bench;
    };

    it('behind the lookback, are marked within a week', async () => {
      const bench = await openRead();
      remove(bench, [3, 6]);
      await bench.advance({ days: 8 });
      await expectExact(bench, await bench.sync({ only }), ['chats']);
      expect((await bench.missing('chats')).sort()).toEqual(['3', '6']);
    });

    it.each([
      ['before the report of their day', 'report', 'complete'],
      ['after it', 'chats', 'partial'],
    ] as const)('are marked, and one that changes %s is asked for is not', async (_, endpoint, status) => {
      const bench = await openRead();
      remove(bench, [3]);
      await bench.advance({ days: 8 });
      const [, other] = bench.records.chats;
      bench.source.on(endpoint, (url, next) => {
        // The comparison of days asks for these without a day more on either side.
        if (isOfOldDay(bench, url) && daysOf(url) === 4 && other) other.attributes.updt_dt = iso(bench.now());
        return next();
      });
      expect(await bench.sync({ only })).toMatchObject({ status });
      if (status === 'complete') expect(await bench.differences(['chats'])).toEqual([]);
      bench.source.restore(endpoint);
      listByChange(bench);
      await bench.advance({ days: 1 });
      await expectExact(bench, await bench.sync({ only }), ['chats']);
      expect(await bench.missing('chats')).toEqual(['3']);
    });

    /** No record says when it changed: one is deleted behind the lookback, and another one of these days changed since. */
    const openUndated = async () => {
      const bench = await openChanged(42);
      bench.source.on('chats', ({ searchParams }) => {
        const listed = structuredClone(chatsOf(bench.records.chats, searchParams, byChange));
        for (const { attributes } of listed) attributes.updt_dt = null;
        return { data: listed };
      });
      expect(await bench.sync({ only })).toMatchObject({ status: 'complete', errors: [] });
      remove(bench, [3]);
      await bench.advance({ days: 8 });
      Object.assign(bench.records.chats[1]?.attributes ?? {}, { tag: 'late', updt_dt: iso(bench.now(), -3_600) });
      return bench;
    };

    it('are marked where no record says when it changed, and one that changed is not', async () => {
      const bench = await openUndated();
      expect(await bench.sync({ only })).toMatchObject({ status: 'complete', errors: [] });
      expect(await bench.missing('chats')).toEqual(['3']);
      expect(await bench.rows(`select chat_id from chatrhub.chats where tag = 'late'`)).toHaveLength(1);
    });

    it('stay in doubt where no record says when it changed, and no answer has all days since', async () => {
      const bench = await openUndated();
      atAnswer(bench, (url) => (daysOf(url) > 10 ? { status: 400, body: { error: 'invalid range' } } : undefined));
      await expectDoubt(bench, await bench.sync({ only }), { resource: 'chats', reason: 'totals_differ' });
      expect(await bench.missing('chats')).toEqual([]);
    });

    it('are marked, where the list refuses more than ten days', async () => {
      const bench = await openRead();
      remove(bench, [20, 33]);
      atAnswer(bench, (url) => (daysOf(url) > 10 ? { status: 400, body: { error: 'invalid range' } } : undefined));
      await bench.advance({ days: 1 });
      await expectExact(bench, await bench.sync({ only }), ['chats']);
      expect((await bench.missing('chats')).sort()).toEqual(['20', '33']);
    });

    /** Reads old days of which a chat is gone, and another one changed on a day that is so many days ago; asking for that day fails. */
    const moveToUnread = async (daysAgo: number, unread: (bench: EvidenceBench, day: string) => unknown) => {
      const bench = await openRead();
      remove(bench, [3]);
      await bench.advance({ days: 8 });
      const [, other] = bench.records.chats;
      const day = noon(bench.now(), -daysAgo);
      if (other) other.attributes.updt_dt = iso(day);
      await unread(bench, day.slice(0, 10));
      expect((await bench.sync({ only })).status).toBe('partial');
      expect(await bench.missing('chats')).toEqual([]);
      bench.source.restore();
      listByChange(bench);
      await bench.backfill(noon(bench.now(), -60).slice(0, 10), { only });
      await bench.advance({ days: 8 });
      await expectExact(bench, await bench.sync({ only }), ['chats']);
      expect(await bench.missing('chats')).toEqual(['3']);
    };
    const failFor = (bench: EvidenceBench, day: string): void =>
      atAnswer(bench, (url) => {
        if (daysOf(url) > 10) return { status: 400, body: { error: 'invalid range' } };
        const [from, until] = ['start_date', 'end_date'].map((name) => url.searchParams.get(name) ?? '') as [string, string];
        return from <= day && until >= day ? { status: 500, body: '' } : undefined;
      });

    it('are not marked, nor what has changed since, as long as a later day is not read', async () => {
      await moveToUnread(15, failFor);
    });

    it('nor while a later day behind the lookback is in doubt', async () => {
      await moveToUnread(36, failFor);
    });

    it('nor while there are later days that were never read', async () => {
      await moveToUnread(36, async (bench, day) => {
        await bench.rows(
          `insert into chatrhub_sync.coverage (resource, scope, covered_from, covered_until, verified_at)
           select resource, scope, '${day}'::date + 2, covered_until, verified_at from chatrhub_sync.coverage where resource = 'chats' returning 1`,
        );
        await bench.rows(
          `update chatrhub_sync.coverage set covered_until = '${day}'::date - 1 where resource = 'chats' and covered_from < '${day}'::date returning 1`,
        );
      });
    });

    it.each<[string, (bench: EvidenceBench, day: string) => Promise<unknown>]>([
      ['reconcile --repair', (bench) => bench.reconcile({ repair: true })],
      ['backfill --refresh', (bench, day) => bench.backfill(day, { only, refresh: true })],
    ])('are in doubt after %s, which reads no later days, and marked by the next sync', async (_, command) => {
      const bench = await openRead();
      remove(bench, [3]);
      await bench.advance({ days: 1 });
      expect(await command(bench, noon(bench.now(), -42).slice(0, 10))).toMatchObject({ status: 'partial' });
      // Reconcile asks for messages, too, of which the chats here have none.
      const reasons = async () => (await bench.doubts()).filter(({ resource }) => resource === 'chats').map(({ reason }) => reason);
      expect(await reasons()).toEqual(['totals_differ']);
      expect(await bench.missing('chats')).toEqual([]);
      await bench.sync({ only });
      expect(await reasons()).toEqual([]);
      expect(await bench.differences(['chats'])).toEqual([]);
      expect(await bench.missing('chats')).toEqual(['3']);
    });

    it('stay in doubt as long as a later day cannot be proved', async () => {
      const bench = await openRead();
      remove(bench, [3]);
      await bench.advance({ days: 8 });
      let isOldRead = false;
      atAnswer(bench, (url) => {
        const fails = isOldRead && !isOfOldDay(bench, url);
        isOldRead ||= isOfOldDay(bench, url);
        return fails ? { status: 500, body: '' } : undefined;
      });
      await expectDoubt(bench, await bench.sync({ only }), { resource: 'chats', reason: 'totals_differ' });
      expect(await bench.missing('chats')).toEqual([]);
      atAnswer(bench, () => {
        isOldRead = false;
      });
      await bench.advance({ days: 1 });
      await expectExact(bench, await bench.sync({ only }), ['chats']);
      expect(await bench.missing('chats')).toEqual(['3']);
    });
  });
});

describe('a report that was late once', () => {
  it('proves days again the next night, and shows who is gone', async () => {
    const bench = await openDays(6, { perDay: 4 });
    await expectExact(bench, await bench.sync({ only }), ['chats']);
    await bench.advance({ days: 1 });
    const yesterday = [...bench.records.chats];
    addTalk(bench.records, 901, noon(bench.now(), -1), {}, 0);
    bench.source.on('report', (url) => report(chatsOf(yesterday, url.searchParams)));
    await expectDoubt(bench, await bench.sync({ only }), { resource: 'chats', reason: 'report_counts_less', mayBeMissing: false });
    bench.source.restore();
    await bench.advance({ days: 1 });
    await expectExact(bench, await bench.sync({ only }), ['chats']);
    bench.records.chats = bench.records.chats.filter(({ id }) => id !== 20);
    await bench.advance({ days: 1 });
    bench.requestsSince();
    await expectExact(bench, await bench.sync({ only }), ['chats']);
    expect(await bench.missing('chats')).toEqual(['20']);
    expect(bench.requestsSince('chats')).toHaveLength(1);
  });
});

describe('a list that is empty for a night', () => {
  it.each([6, 60])('of chats is no list that leaves its last day out: %i days are whole the next night, and cost little', async (days) => {
    const bench = await openDays(days, { perDay: 3, startDays: days + 1 });
    const sync = () => bench.sync({ only, lookbackDays: days });
    await expectExact(bench, await sync(), ['chats']);
    await bench.advance({ days: 1 });
    addTalk(bench.records, 901, noon(bench.now(), -1), {}, 0);
    bench.source.on('chats', () => ({ data: [] }));
    bench.requestsSince();
    await expectDoubt(bench, await sync(), { resource: 'chats', reason: 'fewer_than_reported' });
    expect(bench.requestsSince().length).toBeLessThanOrEqual(12);
    bench.source.restore();
    await bench.advance({ days: 1 });
    // The first of these days lies behind the lookback by now, and is read once more.
    await expectExact(bench, await sync(), ['chats']);
    expect(await bench.missing('chats')).toEqual([]);
  });
});

describe('a source without a report, whose list is empty for a night', () => {
  it.each<[string, () => unknown]>([
    ['an empty list', () => ({ data: [] })],
    ['null', () => ({ data: null })],
  ])('by %s, proves no days', async (_, nothing) => {
    const bench = await openDays(6);
    bench.source.on('report', () => ({ data: null }));
    await bench.sync({ only });
    await bench.advance({ days: 1 });
    addTalk(bench.records, 901, noon(bench.now(), -1), {}, 0);
    bench.source.on('chats', nothing);
    await expectDoubt(bench, await bench.sync({ only }), { resource: 'chats', reason: 'stored_not_sent' });
    bench.source.restore('chats');
    await bench.advance({ days: 1 });
    expect(await bench.sync({ only })).toMatchObject({ status: 'complete' });
    expect(await bench.differences(['chats'])).toEqual([]);
  });
});

describe('a report that leaves beat-out chats out', () => {
  it.each<[string, Override]>([
    ['the list shows the newest six', cutAt(6)],
    ['the list shows the oldest six', cutAt(6, 'oldest')],
  ])('marks nobody and verifies nothing, when %s from the second night on', async (_, cut) => {
    const bench = await openDays(10);
    for (const i of [0, 3, 5, 8]) Object.assign(bench.records.chats[i]?.attributes ?? {}, BEAT_OUT);
    bench.source.on(
      'report',
      counting(bench, ({ attributes }) => attributes.is_beat_out !== 1),
    );
    await expectDoubt(bench, await bench.sync({ only }), { resource: 'chats', reason: 'report_counts_less', mayBeMissing: false });
    expect(await verified(bench)).toEqual([]);
    bench.source.on('chats', cut);
    for (const _night of [1, 2]) {
      await bench.advance({ days: 1 });
      expect((await bench.sync({ only })).status).not.toBe('failed');
      expect(await bench.missing('chats')).toEqual([]);
      expect(await verified(bench)).toEqual([]);
    }
  });

  it('loads all that are listed, and says each night that it cannot prove them', async () => {
    const bench = await openDays(10);
    Object.assign(bench.records.chats[4]?.attributes ?? {}, BEAT_OUT);
    bench.source.on(
      'report',
      counting(bench, ({ attributes }) => attributes.is_beat_out !== 1),
    );
    for (const _night of [0, 1]) {
      await expectDoubt(bench, await bench.sync({ only }), { resource: 'chats', reason: 'report_counts_less', mayBeMissing: false });
      expect(await bench.differences(['chats'])).toEqual([]);
      await bench.advance({ days: 1 });
    }
  });
});

const dayNumber = (day: string | null) => Date.parse(`${day}T00:00:00Z`) / 86_400_000;

describe('a source that refuses', () => {
  const refusing =
    ({ now }: EvidenceBench, status: number, { days = 31, ahead = 0 }): Override =>
    ({ searchParams }, next) => {
      const [from, until] = [dayNumber(searchParams.get('start_date')), dayNumber(searchParams.get('end_date'))];
      const isRefused = until - from + 1 > days || until > dayNumber(now().toISOString().slice(0, 10)) + ahead;
      return isRefused ? { status, body: { error: 'invalid range' } } : next();
    };

  it.each([
    ['more than 31 days and an end in the future', 400, {}],
    ['more than 31 days and an end in the future', 422, {}],
    ['more than 31 days', 413, { ahead: 9 }],
    ['more than 31 days', 504, { ahead: 9 }],
    ['more than a week and an end in the future', 400, { days: 7 }],
    ['an end in the future', 400, { days: 9_999 }],
  ])('%s (%i) is asked for less, and not again for what it refused', async (_, status, options) => {
    const bench = await openDays(34, { startDays: 34 });
    for (const id of [1, 2]) addActivity(bench.records, id, midnight(bench.now(), -36), bench.now());
    for (const endpoint of ['chats', 'report', 'agent_activities'] as const) bench.source.on(endpoint, refusing(bench, status, options));
    const names = ['chats', 'agent_activities'] as const;
    await expectExact(bench, await bench.sync({ only: [...only, 'agent_activities'] }), names);
    await bench.advance({ days: 1 });
    const before = bench.source.requests.length;
    await expectExact(bench, await bench.sync({ only: [...only, 'agent_activities'] }), names);
    expect(bench.source.requests.slice(before).filter((request) => request.status === status)).toEqual([]);
  });

  it('days that have not begun where it is, eight hours behind, is asked for the last one that has', async () => {
    const bench = await openDays(5);
    const today = () => new Date(bench.now().getTime() - 8 * 3_600_000).toISOString().slice(0, 10);
    const refusingLater: Override = ({ searchParams }, next) =>
      String(searchParams.get('end_date')) > today() ? { status: 400, body: { error: 'invalid range' } } : next();
    for (const endpoint of ['chats', 'report'] as const) bench.source.on(endpoint, refusingLater);
    const lastAsked = async () => {
      const before = bench.source.requests.length;
      await expectExact(bench, await bench.sync({ only }), ['chats']);
      const asked = bench.source.requests.slice(before).filter(({ endpoint }) => endpoint === 'chats');
      return { end: /end_date=([\d-]+)/.exec(asked.at(-1)?.path ?? '')?.[1], refused: asked.filter(({ status }) => status === 400).length };
    };
    // At two in the morning, UTC, it is the day before there.
    expect(await lastAsked()).toMatchObject({ end: today() });
    await bench.advance({ hours: 12 });
    expect(await lastAsked()).toEqual({ end: bench.now().toISOString().slice(0, 10), refused: 0 });
    await bench.advance({ hours: 12 });
    expect(await lastAsked()).toEqual({ end: today(), refused: 0 });
  });

  it('days that have not begun, and whose days begin earlier from a night on, is asked for later ones again', async () => {
    const bench = await openDays(20, { startDays: 6 });
    await bench.advance({ hours: 18 });
    for (const id of [1, 2]) addActivity(bench.records, id, midnight(bench.now(), -9), iso(bench.now(), 5 * 86_400));
    let ahead = 0;
    const periodOf = (query: URLSearchParams) =>
      ['start_date', 'end_date'].map((name) => Date.parse(`${query.get(name)}T00:00:00Z`) - ahead * 3_600_000) as [number, number];
    const isAsked = ({ attributes }: Sent, query: URLSearchParams): boolean => {
      const [begin, last] = periodOf(query);
      const at = Date.parse(String(attributes.create_dt));
      return at >= begin && at < last + 86_400_000;
    };
    const refusing: Override = ({ searchParams }, next) =>
      periodOf(searchParams)[1] > bench.now().getTime() ? { status: 400, body: { error: 'invalid range' } } : next();
    const inZone: Override = (url, next) => {
      const asked = new URLSearchParams(url.searchParams);
      url.searchParams.set('start_date', '2000-01-01');
      url.searchParams.set('end_date', '2100-01-01');
      return { data: (next().data as Sent[]).filter((one) => isAsked(one, asked)) };
    };
    for (const endpoint of ['chats', 'agent_activities'] as const) bench.source.on(endpoint, inZone);
    bench.source.on(
      'report',
      counting(bench, () => true, isAsked),
    );
    for (const endpoint of ['chats', 'report', 'agent_activities'] as const) bench.source.on(endpoint, refusing);
    const sync = async () => expectExact(bench, await bench.sync({ only: [...only, 'agent_activities'] }), ['chats', 'agent_activities']);
    await sync();
    ahead = 14;
    await bench.advance({ hours: 23 });
    addTalk(bench.records, 99, iso(bench.now(), -3_600), { agent_id: 1 }, 0);
    await sync();
    await bench.advance({ days: 1 });
    const before = bench.source.requests.length;
    await sync();
    expect(bench.source.requests.slice(before).filter(({ status }) => status === 400)).toEqual([]);
    // Where there is no chat before these days, activity shows it, after the chats were read.
    ahead = 0;
    await sync();
    bench.records.chats = [];
    ahead = 14;
    await bench.advance({ hours: 23 });
    addTalk(bench.records, 100, iso(bench.now(), -3_600), { agent_id: 1 }, 0);
    await expectDoubt(bench, await bench.sync({ only: [...only, 'agent_activities'] }), { resource: 'chats', reason: 'unfinished' });
    await bench.advance({ hours: 1 });
    await sync();
  });

  it('every range of days is said to, with the setting that says how many are read', async () => {
    const bench = await openDays(5);
    bench.source.on('chats', () => ({ status: 400, body: { error: 'invalid range' } }));
    const run = await bench.sync({ only });
    await expectDoubt(bench, run, { resource: 'chats', reason: 'range_refused' });
    expect((await bench.doubts())[0]?.text).toContain('SYNC_LOOKBACK_DAYS');
    expect(await covered(bench)).toEqual([]);
  });
});

describe('a source that refuses days that are long over', () => {
  it.each([30, 10])('before %i days ago is asked for later ones only, and the days that are missing are in doubt', async (days) => {
    const bench = await openDays(40, { startDays: 40 });
    const refusing: Override = ({ searchParams }, next) =>
      Date.parse(String(searchParams.get('start_date'))) < bench.now().getTime() - (days + 1) * 86_400_000
        ? { status: 400, body: { error: 'too early' } }
        : next();
    for (const endpoint of ['chats', 'report'] as const) bench.source.on(endpoint, refusing);
    await expectDoubt(bench, await bench.sync({ only }), { resource: 'chats', reason: 'days_too_early' });
    const from = midnight(bench.now(), 1 - days).slice(0, 10);
    expect(await bench.differences(['chats'], { from })).toEqual([]);
    for (const night of [2, 3]) {
      await bench.advance({ days: 1 });
      addTalk(bench.records, 600 + night, noon(bench.now(), -1), {}, 0);
      bench.requestsSince();
      const run = await bench.sync({ only });
      expect(run).toMatchObject({ status: 'partial', errors: [] });
      expect(bench.requestsSince('chats').length).toBe(1);
      expect(await bench.differences(['chats'], { from })).toEqual([]);
    }
    bench.source.restore();
    await bench.advance({ days: 31 });
    await bench.sync({ only });
    const start = noon(bench.now(), -80).slice(0, 10);
    await expectExact(bench, await bench.backfill(start, { only }), ['chats'], { from: start });
  });

  it('and one day among others has failed for that day, and keeps nothing of it', async () => {
    const bench = await openDays(10, { startDays: 10 });
    const bad = midnight(bench.now(), -5).slice(0, 10);
    bench.source.on('chats', ({ searchParams }, next) => {
      const [from = '', until = ''] = [searchParams.get('start_date'), searchParams.get('end_date')].map(String);
      return from <= bad && until >= bad ? { status: 400, body: { error: 'broken' } } : next();
    });
    await expectDoubt(bench, await bench.sync({ only }), { resource: 'chats', reason: 'range_refused' });
    expect(await bench.rows(`select fact from chatrhub_sync.source_facts where fact like '%earliest%'`)).toEqual([]);
  });
});

describe('a source that fails for long ranges', () => {
  const failing =
    (status: number, days: number): Override =>
    ({ searchParams }, next) => {
      const [from, until] = [searchParams.get('start_date'), searchParams.get('end_date')].map((day) => Date.parse(String(day)));
      return Number(until) - Number(from) > days * 86_400_000 ? { status, body: 'timeout' } : next();
    };

  it.each([500, 502, 503, 520, 524, 408, 414])('with %i is asked for shorter ones, also in the next night', async (status) => {
    const bench = await openDays(20, { perDay: 2, startDays: 20 });
    bench.source.on('chats', failing(status, 9));
    await expectExact(bench, await bench.sync({ only }), ['chats']);
    await bench.advance({ days: 1 });
    const before = bench.source.requests.length;
    await expectExact(bench, await bench.sync({ only }), ['chats']);
    expect(bench.source.requests.slice(before).filter((request) => request.status === status)).toEqual([]);
  });

  it('and for short ones is asked for one day more, and has failed', async () => {
    const bench = await openDays(20, { perDay: 2, startDays: 20 });
    bench.source.on('chats', failing(500, 0));
    const run = await bench.sync({ only });
    expect(run).toMatchObject({ status: 'partial', errors: [{ resource: 'chats', error: expect.stringContaining('500') }] });
    expect(bench.requestsSince('chats').length).toBe(4 + 1);
  });
});

describe("a report whose days are not the list's", () => {
  const without: Override = ({ searchParams }, next) => {
    const end = searchParams.get('end_date') ?? '';
    return { data: (next().data as Sent[]).filter(({ attributes }) => String(attributes.create_dt).slice(0, 10) < end) };
  };

  it('because it counts the last day in and the list does not, makes no difference to a history', async () => {
    const bench = await openDays(40, { startDays: 10 });
    bench.source.on('chats', without);
    await expectExact(bench, await bench.sync({ only }), ['chats']);
    const from = noon(bench.now(), -40).slice(0, 10);
    await expectExact(bench, await bench.backfill(from, { only }), ['chats'], { from });
    expect(await short(bench)).toEqual([]);
    expect(await bench.missing('chats')).toEqual([]);
  });

  it('because it leaves the last day out and the list has it, makes none either, and hides no deletion for ever', async () => {
    const bench = await openDays(20);
    bench.source.on(
      'report',
      counting(
        bench,
        undefined,
        (chat, query) => isOfDays(chat, query) && String(chat.attributes.create_dt).slice(0, 10) < (query.get('end_date') ?? ''),
      ),
    );
    await expectExact(bench, await bench.sync({ only }), ['chats']);
    expect(await short(bench)).toEqual([]);
    bench.records.chats.splice(9, 1);
    await bench.advance({ days: 1 });
    await expectExact(bench, await bench.sync({ only }), ['chats']);
    expect(await bench.missing('chats')).toEqual(['10']);
  });
});

import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogue } from '../../src/analytics/catalogue.ts';
import { refreshStore } from '../../src/analytics/store/refresh-store.store.ts';
import { UsageError } from '../../src/errors.ts';
import { createReport } from '../../src/pages/report/report.ts';
import { addDays, dayOf } from '../../src/time/period.ts';
import { urlOf } from '../support/database.ts';
import { createLogins } from '../support/logins.ts';
import { countPlainly, readTile } from '../support/report-plain.ts';
import { createWarehouse, createWorkbench, type Workbench } from '../support/warehouse.ts';

const HOSTILE = `"><script>alert(1)</script><img src=x onerror=alert(2)>\u202egnp.exe & 'so'`;
const DAYS = 28;

let bench: Workbench;
let html: string;
let last: string;
const today = () => bench.account.now();
/** Brings what is stored of the views up to date with what a test did to the tables. */
const refresh = async () => expect((await refreshStore(bench.database, catalogue.views)).failed).toEqual([]);
const write = (from?: string, to?: string, now = today()) => createReport(bench.database, { from, to }, now).then((report) => report.html);

beforeAll(async () => {
  // At noon, so that the first day and the last have chats whenever this is run.
  const now = new Date(`${dayOf(new Date(Date.now() - 86_400_000))}T12:00:00Z`);
  bench = await createWorkbench({ seed: 11, agents: 7, days: DAYS, chats: 420, now }, {}, { refreshes: true });
  expect(await bench.sync()).toMatchObject({ status: 'complete' });
  last = dayOf(today());
  const { pool } = bench.database;
  // The account is a day behind the database's clock: its last day was not over when it was read.
  await pool.query(`update chatrhub_sync.requests set granted_at = granted_at - interval '1 day'`);
  await pool.query('update chatrhub.groups set group_name = $1 where group_id = (select min(group_id) from chatrhub.chats)', [HOSTILE]);
  await pool.query('update chatrhub.agents set full_name = $1 where agent_id = (select min(agent_id) from chatrhub.chats)', [HOSTILE]);
  await pool.query(`update chatrhub.tasks set task_type = $1 where task_type = 'operational'`, [HOSTILE]);
  await pool.query('update chatrhub.chats set messages_synced_at = null where chat_id % 5 = 0');
  await refresh();
  html = await write(addDays(last, -13), last);
});
afterAll(() => bench.close());

/** What a part of the page says, without markup. */
const textOf = (page: string, id: string): string => {
  const [, part = ''] = page.split(`<h2 id="${id}">`);
  return (part.split('</section>')[0] ?? '').replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
};

/** What it says before its sections. */
const headOf = (page: string): string => page.split('<section class="card"')[0] ?? '';

describe('a report', () => {
  it('begins with what plain loops count, beside the period before', async () => {
    const [from, until] = [addDays(last, -13), addDays(last, 1)];
    const now = await countPlainly(bench.database.pool, from, until);
    const before = await countPlainly(bench.database.pool, addDays(from, -14), from);
    expect(now.chats).toBeGreaterThan(100);
    expect(readTile(html, 'Chats')).toMatchObject({ value: `${now.chats}`, of: `${now.chats - now.missed} served` });
    expect(readTile(html, 'Chats').change).toMatch(new RegExp(`^${before.chats} before, [+−±]\\d+%$`));
    expect(readTile(html, 'Missed').of).toBe(
      `${now.missed} of ${now.chats} chats${now.missedUnknown > 0 ? `, ${now.missedUnknown} not known` : ''}`,
    );
    expect(readTile(html, 'Rated great').of).toBe(`${now.great} of ${now.rated} rated chats`);
    expect(readTile(html, 'Median first answer').of).toBe(`by people, in ${now.answered} chats, ${now.chats - now.withMessages} not known`);
    const seconds = Math.round(now.medianSeconds ?? Number.NaN);
    expect(readTile(html, 'Median first answer').value).toBe(`${Math.floor(seconds / 60)} min ${seconds % 60} s`);
  });

  it('has the same numbers for who may read chatrhub_bi and nothing of how it was made', async () => {
    const logins = createLogins(bench.database.pool, urlOf(bench.database));
    try {
      const { database } = await logins.add({ memberOf: 'chatrhub_analyst' });
      const { html: theirs } = await createReport(database, { from: addDays(last, -13), to: last }, today());
      const withoutAges = (page: string) => page.replace(/zr\d+/g, '').replace(/\d+\s(s|min)(\s\d+\ss)? ago/g, '');
      expect(withoutAges(theirs)).toBe(withoutAges(html));
    } finally {
      await logins.remove();
    }
  });

  it('is of the last 28 days that are whole when none are asked for; parts are hatched, and said to be parts', async () => {
    const { rows } = await bench.database.pool.query<{ first: string; last: string }>(
      'select min(date_day) as first, max(date_day) as last from chatrhub_bi.calendar where is_whole_day',
    );
    const [whole] = rows;
    expect(whole?.last).toBe(addDays(last, -1));
    const { period, html: page } = await createReport(bench.database, {}, today());
    expect(period).toMatchObject({ from: whole?.first, until: last });
    expect(page).not.toContain('a part of a day');
    expect(html).toContain('a part of a day</li>');
    expect(html).toMatch(/<path d="[^"]+" fill="var\(--part\)"/);
    expect(html).toMatch(/<th scope="row">[^<]+, not whole<\/th>/);
    expect(textOf(html, 'trust')).toContain('1 day of this period is not whole');
    expect(headOf(html)).toContain('1 of these 14 days is not whole');
    expect(html).not.toContain('change better');
    expect(headOf(page)).not.toContain('not whole');
    const part = await write(last, last);
    expect(headOf(part)).toContain(
      'This day is not whole: not over yet, or not read whole. The figures, and how they changed, are of a part.',
    );
  });

  it('is of one group where that is asked for, by its name or its number, and says what is not known of it', async () => {
    const { pool } = bench.database;
    const { rows } = await pool.query<{ id: number; name: string; chats: number }>(
      `select g.group_id as id, g.group_name as name, count(*) as chats from chatrhub.chats c join chatrhub.groups g using (group_id)
       where c.chat_type = 'visitor' and c.is_beat_out is not true and c.is_terminated is not true and c.created_at >= $1 and c.created_at < $2
       group by 1, 2 order by 3 desc, 1 limit 1`,
      [`${addDays(last, -13)}T00:00:00Z`, `${addDays(last, 1)}T00:00:00Z`],
    );
    const [largest] = rows;
    if (!largest) throw new Error('no chat has a group');
    for (const group of [largest.name, String(largest.id)]) {
      const { html: page } = await createReport(bench.database, { from: addDays(last, -13), to: last, group }, today());
      expect(readTile(page, 'Chats').value).toBe(`${largest.chats}`);
      expect(page).toContain('tasks are not known by group');
      for (const id of ['demand', 'load', 'backlog']) expect(page).not.toContain(`<h2 id="${id}">`);
      expect(page.match(/<div class="tile">/g)).toHaveLength(6);
      expect(textOf(page, 'agents')).not.toContain('hours online');
      expect(page).not.toMatch(/NaN|undefined|Infinity/);
    }
    await expect(createReport(bench.database, { group: 'Nobody' }, today())).rejects.toThrow(UsageError);
    await expect(createReport(bench.database, { group: 'Nobody' }, today())).rejects.toThrow(
      new RegExp(`no group Nobody with chats here: there are .*${largest.name.slice(-4)}`),
    );
  });

  it('tells namesakes apart by their ids, and merges nobody', async () => {
    const { pool } = bench.database;
    const { rows: agents } = await pool.query<{ id: number; name: string }>(
      `select agent_id as id, full_name as name from chatrhub.agents where not is_bot
       and agent_id in (select agent_id from chatrhub.chats where created_at >= $1 and not is_missed) order by 1 desc limit 2`,
      [addDays(last, -13)],
    );
    const { rows: groups } = await pool.query<{ id: number; name: string }>(
      'select group_id as id, group_name as name from chatrhub.groups where group_id in (select group_id from chatrhub.chats where not is_missed) order by 1 desc limit 2',
    );
    const rename = async (names: (string | undefined)[]) => {
      for (const [i, { id }] of agents.entries())
        await pool.query('update chatrhub.agents set full_name = $2 where agent_id = $1', [id, names[i] ?? agents[i]?.name]);
      for (const [i, { id }] of groups.entries())
        await pool.query('update chatrhub.groups set group_name = $2 where group_id = $1', [id, names[i] ?? groups[i]?.name]);
      await refresh();
    };
    await rename(['Kim', 'Kim']);
    try {
      const page = await write(addDays(last, -13), last);
      for (const { id } of agents) expect(page).toContain(`<th scope="row">Kim (${id})</th>`);
      for (const { id } of groups) expect(textOf(page, 'breakdown')).toContain(`Kim (${id})`);
      await expect(createReport(bench.database, { group: 'Kim' }, today())).rejects.toThrow(
        `2 groups are called Kim: choose one by its number, ${groups
          .map(({ id }) => id)
          .sort((a, b) => a - b)
          .join(' or ')}`,
      );
      const { group } = await createReport(bench.database, { group: String(groups[0]?.id) }, today());
      expect(group?.name).toBe(`Kim (${groups[0]?.id})`);
    } finally {
      await rename([]);
    }
  });

  it('counts handovers, repeat contacts, channels and busy hours as plain loops do', async () => {
    const { rows } = await bench.database.pool.query<{
      visitor_id: number;
      agent_id: number | null;
      transferred_to_agent_id: number | null;
      channel: string;
      at: number;
      until: number;
    }>(
      `select c.visitor_id, c.agent_id, c.transferred_to_agent_id, coalesce(v.channel, 'unknown') as channel,
         extract(epoch from c.created_at)::float8 as at, extract(epoch from coalesce(e.ended_at, c.created_at))::float8 as until
       from chatrhub.chats c left join chatrhub.visitors v using (visitor_id) join chatrhub_bi.chats_enriched e using (chat_id)
       where c.chat_type = 'visitor' and c.is_beat_out is not true and c.is_terminated is not true order by c.created_at, c.chat_id`,
    );
    const [from, until] = [Date.parse(addDays(last, -13)) / 1_000, Date.parse(addDays(last, 1)) / 1_000];
    const newest = Math.max(...rows.map(({ at }) => at));
    const tally = new Map<string, number>();
    const add = (key: string) => tally.set(key, (tally.get(key) ?? 0) + 1);
    for (const [i, chat] of rows.entries()) {
      if (chat.at < from || chat.at >= until) continue;
      add('chats');
      add(`channel ${chat.channel}`);
      add(`hour ${new Date(chat.at * 1_000).getUTCDay()} ${new Date(chat.at * 1_000).getUTCHours()}`);
      if (chat.transferred_to_agent_id !== null) add('transfers');
      const next = rows.slice(i + 1).find(({ visitor_id }) => visitor_id === chat.visitor_id);
      for (const days of [1, 7]) {
        if (chat.until > newest - days * 86_400) add(`too soon ${days}`);
        else if (next && next.at <= chat.until + days * 86_400) add(`again ${days}`);
      }
    }
    const of = (key: string) => tally.get(key) ?? 0;
    expect(of('transfers')).toBeGreaterThan(5);
    expect(of('again 7')).toBeGreaterThan(5);
    expect(textOf(html, 'transfers')).toContain(`${of('transfers')} chats were handed over`);
    const handed = [
      ...(html.split('<h2 id="transfers">')[1]?.split('</section>')[0] ?? '').matchAll(/<td>[^<]*<\/td><td class="number">(\d+)/g),
    ];
    expect(handed.reduce((total, [, chats]) => total + Number(chats), 0)).toBeLessThanOrEqual(of('transfers'));
    const [, day = '', week = ''] = html.split('<h2 id="repeats">')[1]?.split('<tr><th scope="row">') ?? [];
    for (const [row, days] of [
      [day, 1],
      [week, 7],
    ] as const) {
      expect(row).toContain(`of ${of('chats') - of(`too soon ${days}`)}</span>`);
      expect(row).toContain(`<td class="number">${of(`too soon ${days}`)}</td>`);
      const share = (100 * of(`again ${days}`)) / (of('chats') - of(`too soon ${days}`));
      expect(row).toContain(`${share.toLocaleString('en', { maximumFractionDigits: share < 10 ? 1 : 0 })}%`);
    }
    for (const channel of ['web', 'sms'])
      expect(html).toContain(`<th scope="row">${channel}</th><td class="number">${of(`channel ${channel}`)}</td>`);
    for (const [weekday, name] of ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'].entries())
      expect(html).toContain(`<th scope="row">${name} 10:00–11:00</th><td class="number">${of(`hour ${weekday} 10`)}</td>`);
  });

  it('shows answers within 60 seconds beside the target, of chats in which a person was wanted', async () => {
    const { rows } = await bench.database.pool.query<{ answered: number; wanted: number }>(
      `select count(*) filter (where first_response_seconds <= 60) as answered, count(*) as wanted from chatrhub_bi.chats_enriched
       where is_counted and visitor_message_count > 0 and bot_outcome <> 'contained' and date_day >= $1`,
      [addDays(last, -13)],
    );
    expect(readTile(html, 'Answered in 60 s').of).toMatch(
      new RegExp(`^${rows[0]?.answered} of ${rows[0]?.wanted} who wanted a person, \\d+ not known$`),
    );
    expect(textOf(html, 'response')).toContain('target, 80%');
    expect(html.match(/stroke="var\(--target\)"/g)).toHaveLength(4);
  });

  it('says of how many chats the messages are here, and that the others are not in it', async () => {
    const { chats, withMessages } = await countPlainly(bench.database.pool, addDays(last, -13), addDays(last, 1));
    expect(withMessages).toBeLessThan(chats);
    expect(textOf(html, 'response')).toContain(`(${withMessages} of ${chats}): the others are not in these numbers`);
    expect(textOf(html, 'bot')).toContain('the messages are not here yet');
    expect(textOf(html, 'trust')).toContain(`Messages are loaded for ${Math.round((100 * withMessages) / chats)}% of the chats`);
  });

  it('shows names as text, whatever they are', () => {
    const shown = `&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(2)&gt; gnp.exe &amp; &#39;so&#39;`;
    for (const id of ['breakdown', 'agents', 'transfers', 'backlog'])
      expect(html.split(`<h2 id="${id}">`)[1]?.split('</section>')[0]).toContain(shown);
    expect(html).not.toMatch(/<script|<img|\u202e/);
  });

  it('has charts in three widths, nothing to load, nothing to run, and one style that its policy names', () => {
    expect(html.match(/<svg class="wide" role="img" aria-label="[^"]+" viewBox="0 0 960 /g)).toHaveLength(9);
    expect(html.match(/<svg class="narrow" [^>]* viewBox="0 0 320 /g)).toHaveLength(9);
    const markup = html.replace(/>[^<]*/g, '>');
    expect(markup).not.toMatch(/\sstyle=|\son\w+=|\ssrc=|\shref=|url\((?!#)|@import/);
    const style = /<style>([\s\S]*?)<\/style>/.exec(html)?.[1] ?? '';
    expect(html.match(/<style/g)).toHaveLength(1);
    const hash = createHash('sha256').update(style).digest('base64');
    expect(html).toContain(`content="default-src &#39;none&#39;; style-src &#39;sha256-${hash}&#39;;`);
  });

  it('takes colours from variables that the light and the dark both have', () => {
    const [, light = '', dark = ''] = /:root \{([\s\S]*?)\}[\s\S]*?prefers-color-scheme: dark\) \{\s*:root \{([\s\S]*?)\}/.exec(html) ?? [];
    const used = new Set([...html.matchAll(/var\((--[\w-]+)\)/g)].map(([, name = '']) => name));
    expect(used.size).toBeGreaterThan(30);
    for (const name of used)
      expect({ name, light: light.includes(`${name}:`), dark: dark.includes(`${name}:`) }).toEqual({ name, light: true, dark: true });
    const drawn = [...html.matchAll(/ (?:fill|stroke)="([^"]*)"/g)].map(([, colour]) => colour);
    expect(new Set(drawn.filter((colour) => !colour?.startsWith('var(')))).toEqual(new Set(['none', '#000']));
  });

  it('shows days without data as gaps, not as zeros, and compares with whole periods only', async () => {
    const first = dayOf(bench.account.startedAt);
    const page = await write(addDays(first, -5), addDays(first, 4));
    const rows = [...page.matchAll(/<tr><th scope="row">(\w{3} [^<]*)<\/th><td class="number">([^<]*)/g)]
      .map(([, , chats]) => chats)
      .slice(0, 10);
    expect(rows.slice(0, 5)).toEqual(['–', '–', '–', '–', '–']);
    expect(
      rows
        .slice(5)
        .map(Number)
        .every((chats) => chats > 0),
    ).toBe(true);
    for (const id of ['chats', 'response', 'bot', 'backlog']) expect(textOf(page, id)).toContain(' no data ');
    expect(textOf(page, 'trust')).toContain('Of 5 days there is neither a chat nor a snapshot');
    expect(textOf(page, 'trust')).toContain('There is no comparison');
    expect(readTile(page, 'Chats').change).toBe('');
  });

  it('is of weeks, then of months, when it is of many days', async () => {
    expect(await write(addDays(last, -90))).toContain('<h2 id="chats">Chats each week</h2>');
    expect(await write(addDays(last, -900))).toContain('<h2 id="chats">Chats each month</h2>');
  });

  it('a day without chats is a gap where no agent was seen either; an hour without snapshots is not one without chats', async () => {
    const { pool } = bench.database;
    const [empty, unseen] = [addDays(last, -5), addDays(last, -9)];
    const chatsOf = async (day: string): Promise<string | undefined> => {
      const page = await write(addDays(last, -13), last);
      const [year, month, date] = day.split('-').map(Number);
      const name = new Date(Date.UTC(year ?? 0, (month ?? 0) - 1, date)).toLocaleDateString('en-GB', { timeZone: 'UTC', weekday: 'short' });
      return new RegExp(`<th scope="row">${name} ${date}\\s[^<]*</th><td class="number">([^<]*)`).exec(page)?.[1];
    };
    await pool.query(`update chatrhub.chats set created_at = created_at - interval '1 day' where created_at::date = any($1::date[])`, [
      [empty, unseen],
    ]);
    await pool.query('delete from chatrhub.agent_activities where snapshot_at::date = $1 or extract(hour from snapshot_at) = 5', [unseen]);
    await refresh();
    expect({ empty: await chatsOf(empty), unseen: await chatsOf(unseen) }).toEqual({ empty: '0', unseen: '–' });
    const page = await write(addDays(last, -13), last);
    for (const weekday of ['Mon', 'Sun']) expect(page).toContain(`<title>${weekday} 05:00–06:00: availability unknown</title>`);
  });

  it('says where there is nothing to tell: a day without ratings, snapshots, messages, tasks', async () => {
    const day = addDays(last, -3);
    const page = await bench.database
      .transaction(async (client) => {
        await client.query('update chatrhub.chats set overall_rating = null, messages_synced_at = null');
        await client.query('delete from chatrhub.agent_activities');
        await client.query('delete from chatrhub.tasks');
      })
      .then(refresh)
      .then(() => write(day, day));
    expect(textOf(page, 'demand')).toContain('so availability is unknown');
    expect(textOf(page, 'response')).toContain('No message of this period shows');
    expect(textOf(page, 'ratings')).toContain('Nobody rated a chat');
    expect(textOf(page, 'bot')).toContain('No chat between a bot and a visitor ended');
    expect(textOf(page, 'backlog')).toContain('There were no tasks');
    expect(readTile(page, 'Median first answer')).toMatchObject({
      value: '–',
      of: `no answered chats, ${readTile(page, 'Chats').value} not known`,
    });
    expect(readTile(page, 'Agents occupied').value).toBe('–');
    expect(readTile(page, 'Open tasks').value).toBe('–');
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe('where there is nothing to report on', () => {
  it('it says so, and which days there are', async () => {
    await expect(write('2001-01-01', '2001-02-01')).rejects.toThrow(UsageError);
    await expect(write('2001-01-01', '2001-02-01')).rejects.toThrow(
      /no chats from 2001-01-01 to 2001-02-01: those of this warehouse are from/,
    );
  });

  it('an empty warehouse is told from a wrong range', async () => {
    const { database, close } = await createWarehouse();
    await expect(createReport(database, { from: undefined, to: undefined }, new Date())).rejects.toThrow(/run chatrhub-sync sync/);
    await close();
  });
});

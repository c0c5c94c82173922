import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogue } from '../../src/analytics/catalogue.ts';
import { refreshStore } from '../../src/analytics/store/refresh-store.store.ts';
import { UsageError } from '../../src/errors.ts';
import { createReport } from '../../src/pages/report/report.ts';
import { addDays, dayOf } from '../../src/time/period.ts';
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

describe('a report', () => {
  it('begins with what plain loops count, beside the period before', async () => {
    const [from, until] = [addDays(last, -13), addDays(last, 1)];
    const now = await countPlainly(bench.database.pool, from, until);
    const before = await countPlainly(bench.database.pool, addDays(from, -14), from);
    expect(now.chats).toBeGreaterThan(100);
    expect(readTile(html, 'Chats')).toMatchObject({ value: `${now.chats}`, of: `${now.chats - now.missed} served` });
    expect(readTile(html, 'Chats').change).toMatch(new RegExp(`^${before.chats} before, [+−±]\\d+ %$`));
    expect(readTile(html, 'Missed').of).toBe(`${now.missed} of ${now.chats} chats`);
    expect(readTile(html, 'Rated great').of).toBe(`${now.great} of ${now.rated} rated chats`);
    expect(readTile(html, 'Median first answer').of).toBe(`by people, in ${now.answered} chats`);
    const seconds = Math.round(now.medianSeconds ?? Number.NaN);
    expect(readTile(html, 'Median first answer').value).toBe(`${Math.floor(seconds / 60)} min ${seconds % 60} s`);
  });

  it('has the same numbers for who may read chatrhub_bi and nothing of how it was made', async () => {
    const logins = createLogins(bench.database.pool, String(bench.database.pool.options.connectionString));
    try {
      const { database } = await logins.add({ memberOf: 'chatrhub_analyst' });
      const { html: theirs } = await createReport(database, { from: addDays(last, -13), to: last }, today());
      const withoutAges = (page: string) => page.replace(/zr\d+/g, '').replace(/\d+\s(s|min)(\s\d+\ss)? ago/g, '');
      expect(withoutAges(theirs)).toBe(withoutAges(html));
    } finally {
      await logins.remove();
    }
  });

  it('says of how many chats the messages are here, and that the others are not in it', async () => {
    const { chats, withMessages } = await countPlainly(bench.database.pool, addDays(last, -13), addDays(last, 1));
    expect(withMessages).toBeLessThan(chats);
    expect(textOf(html, 'response')).toContain(`(${withMessages} of ${chats}): the others are not in these numbers`);
    expect(textOf(html, 'bot')).toContain('the messages are not here yet');
    expect(textOf(html, 'trust')).toContain(`Messages are loaded for ${Math.round((100 * withMessages) / chats)} % of the chats`);
  });

  it('shows names as text, whatever they are', () => {
    const shown = `&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(2)&gt; gnp.exe &amp; &#39;so&#39;`;
    for (const id of ['ratings', 'agents', 'backlog']) expect(html.split(`<h2 id="${id}">`)[1]?.split('</section>')[0]).toContain(shown);
    expect(html).not.toMatch(/<script|<img|\u202e/);
  });

  it('has charts in three widths, nothing to load, nothing to run, and one style that its policy names', () => {
    expect(html.match(/<svg class="wide" role="img" aria-label="[^"]+" viewBox="0 0 960 /g)).toHaveLength(6);
    expect(html.match(/<svg class="narrow" [^>]* viewBox="0 0 320 /g)).toHaveLength(6);
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
    for (const weekday of ['Mon', 'Sun']) expect(page).toContain(`<title>${weekday} 05:00–06:00: not known who was there</title>`);
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
    expect(textOf(page, 'demand')).toContain('who was there is not known');
    expect(textOf(page, 'response')).toContain('No message of this period shows');
    expect(textOf(page, 'ratings')).toContain('Nobody rated a chat');
    expect(textOf(page, 'bot')).toContain('No chat between a bot and a visitor ended');
    expect(textOf(page, 'backlog')).toContain('There were no tasks');
    expect(readTile(page, 'Median first answer')).toMatchObject({ value: '–', of: 'no answered chats' });
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

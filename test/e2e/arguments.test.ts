import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../support/cli.ts';
import { serve, type TestServer } from '../support/http.ts';

let cwd: string;
let source: TestServer;
let heard = 0;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'chatrhub-arguments-'));
  source = await serve((_, response) => {
    heard += 1;
    response.end('{"data": []}');
  });
});
afterAll(async () => {
  await source.close();
  await rm(cwd, { recursive: true });
});

/** With a database that is not there, which nobody gets as far as. */
const run = (args: readonly string[]) =>
  runCli(args, {
    env: {
      CHATRHUB_API_URL: `${source.url}/api/v1`,
      CHATRHUB_API_KEY: 'test-key',
      DATABASE_URL: 'postgres://u:fake-password@127.0.0.1:1/x',
    },
    cwd,
  });

const HOSTILE_DAYS = [
  "2026-01-01'; --",
  '2026-01-01"; drop table chatrhub.chats',
  '$1',
  '--',
  '2026-02-30',
  '2026-1-1',
  'now',
  'infinity',
  '',
];

describe('row 104: an argument that is no day, name or number is refused before anything is asked', () => {
  it.each(['backfill', 'plan', 'reconcile', 'report'])('by %s, with what is allowed', async (command) => {
    const ended = await Promise.all(HOSTILE_DAYS.map((day) => run([command, `--from=${day}`])));
    for (const { code, stdout, stderr } of ended)
      expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining('allowed are days that exist, YYYY-MM-DD')]);
    expect(heard).toBe(0);
  });

  it.each([
    [['sync', "--only=chats'; --"], 'allowed are agent_activities, agent_groups, agents'],
    [['sync', '--only='], 'unknown: an empty name; allowed are agent_activities'],
    [['sync', '--only=chats,,messages'], 'unknown: an empty name; allowed are agent_activities'],
    [['report', '--out='], 'the value is empty'],
    [['report', '--group= '], 'the value is empty'],
    [['help', 'foo'], "unknown command 'foo'"],
    [['erase', '--visitor=5 or 1=1', '--yes'], 'allowed are whole numbers'],
    [['sync', '--max-duration=6h; --'], 'allowed are durations'],
    [['simulate', '--limits=20/minute; --'], 'allowed are count/window'],
  ])('%j', async (args, allowed) => {
    expect(await run(args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(allowed) });
    expect(heard).toBe(0);
  });
});

it('help explains one command, or all', async () => {
  expect(await run(['help', 'sync'])).toMatchObject({ code: 0, stdout: expect.stringContaining('Usage: chatrhub-sync sync') });
  expect(await run(['help'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/Usage: chatrhub-sync \[[\s\S]*help \[command\]/) });
});

it('row 110: no command offers CSV or a spreadsheet, and the page of report is the only file that one writes', async () => {
  const { stdout } = await run(['--help']);
  const commands = [...stdout.slice(stdout.indexOf('Commands:')).matchAll(/^ {2}([a-z]+)/gm)].map(([, name = '']) => name);
  expect(commands.length).toBeGreaterThan(10);
  const helps = await Promise.all(
    commands.map(async (name) => ({ name, text: (await run([...(name === 'help' ? [] : [name]), '--help'])).stdout })),
  );
  for (const { name, text } of helps) {
    expect(text, name).toContain('Usage:');
    expect(text, name).not.toMatch(/csv|xls|excel|spreadsheet|export/i);
  }
  expect(helps.filter(({ text }) => /<file>|--out/.test(text)).map(({ name }) => name)).toEqual(['report']);
  expect(await readdir(cwd)).toEqual([]);
});

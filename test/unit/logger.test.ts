import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

// It writes to the process's own stderr, so that it takes a process of its own, which runs what is made of it.
let place: string;
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'chatrhub-logger-'));
  await symlink(join(root, 'node_modules'), join(place, 'node_modules'));
  await build({
    ...{ absWorkingDir: root, entryPoints: ['src/logger.ts'], outfile: join(place, 'logger.mjs') },
    ...{ bundle: true, packages: 'external', platform: 'node', format: 'esm' },
  });
});
afterAll(() => rm(place, { recursive: true }));

const SECRET = 'fake+canary/"quoted"';

/** What statements with a `logger` write to stderr. */
function written(statements: string, { level = 'info', isTerminal = false } = {}): string {
  const settings = JSON.stringify({ level, secrets: [SECRET, 'abc'], isTerminal });
  const program = `import { createLogger } from './logger.mjs';
    const secret = ${JSON.stringify(SECRET)};
    const logger = createLogger(${settings});
    ${statements}`;
  const { stderr, stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { cwd: place, encoding: 'utf8' });
  expect([status, stdout]).toEqual([0, '']);
  return stderr;
}

const linesOf = (statements: string, options?: { level?: string }): Record<string, unknown>[] =>
  written(statements, options)
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

/** Statements, each of which would give the secret away. */
const LEAKS = `
  logger.info('key ' + secret);
  logger.info('key %s', secret);
  logger.info({ url: 'https://api.example.com/?key=' + encodeURIComponent(secret) }, 'asked');
  logger.info({ header: 'Basic ' + Buffer.from(secret).toString('base64') }, 'asked');
  logger.info({ deep: [{ deeper: { text: 'a' + secret + 'b' } }], [secret]: 1 }, 'asked');
  logger.error(new Error('refused: ' + secret));
  logger.error({ err: new Error('refused: ' + secret) }, 'failed');
  logger.child({ run: secret }).info('begun');
  logger.info({ text: 'x'.repeat(490) + secret }, 'cut in the middle of it');
  logger.info({ password: 'fake-other', agent: { xmpp_password: 'fake-other', full_name: 'Ann' } }, 'by name');
  logger.child({ api_key: 'fake-other' }).info('by name');
`;

/** Statements with what a terminal would obey. */
const CONTROLS = `
  logger.info('name \\u001b[31mred\\nlevel: fatal\\r\\u0007\\u009b2J');
  logger.warn({ name: 'a\\u001b]0;title\\u0007\\n', err: new Error('first\\nsecond\\u001b[2J') }, 'said');
  logger.error(new Error('x\\u001b[1A'));
`;

describe.each([false, true])('a log, on a terminal: %s', (isTerminal) => {
  it('row 99: holds no secret, by value in any form or by name', () => {
    const log = written(LEAKS, { isTerminal });
    for (const form of [SECRET, JSON.stringify(SECRET).slice(1, -1), encodeURIComponent(SECRET), Buffer.from(SECRET).toString('base64')])
      expect(log).not.toContain(form);
    expect(log).not.toMatch(/fake|canary/);
    expect(log.match(/\[secret\]/g)?.length).toBeGreaterThanOrEqual(11);
    expect(log).toContain('Ann');
  });

  it('row 108: holds no line that it was given, and nothing a terminal obeys', () => {
    const log = written(CONTROLS, { isTerminal });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours of pretty output are the logger's own.
    const text = log.replace(/\u001b\[(\d+(;\d+)*)?m/g, '');
    expect(text).not.toMatch(/(?!\n)\p{Cc}/u);
    expect(text.match(/^(\{"level"|[A-Z]+[: ])/gm)).toHaveLength(3);
    expect(text).not.toMatch(/^(level: fatal|second)/m);
    expect(text).toContain('name \uFFFD[31mred\uFFFDlevel: fatal');
  });

  it('holds texts of at most 500 characters, messages of errors too', () => {
    const log = written(`logger.info({ a: 'x'.repeat(5000) }, 'y'.repeat(5000)); logger.error(new Error('z'.repeat(5000)));`, {
      isTerminal,
    });
    for (const character of 'xyz') {
      const runs = log.match(new RegExp(`${character}{20,}`, 'g')) ?? [];
      expect(runs.map(({ length }) => length)).toEqual(Array(runs.length).fill(500));
      expect(runs).not.toEqual([]);
    }
  });
});

describe('a line of a log', () => {
  it('is one for each event', () => {
    expect(linesOf(CONTROLS)).toHaveLength(3);
  });

  it('is an object with its level in words, its time, its fields and its message', () => {
    const [line] = linesOf(`logger.warn({ resource: 'chats', rows: 3, ok: true, none: null, list: [1] }, 'loaded');`);
    expect(line).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/),
      resource: 'chats',
      rows: 3,
      ok: true,
      none: null,
      list: [1],
      msg: 'loaded',
    });
  });

  it('says the type and the message of an error, and no stack', () => {
    const [line] = linesOf(`logger.error({ err: new TypeError('no such thing') }, 'failed');`);
    expect(line).toMatchObject({ err: { type: 'TypeError', message: 'no such thing' }, msg: 'failed' });
    expect(JSON.stringify(line)).not.toContain('    at ');
  });

  it('is written when its level is high enough', () => {
    const all = `for (const level of ['trace', 'debug', 'info', 'warn', 'error', 'fatal']) logger[level](level);`;
    expect(linesOf(all, { level: 'warn' }).map(({ msg }) => msg)).toEqual(['warn', 'error', 'fatal']);
    expect(linesOf(all, { level: 'silent' })).toEqual([]);
  });

  it('is there when the process exits right after it', () => {
    expect(linesOf(`logger.fatal('last words'); process.exit(0);`)).toMatchObject([{ msg: 'last words' }]);
  });

  it('keeps words that contain a secret too short to be one', () => {
    expect(linesOf(`logger.info('abc is no secret');`)).toMatchObject([{ msg: 'abc is no secret' }]);
  });
});

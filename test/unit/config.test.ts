import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { readConfig, settingNames } from '../../src/config.ts';
import { UsageError } from '../../src/errors.ts';
import { loginOf } from '../../src/settings/database-url.ts';
import { parseDuration } from '../../src/time/duration.ts';

const root = new URL('../../', import.meta.url);
const KEY = { CHATRHUB_API_KEY: 'test-key' };

let directory = '';
const directories: string[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'chatrhub-sync-config-'));
  directories.push(directory);
});
afterAll(() => {
  for (const path of directories) rmSync(path, { recursive: true });
});

const write = (name: string, text: string) => writeFileSync(join(directory, name), text);
const read = (env: Record<string, string | undefined>) => readConfig(env, directory);
/** The message of what is wrong, or an empty text. */
function problemsOf(env: Record<string, string | undefined>): string {
  try {
    read(env);
    return '';
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return error instanceof UsageError ? error.message : '';
  }
}

describe('settings', () => {
  it('have the defaults that are documented', () => {
    expect(read(KEY)).toEqual({
      apiKey: 'test-key',
      CHATRHUB_API_KEY: 'test-key',
      CHATRHUB_API_URL: 'https://api.chatrhub.com/api/v1',
      CHATRHUB_RATE_LIMITS: [
        { count: 20, windowMs: 60_000 },
        { count: 150, windowMs: 3_600_000 },
        { count: 2_000, windowMs: 86_400_000 },
      ],
      CHATRHUB_RATE_SCOPE: 'account',
      CHATRHUB_REQUEST_TIMEOUT: 120_000,
      CHATRHUB_DATA_DIR: '.chatrhub-sync',
      SYNC_LOOKBACK_DAYS: 30,
      SYNC_MAX_DURATION: 21_600_000,
      SYNC_CRON: '0 2 * * *',
      SYNC_TIMEZONE: 'UTC',
      BACKFILL_RESERVE: 0.25,
      REPORTING_TIMEZONE: 'UTC',
      PII_MODE: 'keep',
      STATUS_HOST: '127.0.0.1',
      STATUS_PORT: 8080,
      STATUS_HOSTS: [],
      LOG_LEVEL: 'info',
    });
  });

  it('do not change once they are read', () => {
    expect(Object.isFrozen(read(KEY))).toBe(true);
  });

  it('of other programs are none of ours', () => {
    expect(problemsOf({ ...KEY, PATH: '/bin', SYNC_SOMETHING: 'x' })).toBe('');
  });

  it('that are empty are not set', () => {
    expect(read({ ...KEY, SYNC_LOOKBACK_DAYS: '', DATABASE_URL: '' })).toMatchObject({ SYNC_LOOKBACK_DAYS: 30 });
    expect(problemsOf({ CHATRHUB_API_KEY: '' })).toContain('CHATRHUB_API_KEY: required');
  });

  it.each<[string, string, unknown]>([
    ['CHATRHUB_API_URL', 'http://127.0.0.1:8080/api/v1/', 'http://127.0.0.1:8080/api/v1'],
    ['CHATRHUB_API_URL', 'http://localhost:1', 'http://localhost:1'],
    ['CHATRHUB_API_URL', 'http://[::1]:1/x', 'http://[::1]:1/x'],
    ['CHATRHUB_RATE_LIMITS', '20/2s', [{ count: 20, windowMs: 2_000 }]],
    ['CHATRHUB_RATE_SCOPE', 'endpoint', 'endpoint'],
    ['CHATRHUB_REQUEST_TIMEOUT', '90s', 90_000],
    ['DATABASE_URL', 'postgres://u:p%40ss@db:5432/warehouse?sslmode=require', 'postgres://u:p%40ss@db:5432/warehouse?sslmode=require'],
    ['DATABASE_URL', 'postgresql:///warehouse?host=/run/postgresql', 'postgresql:///warehouse?host=/run/postgresql'],
    ['DATABASE_URL', 'postgres://u:p@one:5432,two:5433/x', 'postgres://u:p@one:5432,two:5433/x'],
    ['DATABASE_URL', 'postgres://u:p@/warehouse?host=/run/postgresql', 'postgres://u:p@/warehouse?host=/run/postgresql'],
    ['SYNC_START_DATE', '2018-01-01', '2018-01-01'],
    ['SYNC_LOOKBACK_DAYS', '0', 0],
    ['SYNC_MAX_DURATION', '1.5h', 5_400_000],
    ['SYNC_CRON', '*/5 1-3 * * 1', '*/5 1-3 * * 1'],
    ['SYNC_TIMEZONE', 'Europe/Berlin', 'Europe/Berlin'],
    ['BACKFILL_RESERVE', '0%', 0],
    ['BACKFILL_RESERVE', '12.5%', 0.125],
    ['BACKFILL_RESERVE', '100%', 1],
    ['PII_MODE', 'drop', 'drop'],
    ['STATUS_PORT', '0', 0],
    ['ALERT_WEBHOOK_URL', 'https://hooks.example.com/x', 'https://hooks.example.com/x'],
    ['LOG_LEVEL', 'silent', 'silent'],
  ])('%s may be %s', (name, text, value) => {
    expect(read({ ...KEY, [name]: text })).toHaveProperty(name, value);
  });

  it.each([
    ['CHATRHUB_API_KEY', 'a key', 'a\nkey', 'schlüssel', 'tab\tkey'],
    [
      'CHATRHUB_API_URL',
      'api.chatrhub.com',
      'http://api.chatrhub.com',
      'http://127.0.0.1.example.com',
      'https://u:p@api.chatrhub.com',
      'https://api.chatrhub.com/?a=b',
      'https://api.chatrhub.com/#x',
      'ftp://localhost',
      'file:///etc',
    ],
    ['CHATRHUB_RATE_LIMITS', 'fast', '0/minute', '20', '20/minute,'],
    ['CHATRHUB_RATE_SCOPE', 'Account', 'global'],
    ['CHATRHUB_REQUEST_TIMEOUT', '120', '0s', '-1s', '2 minutes', 'forever', '99999999d'],
    [
      'DATABASE_URL',
      'mysql://u:p@db/x',
      'db:5432',
      'postgres://u:p@ss@db/x/y',
      'postgres://u:p/q@db/x',
      'postgres:///warehouse',
      'postgres://u:p@/warehouse',
      'postgres://u:p@db/x?sslmode=requrie',
      'postgres://u:p@db/x?target_session_attrs=standby',
    ],
    ['SYNC_START_DATE', '2018-02-30', '01/02/2018', 'yesterday'],
    ['SYNC_LOOKBACK_DAYS', '-1', '1.5', '3651', 'thirty', '1e2'],
    ['SYNC_MAX_DURATION', '6', '0h'],
    ['SYNC_CRON', 'nightly', '61 * * * *', '* *'],
    ['SYNC_TIMEZONE', 'Mars/Olympus', '+02:00'],
    ['BACKFILL_RESERVE', '25', '101%', '-5%', '%', 'half'],
    ['REPORTING_TIMEZONE', 'CEST+2', '-05:00'],
    ['PII_MODE', 'KEEP', 'none'],
    ['PII_HASH_KEY', 'short'],
    ['STATUS_PORT', '65536', '80a', '-1'],
    ['ALERT_WEBHOOK_URL', 'hooks.example.com', 'ftp://hooks.example.com'],
    ['LOG_LEVEL', 'verbose', 'INFO'],
  ])('rows 102, 104, 107: %s is refused with what was expected', (name, ...values) => {
    for (const value of values) expect(problemsOf({ ...KEY, [name]: value }), value).toContain(`  ${name}: expected `);
  });

  it('may begin to read at the latest today, wherever today is', () => {
    const now = new Date('2026-03-01T23:00:00Z');
    const begin = (day: string) => () => readConfig({ ...KEY, SYNC_START_DATE: day }, directory, { now });
    expect(begin('2026-03-02')()).toHaveProperty('SYNC_START_DATE', '2026-03-02');
    expect(begin('2026-03-03')).toThrow('SYNC_START_DATE: expected a day that has begun, found "2026-03-03"');
  });

  it.each([
    ['SYNC_CRON', '0 0 30 2 *', 'a day of the month that its months have: this one never comes'],
    ['SYNC_CRON', '0 0 0 31 4,6 *', 'a day of the month that its months have: this one never comes'],
    ['SYNC_CRON', '0 24 * * *', 'a cron expression such as 0 2 * * *'],
    [
      'BUSINESS_HOURS',
      'Sat 10:00-14:00, Mon-Fri 9:00-17:00',
      'days and HH:MM-HH:MM, as in Mon-Fri 09:00-17:00, in place of "Mon-Fri 9:00-17:00"',
    ],
    ['BUSINESS_HOURS', 'Sat 10:00-14:00,', 'days and HH:MM-HH:MM, as in Mon-Fri 09:00-17:00, in place of ""'],
    ['BUSINESS_HOURS', 'Sat 10:00-14:00, Sat 11:00-12:00', 'local hours that do not overlap, such as Mon-Fri 09:00-17:00, Sat 10:00-14:00'],
  ])('say what is wrong: %s %s', (name, value, expected) => {
    expect(problemsOf({ ...KEY, [name]: value })).toContain(`  ${name}: expected ${expected}, found ${JSON.stringify(value)}`);
  });

  it('that are wrong are named at once, one line each, with what was found', () => {
    const lines = problemsOf({ SYNC_LOOKBACK_DAYS: 'thirty', LOG_LEVEL: 'loud', SYNC_START_DATE: '2018-02-30', PII_MODE: 'hash' }).split(
      '\n',
    );
    expect(lines[0]).toBe('settings that cannot be used:');
    expect(lines.slice(1).sort()).toEqual([
      '  CHATRHUB_API_KEY: required (or CHATRHUB_API_KEY_FILE, the path of a file that holds it)',
      '  LOG_LEVEL: expected one of trace, debug, info, warn, error, fatal, silent, found "loud"',
      '  PII_HASH_KEY: required when PII_MODE is hash',
      '  SYNC_LOOKBACK_DAYS: expected a whole number from 0 to 3650, found "thirty"',
      '  SYNC_START_DATE: expected a day that exists, YYYY-MM-DD, found "2018-02-30"',
    ]);
  });

  it.each([
    ['CHATRHUB_API_KEY', 'fake canary'],
    ['CHATRHUB_API_URL', 'https://user:fake-canary@api.example.com'],
    ['DATABASE_URL', 'postgres://user:fake/canary@db/x'],
    ['PII_HASH_KEY', 'canary'],
    ['ALERT_WEBHOOK_URL', 'hooks.example.com/fake-canary'],
  ])('that are secret are not quoted: %s', (name, value) => {
    const message = problemsOf({ ...KEY, [name]: value });
    expect(message).toContain(name);
    expect(message).not.toContain('canary');
  });

  it('row 32: that would let anybody pose as the API are refused', () => {
    expect(problemsOf({ ...KEY, NODE_TLS_REJECT_UNAUTHORIZED: '0' })).toContain('NODE_EXTRA_CA_CERTS');
    expect(problemsOf({ ...KEY, NODE_TLS_REJECT_UNAUTHORIZED: '1' })).toBe('');
  });

  it('that are long are cut', () => {
    expect(problemsOf({ ...KEY, LOG_LEVEL: 'x'.repeat(5_000) }).length).toBeLessThan(300);
  });
});

describe('the key', () => {
  it('may be in a file, without the line end, its path from where the program runs', () => {
    write('key', 'key-of-file\n');
    expect(read({ CHATRHUB_API_KEY_FILE: 'key' }).apiKey).toBe('key-of-file');
    expect(read({ CHATRHUB_API_KEY_FILE: join(directory, 'key') }).apiKey).toBe('key-of-file');
  });

  it.each([['two keys'], ['clé'], [''], ['two\nlines']])('row 102: in a file that holds %j is refused and not quoted', (text) => {
    write('key', text);
    const message = problemsOf({ CHATRHUB_API_KEY_FILE: 'key' });
    expect(message).toContain('CHATRHUB_API_KEY_FILE: expected one key');
    if (text) expect(message).not.toContain(text);
  });

  it('in a file that cannot be read says why', () => {
    expect(problemsOf({ CHATRHUB_API_KEY_FILE: 'missing' })).toMatch(/CHATRHUB_API_KEY_FILE: cannot be read: ENOENT/);
  });

  it('is set once', () => {
    write('key', 'key-of-file');
    expect(problemsOf({ ...KEY, CHATRHUB_API_KEY_FILE: 'key' })).toContain('not both');
  });

  it('is not asked for by what makes no request', () => {
    expect(readConfig({}, directory, { needsKey: false }).apiKey).toBeUndefined();
  });
});

describe('.env', () => {
  it('sets what the environment does not', () => {
    write('.env', '# a comment\nCHATRHUB_API_KEY=key-of-env-file\nSYNC_LOOKBACK_DAYS="7" # a week\nLOG_LEVEL=debug\nPII_MODE=\n');
    expect(read({ LOG_LEVEL: 'warn', SYNC_LOOKBACK_DAYS: '' })).toMatchObject({
      apiKey: 'key-of-env-file',
      SYNC_LOOKBACK_DAYS: 7,
      LOG_LEVEL: 'warn',
      PII_MODE: 'keep',
    });
  });

  it('may begin with the mark that some editors write', () => {
    write('.env', '\uFEFFCHATRHUB_API_KEY=key-of-env-file\r\nLOG_LEVEL=warn\r\n');
    expect(read({})).toMatchObject({ apiKey: 'key-of-env-file', LOG_LEVEL: 'warn' });
  });

  it('gives way to a key of the environment, in whichever form either is', () => {
    write('key', 'key-of-file');
    write('.env', 'CHATRHUB_API_KEY=key-of-env-file\n');
    expect(read({ CHATRHUB_API_KEY_FILE: 'key' }).apiKey).toBe('key-of-file');
    write('.env', 'CHATRHUB_API_KEY_FILE=missing\n');
    expect(read(KEY).apiKey).toBe('test-key');
  });

  it('is checked like the environment', () => {
    write('.env', 'LOG_LEVEL=loud\n');
    expect(problemsOf(KEY)).toContain('LOG_LEVEL: expected one of');
  });

  it('that cannot be read is a problem, not an absence', () => {
    expect(() => readConfig(KEY, join(directory, '.env-of', 'nowhere'))).not.toThrow();
    write('file', '');
    expect(() => readConfig(KEY, join(directory, 'file'))).toThrow('.env cannot be read: ENOTDIR');
  });
});

describe('the password of DATABASE_URL', () => {
  it.each([
    ['postgres://u:p%40ss@db:5432/warehouse', 'p@ss'],
    ['postgres://u:fake-word@/warehouse?host=/run/postgresql', 'fake-word'],
    ['postgresql:///warehouse?host=/run/postgresql', undefined],
  ])('%s is found, so that it is in no message', (url, password) => {
    expect(loginOf(url).password).toBe(password);
  });
});

describe('durations', () => {
  it.each([
    ['500ms', 500],
    ['2s', 2_000],
    ['90m', 5_400_000],
    ['6h', 21_600_000],
    [' 1d ', 86_400_000],
    ['0.5h', 1_800_000],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });
});

describe('the names of settings', () => {
  const textOf = (file: string) => readFileSync(new URL(file, root), 'utf8');

  it('are all in .env.example, in their order', () => {
    const names = [...textOf('.env.example').matchAll(/^(?:# ?)?([A-Z][A-Z_]*)=/gm)].map((match) => match[1]);
    expect(names).toEqual(settingNames);
  });

  it('have the defaults in .env.example that they have without it', () => {
    write('.env', textOf('.env.example').replaceAll(/^# ([A-Z][A-Z_]*=)/gm, '$1'));
    expect(read(KEY)).toEqual(readConfig(KEY, tmpdir()));
  });

  /** The first two cells of each line of a page's table of settings: names, and defaults. */
  const tableOf = (file: string) =>
    [...textOf(file).matchAll(/^\| (`[A-Z][A-Z_]*`[^|]*) \| ([^|]*) \|/gm)].map(([, cell = '', defaults = '']) => ({
      names: [...cell.matchAll(/`([A-Z_]+)`/g)].map(([, name = '']) => name),
      defaults: defaults.split(', '),
    }));

  it('are all in the table of docs/settings.md, in their order', () => {
    expect(tableOf('docs/settings.md').flatMap(({ names }) => names)).toEqual(settingNames);
  });

  it("have in README's table the defaults that they have in docs/settings.md", () => {
    const table = tableOf('docs/settings.md');
    const shown = tableOf('README.md').map(({ names, defaults }) => ({ name: names.join(), defaults: defaults.join(', ') }));
    expect(shown.length).toBeGreaterThanOrEqual(10);
    for (const { name, defaults } of shown) {
      const line = table.find(({ names }) => names.includes(name));
      expect(line?.defaults[line.defaults.length > 1 ? line.names.indexOf(name) : 0], name).toBe(defaults);
    }
  });
});

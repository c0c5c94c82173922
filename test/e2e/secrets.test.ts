import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { createAccount } from '../../src/simulator/account/account.ts';
import { type Simulator, startSimulator } from '../../src/simulator/api/simulator-server.ts';
import { createDatabase } from '../../src/warehouse/connection/database.ts';
import { runCli, startCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { dumpDatabase } from '../support/dump.ts';
import { createLogins, type Login } from '../support/logins.ts';
import { findSecrets } from '../support/secrets.ts';

const KEY = 'fake-canary-key/with+signs=0123456789';
const HASH_KEY = 'fake-canary-hash-key-0123456789';
const WRONG = 'fake-canary-wrong-password';

let cwd: string;
let simulator: Simulator;
let database: TestDatabase;
let logins: ReturnType<typeof createLogins>;
let login: Login;
let env: Record<string, string>;
let secrets: string[];

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'chatrhub-secrets-'));
  simulator = await startSimulator({ account: createAccount({ seed: 3, agents: 4, days: 2, chats: 10 }), apiKey: KEY });
  database = await createTestDatabase();
  logins = createLogins(database.pool, database.url);
  login = await logins.add();
  await database.pool.query(`grant create on database ${database.name} to ${login.name}`);
  await writeFile(join(cwd, 'key'), KEY, { mode: 0o600 });
  env = {
    CHATRHUB_API_URL: simulator.url,
    CHATRHUB_API_KEY: KEY,
    DATABASE_URL: login.url,
    CHATRHUB_RATE_LIMITS: '1000000/second',
    PII_MODE: 'hash',
    PII_HASH_KEY: HASH_KEY,
    LOG_LEVEL: 'trace',
  };
  secrets = [KEY, HASH_KEY, WRONG, new URL(login.url).password];
});
afterAll(async () => {
  await simulator.close();
  await logins.remove();
  await database.drop();
  await rm(cwd, { recursive: true });
});

const wrongUrl = () => {
  const url = new URL(login.url);
  url.password = WRONG;
  return url.href;
};

describe('row 99: key and passwords', () => {
  it('are in no output of any command, nor in the database, at LOG_LEVEL=trace, whatever goes wrong', async () => {
    const artefacts: Record<string, string> = {};
    const run = async (args: readonly string[], changes: Record<string, string> = {}) => {
      const { code, stdout, stderr } = await runCli(args, { env: { ...env, ...changes }, cwd });
      artefacts[`${args.join(' ')} ${Object.keys(changes)} ${code}`] = stdout + stderr;
    };
    simulator.fail((path) => path.startsWith('/groups'), { status: 500, body: `Bearer ${KEY}` }, 1);
    simulator.fail((path) => path.startsWith('/q_tasks'), { status: 403, body: KEY }, 1);
    await run(['sync', '--json']);
    await run(['sync'], { CHATRHUB_API_KEY: '', CHATRHUB_API_KEY_FILE: 'key' });
    await run(['status']);
    await run(['doctor']);
    await run(['replay']);
    await run(['plan', '--from', '2018-01-01']);
    await run(['sync'], { CHATRHUB_API_KEY: `${KEY} ` });
    await run(['sync'], { DATABASE_URL: wrongUrl() });
    await run(['sync'], { DATABASE_URL: `${login.url}_not_there` });
    await run(['sync'], { DATABASE_URL: login.url.replace('@', `${KEY}@nowhere.invalid@`) });
    await run(['sync', `--api-key=${KEY}`]);
    await run(['sync', '--database-url', login.url]);
    await run(['doctor'], { DATABASE_URL: wrongUrl() });
    await database.pool.query(`update chatrhub_sync.migrations set hash = 'edited' where id = 1`);
    await run(['migrate']);
    artefacts.dump = await dumpDatabase(database.pool);
    expect(Object.keys(artefacts).filter((name) => name.endsWith(' 2')).length).toBeGreaterThan(4);
    expect(findSecrets(artefacts, secrets)).toEqual([]);
    // It finds them where they are.
    expect(findSecrets({ here: `x${Buffer.from(KEY).toString('base64')}`, there: KEY.slice(-19), not: 'x' }, secrets)).toEqual([
      'here',
      'there',
    ]);
  });

  it('are not in the list of processes', async () => {
    simulator.fail((path) => path.startsWith('/agents'), 'hang-headers', 1);
    await database.pool.query(
      `drop schema if exists chatrhub, chatrhub_private, chatrhub_raw, chatrhub_sync, chatrhub_bi, chatrhub_bi_store cascade`,
    );
    const { child, ended } = startCli(['sync'], { env, cwd });
    const seen = simulator.requests.length;
    await expect.poll(() => simulator.requests.length, { timeout: 30_000 }).toBeGreaterThan(seen);
    const processes = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
    child.kill('SIGKILL');
    await ended;
    expect(processes).toContain('main.js sync');
    expect(findSecrets({ processes }, secrets)).toEqual([]);
  });
});

it('row 103: printed settings and pools show neither key nor password', async () => {
  const config = readConfig(env, cwd);
  const opened = createDatabase(login.url);
  await opened.pool.query('select 1');
  const shown = [config, { config }, opened, opened.pool].map((thing) => inspect(thing, { depth: 8, showHidden: false }));
  await opened.close();
  expect(config.apiKey).toBe(KEY);
  expect(findSecrets({ shown: shown.join('\n'), json: JSON.stringify(config) }, secrets)).toEqual([]);
  expect(shown[0]).toContain("LOG_LEVEL: 'trace'");
});

it('row 103: an error of the database holds no data', async () => {
  const { explain } = await import('../../src/errors.ts');
  const other = createDatabase(login.url);
  const failing = [
    database.pool.query('select $1::int', ['canary text']),
    database.pool.query(`select 'canary text'::timestamptz`),
    other.drizzle.execute('select 1/0'),
  ];
  const texts = await Promise.all(failing.map((query) => query.then(String, explain)));
  await other.close();
  expect(texts.join('\n')).not.toMatch(/canary|select/);
  expect(texts[0]).toContain('invalid input syntax for type integer');
  expect(explain(new pg.DatabaseError('duplicate key value violates unique constraint "x"', 1, 'error'))).toContain('constraint "x"');
});

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createAccount } from '../../src/simulator/account/account.ts';
import { type Simulator, startSimulator } from '../../src/simulator/api/simulator-server.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const run = promisify(execFile);

let cwd: string;
let simulator: Simulator;
let database: TestDatabase;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'chatrhub-terminal-'));
  simulator = await startSimulator({ account: createAccount({ seed: 5, agents: 4, days: 1, chats: 5 }) });
  database = await createTestDatabase(inject('migratedDatabase'));
});
afterAll(async () => {
  await simulator.close();
  await database.drop();
  await rm(cwd, { recursive: true });
});

/** What a sync writes to a terminal of so many columns, that of script(1), which is told to end with the command's exit code. */
async function syncOnTerminal(columns: number, settings: Record<string, string> = {}): Promise<string> {
  const env = {
    PATH: process.env.PATH ?? '',
    TERM: 'xterm-256color',
    CHATRHUB_API_URL: simulator.url,
    CHATRHUB_API_KEY: 'test-key',
    CHATRHUB_RATE_LIMITS: '1000000/second',
    DATABASE_URL: database.url,
    ...settings,
  };
  const command = `stty cols ${columns}; exec '${process.execPath}' '${MAIN}' sync`;
  const { stdout } = await run('script', ['-qec', command, '/dev/null'], { cwd, env, timeout: 60_000, killSignal: 'SIGKILL' });
  return stdout;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal is told is made of them.
const [COLOUR, OF_THE_BAR] = [/\u001b\[\d+m/, /\r|\u001b\[\d*[AJ]/g];

// util-linux has script(1) on every Linux; elsewhere it takes other options.
describe.runIf(process.platform === 'linux')('on a terminal, a sync', () => {
  it('without a width, as of script or docker run -t, draws no bar and comes to its end', async () => {
    const shown = await syncOnTerminal(0);
    expect(shown).toMatch(/run \d+: complete/);
    expect(shown).toMatch(COLOUR);
    expect(shown).not.toMatch(/[█░]|\[J/);
  });

  it('with one draws a bar and takes it away, without colours where NO_COLOR is set, and shows what the source sends without obeying it', async () => {
    const response = await fetch(`${simulator.url}/agents.json`, { headers: { authorization: 'Bearer test-key' } });
    const { data } = (await response.json()) as { data: { attributes: object }[] };
    const hostile = { 'evil\u202e\u2028\u009b2J\u001b[2J\u200b': 'x' };
    const body = JSON.stringify({ data: data.map((record) => ({ ...record, attributes: { ...record.attributes, ...hostile } })) });
    simulator.fail((path) => path === '/agents.json', { status: 200, body }, 1);
    const shown = await syncOnTerminal(80, { NO_COLOR: '1' });
    expect(shown).toContain('starting');
    expect(shown).not.toMatch(COLOUR);
    expect(shown).toContain('evil\ufffd\ufffd\ufffd2J');
    expect(shown.replace(OF_THE_BAR, '').replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  });
});

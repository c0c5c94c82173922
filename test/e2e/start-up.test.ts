import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { runCli } from '../support/cli.ts';

type Coverage = { result: { url: string }[] };

/** Packages of which the program loaded a file, as Node's own coverage lists them; names of ours are paths below `dist`. */
async function loadedBy(args: readonly string[], settings: Record<string, string> = {}) {
  const cwd = await mkdtemp(join(tmpdir(), 'chatrhub-start-'));
  try {
    const { code } = await runCli(args, { env: { ...settings, NODE_V8_COVERAGE: join(cwd, 'coverage') }, cwd });
    const reports = await readdir(join(cwd, 'coverage'));
    const texts = await Promise.all(reports.map((name) => readFile(join(cwd, 'coverage', name), 'utf8')));
    const urls = texts.flatMap((text) => (JSON.parse(text) as Coverage).result.map(({ url }) => url));
    const packages = urls.flatMap((url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []);
    const ours = urls.flatMap((url) => /\/dist\/(?!.*node_modules)(.+)$/.exec(url)?.[1] ?? []);
    return { code, packages: [...new Set(packages)].sort(), ours };
  } finally {
    await rm(cwd, { recursive: true });
  }
}

it.each([
  ['help', ['--help'], 0],
  ['the help of a command', ['backfill', '--help'], 0],
  ['the version', ['--version'], 0],
  ['an unknown resource', ['sync', '--only', 'nothing'], 2],
  ['a missing option', ['backfill'], 2],
] as const)('%s loads no package but the one that reads the command line', async (_, args, exit) => {
  const { code, packages, ours } = await loadedBy(args);
  expect([code, packages]).toEqual([exit, ['commander']]);
  expect(ours).toContain('main.js');
  expect(ours.filter((file) => !/^(main|chunk-\w+)\.js$/.test(file))).toEqual([]);
});

it('a sync loads neither what draws on a terminal nor what starts a PostgreSQL when it has neither', async () => {
  const nowhere = Object.assign(new URL(inject('adminDatabaseUrl')), { pathname: '/not_there' }).href;
  const { code, packages, ours } = await loadedBy(['sync'], { CHATRHUB_API_KEY: 'test-key', DATABASE_URL: nowhere });
  expect(code).toBe(2);
  expect(packages).toEqual(expect.arrayContaining(['pg', 'pino']));
  expect(packages).toEqual(expect.not.arrayContaining(['pino-pretty']));
  expect(packages).toEqual(expect.not.arrayContaining(['undici']));
  expect(ours).toContainEqual(expect.stringMatching(/^sync-command-/));
  expect(ours.filter((file) => /embedded|simulat|schedule/.test(file))).toEqual([]);
});

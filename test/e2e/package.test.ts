import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../support/database.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));

let place: string;
/** The package as npm packs it, beside the dependencies that it names and no others. */
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'chatrhub-package-'));
  // What `npm test` built is packed: building anew would take it from under the other tests.
  const { stdout } = await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', place], { cwd: root });
  const installed = join(place, 'node_modules/chatrhub-sync');
  await mkdir(installed, { recursive: true });
  await run('tar', ['xzf', join(place, stdout.trim()), '-C', installed, '--strip-components=1']);
  const { dependencies, bin } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
  for (const name of Object.keys(dependencies)) {
    await mkdir(dirname(join(place, 'node_modules', name)), { recursive: true });
    await symlink(join(root, 'node_modules', name), join(place, 'node_modules', name));
  }
  for (const [name, path] of Object.entries<string>(bin)) {
    await chmod(join(installed, path), 0o755);
    await mkdir(join(place, 'node_modules/.bin'), { recursive: true });
    await symlink(join('../chatrhub-sync', path), join(place, 'node_modules/.bin', name));
  }
});
afterAll(() => rm(place, { recursive: true }));

const npx = (args: readonly string[], env: Record<string, string> = {}) =>
  run('npx', ['--no', '--', 'chatrhub-sync', ...args], {
    cwd: place,
    env: { PATH: process.env.PATH ?? '', HOME: place, npm_config_update_notifier: 'false', ...env },
  });

describe('the package', () => {
  it('runs with npx, every command having its help', async () => {
    const { stdout } = await npx(['--help']);
    const commands = [...stdout.matchAll(/^ {2}([a-z]+)(?= )/gm)].map(([, name = '']) => name).filter((name) => name !== 'help');
    expect(commands).toEqual(expect.arrayContaining(['sync', 'backfill', 'plan', 'schedule', 'status', 'migrate', 'simulate', 'demo']));
    expect((await npx(['schedule', '--help'])).stdout).toContain('Usage: chatrhub-sync schedule');
  });

  it('holds its migrations and its pages, and nothing but what it needs', async () => {
    const database = await createTestDatabase();
    try {
      const { stdout } = await npx(['migrate'], { DATABASE_URL: database.url });
      expect(stdout).toMatch(/^applied 0000_warehouse\b/);
    } finally {
      await database.drop();
    }
    const { stdout: files } = await run('find', ['.', '-type', 'f'], { cwd: join(place, 'node_modules/chatrhub-sync') });
    const folders = new Set(
      files
        .trim()
        .split('\n')
        .map((file) => file.split('/').slice(1, 2).join()),
    );
    expect([...folders].sort()).toEqual([
      '.env.example',
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'bi',
      'dist',
      'docs',
      'drizzle',
      'package.json',
    ]);
  });

  it('names lines of the source in a stack trace, when Node is told to (--enable-source-maps)', async () => {
    const thrower = join(place, 'node_modules/chatrhub-sync/dist/records/document.js');
    const script = `import(${JSON.stringify(thrower)}).then(({ itemsOf }) => itemsOf(1))`;
    const line = (await readFile(join(root, 'src/records/document.ts'), 'utf8'))
      .split('\n')
      .findIndex((text) => text.includes('!isObject(document)'));
    await expect(run(process.execPath, ['--enable-source-maps', '-e', script])).rejects.toMatchObject({
      stderr: expect.stringContaining(`src/records/document.ts:${line + 1}:`),
    });
  });

  it('loads what the schedule needs from its own dependencies', async () => {
    const settings = { CHATRHUB_API_KEY: 'test-key', DATABASE_URL: 'postgres://127.0.0.1:1/nowhere', STATUS_HOST: '192.0.2.1' };
    // An address that is not this machine's: it comes as far as the HTTP server, and no further.
    await expect(npx(['schedule'], settings)).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('STATUS_HOST') });
  });
});

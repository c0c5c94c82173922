import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const source = join(root, 'src');

/** What each room may import of ours besides itself and what every room may: main -> cli -> runs -> source, warehouse -> records. */
const ARROWS: Record<string, readonly string[]> = {
  main: ['cli', 'runs', 'warehouse', 'budget', 'settings', 'config', 'logger', 'version'],
  cli: [
    'runs',
    'evidence',
    'history',
    'erasure',
    'schedule',
    'operations',
    'pages',
    'source',
    'warehouse',
    'analytics',
    'budget',
    'embedded',
    'simulator',
    'resources',
    'records',
    'time',
    'network',
    'config',
    'logger',
    'version',
  ],
  schedule: ['runs', 'warehouse', 'time', 'logger'],
  pages: ['network', 'operations', 'evidence', 'schedule', 'analytics', 'warehouse', 'time', 'logger'],
  operations: ['runs', 'evidence', 'drift', 'schedule', 'warehouse', 'budget', 'resources', 'records', 'network', 'time', 'logger'],
  history: ['runs', 'evidence', 'erasure', 'analytics', 'warehouse', 'budget', 'resources', 'records', 'logger'],
  runs: ['evidence', 'drift', 'erasure', 'source', 'analytics', 'warehouse', 'budget', 'resources', 'records', 'time', 'logger'],
  evidence: ['source', 'warehouse', 'resources', 'records', 'time'],
  drift: ['warehouse', 'records', 'logger'],
  erasure: ['warehouse', 'resources', 'records', 'logger'],
  analytics: ['warehouse', 'resources', 'records', 'logger'],
  source: ['network', 'budget', 'records', 'time'],
  network: [],
  settings: ['network'],
  budget: ['warehouse', 'time'],
  warehouse: ['settings', 'resources', 'records', 'time'],
  resources: ['records'],
  records: ['time'],
  time: [],
  embedded: [],
  simulator: [],
  config: ['settings', 'network', 'budget', 'time'],
  logger: ['records'],
  version: [],
};

/** The files beside main.ts that know nothing of ours, and that every room but the invented account may use. */
const EVERYBODY = ['errors', 'events', 'failpoint', 'counted', 'scrubber', 'plain-text', 'package-root'];

/** The packages of those rooms that may not import just any. */
const PACKAGES: Record<string, RegExp> = {
  time: /^$/,
  records: /^(drizzle-orm(\/pg-core)?|node:crypto)$/,
  resources: /^drizzle-orm(\/pg-core)?$/,
  evidence: /^drizzle-orm(\/pg-core)?$/,
  drift: /^$/,
  history: /^$/,
  erasure: /^(drizzle-orm|node:crypto|pg)$/,
  analytics: /^drizzle-orm(\/pg-core)?$/,
  simulator: /^node:/,
  errors: /^$/,
  events: /^$/,
  failpoint: /^$/,
  counted: /^$/,
  scrubber: /^$/,
  'plain-text': /^$/,
  'package-root': /^$/,
  settings: /^$/,
};

/** Rooms whose files may all speak SQL. */
const SPEAKING_ROOMS = ['warehouse', 'analytics', 'resources', 'embedded', 'cli'];
/** What reads and shows, or decides, in one file. */
const SPEAKING_FILES = [
  'history/replay.ts',
  'pages/report/report-figures.ts',
  'pages/report/report.ts',
  'pages/report/scope.ts',
  'pages/report/sections/agents-section.ts',
  'pages/report/sections/backlog-section.ts',
  'pages/report/sections/bot-section.ts',
  'pages/report/sections/breakdown-section.ts',
  'pages/report/sections/repeats-section.ts',
  'pages/report/sections/transfers-section.ts',
  'pages/report/sections/trust-section.ts',
  'pages/report/week-hours.ts',
];

/** A room is a subject that one can hold in mind. */
const MOST_FILES = 25;

type Import = { file: string; target: string; isOurs: boolean };

const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .sort();
const textOf = (file: string) => readFileSync(join(source, file), 'utf8');
const roomOf = (file: string) => file.replace(/\.ts$/, '').split('/')[0] ?? '';

const importsOf = (file: string): Import[] =>
  [...textOf(file).matchAll(/(?:\bfrom|\bimport|\bimport\()\s*'([^'\s\\]+)'/g)].map(([, specifier = '']) => {
    const isOurs = specifier.startsWith('.');
    return { file, isOurs, target: isOurs ? relative(source, join(source, dirname(file), specifier)) : specifier };
  });
const imports = files.flatMap(importsOf);
const arrow = ({ file, target }: Import) => `${file} -> ${target}`;

describe('the rooms', () => {
  it('are all known', () => {
    expect([...Object.keys(ARROWS), ...EVERYBODY].sort()).toEqual([...new Set(files.map(roomOf))].sort());
    expect(imports.length).toBeGreaterThan(100);
  });

  it('are joined by these arrows, and by no other', () => {
    const drawn = Object.entries(ARROWS).flatMap(([from, targets]) => targets.map((to) => `${from} -> ${to}`));
    const there = imports
      .filter(({ file, isOurs }) => isOurs && !EVERYBODY.includes(roomOf(file)))
      .map(({ file, target }) => [roomOf(file), roomOf(target)] as const)
      .filter(([from, to]) => from !== to && (from === 'simulator' || !EVERYBODY.includes(to)))
      .map(([from, to]) => `${from} -> ${to}`);
    expect([...new Set(there)].sort()).toEqual(drawn.sort());
  });

  it('hold few files each, and say in a README what they are for', () => {
    const folders = new Map<string, number>();
    for (const file of files) folders.set(dirname(file), (folders.get(dirname(file)) ?? 0) + 1);
    expect([...folders].filter(([, count]) => count > MOST_FILES)).toEqual([]);
    const rooms = [...folders.keys()].filter((folder) => folder !== '.').map((folder) => folder.split('/')[0] ?? '');
    for (const room of new Set(rooms))
      expect(readFileSync(join(source, room, 'README.md'), 'utf8').split('\n').length, room).toBeLessThan(12);
  });

  it('are written of with files that there are', () => {
    const texts = ['CONTRIBUTING.md', 'docs/architecture.md', ...[...new Set(files.map(roomOf))].map((room) => `src/${room}/README.md`)];
    const all = ['src', 'test', 'bench'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
    );
    const named = texts
      .filter((text) => existsSync(join(root, text)))
      .flatMap((text) => [...readFileSync(join(root, text), 'utf8').matchAll(/`([a-z][a-z/.-]*\.ts)`/g)].map(([, name = '']) => name));
    expect(named.length).toBeGreaterThan(40);
    expect(named.filter((name) => !all.some((file) => `/${file}`.endsWith(`/${name}`)))).toEqual([]);
  });

  it('have no two files of one name, save index files', () => {
    const names = files.map((file) => basename(file)).filter((name) => name !== 'index.ts');
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  it('that decide leave SQL to files that say so', () => {
    const speaks = /\.query[<(]|\.execute\(|sql`|\.(select|insert)\(/;
    const speaking = files.filter((file) => roomOf(file) !== 'simulator' && speaks.test(textOf(file)));
    const hidden = speaking.filter((file) => !SPEAKING_ROOMS.includes(roomOf(file)) && !file.endsWith('.store.ts'));
    expect(hidden).toEqual(SPEAKING_FILES);
  });

  it('that decide use no package that acts', () => {
    expect(imports.filter(({ file, target, isOurs }) => !isOurs && PACKAGES[roomOf(file)]?.test(target) === false).map(arrow)).toEqual([]);
  });

  it('have no cycle between their files', () => {
    const targets = new Map(
      files.map((file) => [
        file,
        importsOf(file)
          .filter(({ isOurs }) => isOurs)
          .map(({ target }) => target),
      ]),
    );
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
      if (done.has(file) || path.includes(file)) return;
      for (const target of targets.get(file) ?? []) visit(target, [...path, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect(cycles).toEqual([]);
  });
});

describe('what comes from outside', () => {
  const using = (pattern: RegExp, among = files) => among.filter((file) => pattern.test(textOf(file)));

  it('the environment is read by config.ts, which main.ts hands it to', () => {
    expect(using(/process\.env|from 'node:process'/).filter((file) => file !== 'config.ts')).toEqual(['main.ts']);
  });

  it('what is said goes to the terminal through print.ts, where it is cleaned; main.ts says last words', () => {
    expect(using(/(stdout|stderr)\.write\(|console\./)).toEqual(['cli/erase-command.ts', 'cli/print.ts', 'main.ts']);
  });

  it('nothing of this program puts anything into its failpoints', () => {
    expect(using(/onReach/)).toEqual(['failpoint.ts']);
  });

  it('time and chance come into the rooms that decide as arguments', () => {
    const deciding = ['time', 'records', 'resources', 'evidence', 'drift', 'erasure'];
    const acts = /Date\.now|new Date\(\)|performance\.|Math\.random|setTimeout|\bfetch\(|\bprocess\./;
    const among = files.filter((file) => deciding.includes(roomOf(file)));
    expect(using(acts, among)).toEqual([]);
  });
});

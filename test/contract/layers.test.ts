import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const source = fileURLToPath(new URL('../../src', import.meta.url));

/** What each layer may import of ours besides itself: main -> status, sync -> api, db -> core <- bi <- resources. */
const ARROWS: Record<string, readonly string[]> = {
  main: ['commands', 'config', 'sync', 'status', 'api', 'db', 'resources', 'core', 'simulator', 'options', 'errors', 'logger', 'version'],
  commands: [
    'config',
    'evidence',
    'sync',
    'status',
    'report',
    'api',
    'db',
    'resources',
    'core',
    'simulator',
    'errors',
    'logger',
    'version',
  ],
  sync: ['evidence', 'api', 'db', 'resources', 'core', 'errors', 'failpoint', 'logger'],
  evidence: ['db', 'resources', 'core', 'errors', 'failpoint'],
  status: ['evidence', 'sync', 'api', 'db', 'resources', 'core', 'errors', 'logger'],
  report: ['bi', 'db', 'core', 'errors'],
  api: ['core', 'errors', 'failpoint', 'logger'],
  db: ['core', 'errors', 'failpoint', 'logger'],
  resources: ['bi', 'core'],
  bi: ['core'],
  core: [],
  simulator: [],
  config: ['core', 'errors'],
  logger: ['core', 'errors'],
  options: ['core'],
  errors: [],
  failpoint: [],
  version: [],
};

/** The packages of those layers that may not import just any. */
const PACKAGES: Record<string, RegExp> = {
  core: /^(drizzle-orm(\/pg-core)?|node:crypto)$/,
  resources: /^drizzle-orm(\/pg-core)?$/,
  bi: /^$/,
  simulator: /^node:/,
  errors: /^$/,
  failpoint: /^$/,
};

type Import = { file: string; target: string; isOurs: boolean };

const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .sort();
const textOf = (file: string) => readFileSync(join(source, file), 'utf8');
const layerOf = (file: string) => file.replace(/\.ts$/, '').split('/')[0] ?? '';

const importsOf = (file: string): Import[] =>
  [...textOf(file).matchAll(/(?:\bfrom|\bimport|\bimport\()\s*'([^'\s\\]+)'/g)].map(([, specifier = '']) => {
    const isOurs = specifier.startsWith('.');
    return { file, isOurs, target: isOurs ? relative(source, join(source, dirname(file), specifier)) : specifier };
  });
const imports = files.flatMap(importsOf);
const arrow = ({ file, target }: Import) => `${file} -> ${target}`;

describe('the layers', () => {
  it('are all known', () => {
    expect(Object.keys(ARROWS)).toEqual(expect.arrayContaining([...new Set(files.map(layerOf))]));
    expect(imports.length).toBeGreaterThan(100);
  });

  it('are joined by no other arrow', () => {
    const others = imports.filter(({ file, target, isOurs }) => {
      const [from, to] = [layerOf(file), layerOf(target)];
      return isOurs && from !== to && !ARROWS[from]?.includes(to);
    });
    expect(others.map(arrow)).toEqual([]);
  });

  it('that decide use no package that acts', () => {
    expect(imports.filter(({ file, target, isOurs }) => !isOurs && PACKAGES[layerOf(file)]?.test(target) === false).map(arrow)).toEqual([]);
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

  it('nothing of this program puts anything into its failpoints', () => {
    expect(using(/onReach/)).toEqual(['failpoint.ts']);
  });

  it('time and chance come into core as arguments', () => {
    const core = files.filter((file) => layerOf(file) === 'core');
    expect(using(/Date\.now|new Date\(\)|performance\.|Math\.random|setTimeout|fetch\(|\bprocess\./, core)).toEqual([]);
  });
});

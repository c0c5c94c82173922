import { createHash, randomBytes } from 'node:crypto';
import { chown, link, mkdir, readFile, readlink, rename, rm, stat, symlink, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EmbeddedUnavailableError } from '../errors.ts';
import { type OsUser, runAs } from './os-user.ts';
import { canEnter, findSharedPlace, makeDraft } from './shared-place.ts';

export const superuser = 'chatrhub';

/** Whether there is a file or a folder. */
export const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Where the cluster of `dataDir` is: `<dataDir>/postgres`, or where that points to. */
export const findCluster = (dataDir: string): Promise<string> => {
  const path = join(dataDir, 'postgres');
  return readlink(path).catch(() => path);
};

/** A directory for the cluster that `user` can reach: in `dataDir`, else elsewhere with a link in `dataDir`, so that it is found again. */
export const placeCluster = async (dataDir: string, user: OsUser): Promise<string> => {
  const cluster = await findCluster(dataDir);
  if (dirname(cluster) !== dataDir) await mkdir(dirname(cluster), { recursive: true });
  if (dirname(cluster) !== dataDir || (await canEnter(user, dataDir))) return cluster;
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 16);
  await symlink(join(await findSharedPlace(user), `cluster-${name}`), cluster).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  return findCluster(dataDir);
};

/**
 * The superuser's password, from the file that psql takes as PGPASSFILE. It is made once, and before the cluster, so that processes which
 * start together agree on it. It holds for any port, because the port may change.
 */
export const readPassword = async (passFile: string, cluster: string): Promise<string> => {
  const isOld = await exists(cluster);
  if (!(await exists(passFile))) {
    if (isOld)
      throw new EmbeddedUnavailableError(`${passFile}, which holds the password of ${cluster}, is gone: put it back, or remove both`);
    const draft = `${passFile}.${randomBytes(6).toString('hex')}`;
    await writeFile(draft, `127.0.0.1:*:*:${superuser}:${randomBytes(24).toString('hex')}\n`, { mode: 0o600 });
    await link(draft, passFile).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await unlink(draft);
  }
  const password = (await readFile(passFile, 'utf8')).trim().split(':').at(-1);
  if (!password) throw new EmbeddedUnavailableError(`${passFile} holds no password: put it back as it was`);
  return password;
};

/** Settings of the cluster. What is logged holds no values of rows: those are people's words. */
const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
};

/** Makes the cluster unless it is there. It appears whole or not at all; when two make one, the first stays. Says whether it made it. */
export const createCluster = async (cluster: string, password: string, bin: string, user: OsUser): Promise<boolean> => {
  if (await exists(cluster)) return false;
  const draft = await makeDraft(dirname(cluster));
  const data = join(draft, 'data');
  const passwordFile = join(draft, 'password');
  try {
    await mkdir(data, { mode: 0o700 });
    await writeFile(passwordFile, password, { mode: 0o600 });
    if (user.uid !== undefined && user.gid !== undefined)
      for (const path of [draft, data, passwordFile]) await chown(path, user.uid, user.gid);
    // The builtin provider gives the same order of texts on every system; its only locale with UTF-8 semantics is this one.
    const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
    const login = ['--username', superuser, '--pwfile', passwordFile, '--auth=scram-sha-256'];
    const configured = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    await runAs(user, join(bin, 'initdb'), ['-D', data, ...locale, ...login, ...configured, '--no-instructions'], 120_000);
    await rename(data, cluster);
    return true;
  } catch (error) {
    if (!(await exists(cluster))) throw error;
    return false;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
};

import { execFile } from 'node:child_process';
import { lstat, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { EmbeddedUnavailableError } from '../errors.ts';

/** The operating system's user a process runs as; empty: the one we are. */
export type OsUser = { uid?: number; gid?: number };

/** What PostgreSQL's programs see of our environment: PGPORT, PGDATA and their like would change what they do. */
export const serverEnv: NodeJS.ProcessEnv = { LC_ALL: 'C', PATH: '/usr/local/bin:/usr/bin:/bin' };

export const isRoot = process.getuid?.() === 0;

/**
 * The user the server runs as: ourselves, save for root, which PostgreSQL refuses. Then it is the owner of the cluster when there is one
 * (an ordinary user made it), else the account `postgres`, else `nobody`.
 */
export const findServerUser = async (clusterDir: string): Promise<OsUser> => {
  if (!isRoot) return {};
  const owner = await lstat(clusterDir).catch(() => undefined);
  if (owner?.isDirectory() && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const accounts = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const account = ['postgres', 'nobody'].map((name) => accounts.find((fields) => fields[0] === name)).find((fields) => fields);
  if (!account)
    throw new EmbeddedUnavailableError(
      'PostgreSQL refuses to run as root, and this machine has no account "postgres" or "nobody" to run it as',
    );
  return { uid: Number(account[2]), gid: Number(account[3]) };
};

/** Runs a program to its end as `user`; rejects with its output when it fails or takes longer than `timeoutMs`. */
export const runAs = async (user: OsUser, file: string, args: string[], timeoutMs: number): Promise<void> => {
  try {
    await promisify(execFile)(file, args, { ...user, cwd: '/', env: serverEnv, timeout: timeoutMs, killSignal: 'SIGKILL' });
  } catch (cause) {
    const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string };
    throw new EmbeddedUnavailableError(`${file} failed: ${`${stdout}${stderr}`.trim() || (cause as Error).message}`, { cause });
  }
};

import { appendFile, chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findServerUser, runAs } from '../../src/embedded/os-user.ts';
import { ensureRunning } from '../../src/embedded/server-process.ts';

const LOGIN = { user: 'chatrhub', password: 'of-the-tests-own-server' };
/** Through files, as `initdb` takes no settings before version 16. What is not named is as the version has it, JIT for instance. */
const SETTINGS = ["listen_addresses = '127.0.0.1'", "unix_socket_directories = ''", "timezone = 'UTC'", "log_timezone = 'UTC'"];

/**
 * Makes a cluster in `<dataDir>/postgres` with the programs in the folder `bin`, as a distribution installs them, and starts its server.
 * Returns its URL. Throws what `initdb` or the server said.
 */
export async function startInstalled(bin: string, dataDir: string): Promise<string> {
  const cluster = join(dataDir, 'postgres');
  const [passwordFile, logFile] = [join(dataDir, 'password'), join(dataDir, 'postgres.log')];
  const user = await findServerUser(cluster);
  await mkdir(cluster, { mode: 0o700 });
  await writeFile(passwordFile, LOGIN.password, { mode: 0o600 });
  if (user.uid !== undefined && user.gid !== undefined) for (const path of [cluster, passwordFile]) await chown(path, user.uid, user.gid);
  const login = ['--username', LOGIN.user, '--pwfile', passwordFile, '--auth=scram-sha-256'];
  await runAs(user, join(bin, 'initdb'), ['-D', cluster, '--encoding=UTF8', '--locale=C.UTF-8', ...login, '--no-instructions'], 120_000);
  await appendFile(join(cluster, 'postgresql.conf'), `${SETTINGS.join('\n')}\n`);
  const url = (port: number) => `postgresql://${LOGIN.user}:${LOGIN.password}@127.0.0.1:${port}/postgres`;
  return url(await ensureRunning({ cluster, bin, user, logFile, durable: false }, url));
}

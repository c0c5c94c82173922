import { lstat, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedUnavailableError } from '../errors.ts';
import { type OsUser, runAs } from './os-user.ts';

const draftPrefix = 'chatrhub-sync-draft-';
const abandonedAfterMs = 10 * 60_000;

/** A new directory in `place` for what is renamed when it is whole. Those of processes that were killed over theirs are removed. */
export const makeDraft = async (place: string): Promise<string> => {
  for (const name of await readdir(place)) {
    const path = join(place, name);
    if (name.startsWith(draftPrefix) && (await stat(path)).mtimeMs < Date.now() - abandonedAfterMs)
      await rm(path, { recursive: true, force: true });
  }
  return mkdtemp(join(place, draftPrefix));
};

/** Whether `user` gets into `dir`. It is tried, not computed, so that ACLs and mounts count; only root runs anything as another user. */
export const canEnter = async (user: OsUser, dir: string): Promise<boolean> =>
  user.uid === undefined ||
  runAs(user, '/bin/sh', ['-c', 'cd "$1"', 'sh', dir], 10_000).then(
    () => true,
    () => false,
  );

/**
 * A directory that root owns and `user` can enter, for what cannot stay where it is. /tmp is open to everyone and the name is known
 * beforehand, so one that somebody else has made, or may write to, is not used.
 */
export const findSharedPlace = async (user: OsUser): Promise<string> => {
  for (const parent of ['/var/lib', '/var/tmp', tmpdir()]) {
    const place = join(parent, 'chatrhub-sync');
    await mkdir(place, { mode: 0o755 }).catch(() => undefined);
    const found = await lstat(place).catch(() => undefined);
    const isOurs = found?.isDirectory() && found.uid === 0 && (found.mode & 0o022) === 0;
    if (isOurs && (await canEnter(user, place))) return place;
  }
  throw new EmbeddedUnavailableError(`There is no directory below /var/lib, /var/tmp or ${tmpdir()} that the server's user can enter`);
};

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of a test's own; `fill` leaves no room on it, `clear` makes it again. */
export type SmallDisk = { path: string; fill(): void; clear(): void; remove(): void };

const BYTES = 4 * 2 ** 20;

/** A file system of 4 MB for the user of that number, or undefined where this process may not mount one. */
export function mountSmallDisk(uid: number): SmallDisk | undefined {
  const root = mkdtempSync(join(tmpdir(), 'chatrhub-disk-'));
  chmodSync(root, 0o755);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${BYTES},uid=${uid},mode=700`, 'tmpfs', root], { stdio: 'pipe' });
  } catch {
    rmSync(root, { recursive: true });
    return undefined;
  }
  const path = join(root, 'space');
  const filler = join(root, 'filler');
  const remove = () => {
    process.removeListener('exit', remove);
    execFileSync('umount', [root]);
    rmSync(root, { recursive: true });
  };
  process.on('exit', remove);
  mkdirSync(path, { mode: 0o700 });
  execFileSync('chown', [String(uid), path]);
  return {
    path,
    fill() {
      try {
        writeFileSync(filler, Buffer.alloc(2 * BYTES));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    },
    clear: () => rmSync(filler),
    remove,
  };
}

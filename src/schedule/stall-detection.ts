import { setTimeout as sleep } from 'node:timers/promises';
import { StalledError } from '../errors.ts';

const LOOKS = 20;

/**
 * Throws `StalledError` when `mark`, which tells how far things are, has been the same for `quietMs`; undefined means that nothing is to
 * be expected. It counts looks, not time: a process that was stopped, or a machine that slept, had no chance to move. Returns when the
 * signal fires.
 */
export async function watchForStall(
  mark: () => string | undefined,
  { quietMs, signal }: { quietMs: number; signal: AbortSignal },
): Promise<void> {
  let seen = mark();
  for (let quiet = 0; ; quiet++) {
    await sleep(quietMs / LOOKS, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    const now = mark();
    if (now === undefined || now !== seen) quiet = -1;
    seen = now;
    if (quiet + 1 >= LOOKS)
      throw new StalledError(
        `nothing has moved for ${Math.round(quietMs / 1_000)} s, although nothing is waited for: the process ends, for its supervisor to restart it; last seen: ${seen}`,
      );
  }
}

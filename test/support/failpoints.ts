import { fileURLToPath } from 'node:url';
import { onReach, type Point } from '../../src/failpoint.ts';

/** What a process dies of in a test. */
class KilledError extends Error {
  override name = 'KilledError';
}

/**
 * Does work that is killed when it comes to a point the n-th time: from then on it dies at every point there is, so that it has no
 * effect any more. Says whether it was, and how often it came there; what else goes wrong is thrown.
 */
export async function dieAt(point: Point, hit: number, work: () => Promise<unknown>): Promise<{ isKilled: boolean; hits: number }> {
  let hits = 0;
  let isDead = false;
  onReach((reached) => {
    if (reached === point) hits += 1;
    isDead ||= hits === hit;
    if (isDead) throw new KilledError(`killed at ${point}, hit ${hit}`);
  });
  try {
    await work();
    return { isKilled: false, hits };
  } catch (error) {
    if (error instanceof KilledError) return { isKilled: true, hits };
    throw error;
  } finally {
    onReach(undefined);
  }
}

/** The ways to die of a process. */
export const ENDS = ['throw', 'SIGTERM', 'SIGKILL'] as const;
export type End = (typeof ENDS)[number];

const HOOK = fileURLToPath(new URL('./die-at.mjs', import.meta.url));

/** The settings of a process of the built program that dies of `end` at the n-th hit of a point. */
export const dyingAt = (point: Point, hit: number, end: End | 'SIGSTOP'): Record<string, string> => ({
  NODE_OPTIONS: `--import=${HOOK}`,
  TEST_DIE_AT: `${point} ${hit} ${end}`,
});

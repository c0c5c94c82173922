/**
 * The steps between two effects: a process can die at each of them. Tests make it die there (test/support/failpoints.ts), and no setting
 * or option does: the hook is nothing until code that is not part of this program puts something into it.
 */
export const POINTS = [
  'begin',
  'begun',
  'grant',
  'granted',
  'send',
  'received',
  'settled',
  'parse',
  'stage',
  'merge',
  'versions',
  'mark',
  'commit',
  'committed',
  'landed',
  'fact',
  'list',
  'whole',
  'migrate',
  'migrated',
  'finish',
  'finished',
] as const;

export type Point = (typeof POINTS)[number];

let hook: ((point: Point) => void) | undefined;

/** Says that a process has come to a point. */
export function reach(point: Point): void {
  hook?.(point);
}

/** For tests alone, which a test checks: what happens at points from now on. */
export function onReach(next: ((point: Point) => void) | undefined): void {
  hook = next;
}

import type { Bench } from './bench.ts';
import { drawOf } from './draw.ts';
import { play } from './play.ts';
import type { Result } from './summary.ts';

/** Which draws: so many from a seed on, with the switches of these names where there are any, and others besides; calm ones have no faults. */
export type Wanted = { seed: number; draws: number; names?: readonly string[] | undefined; also?: readonly string[]; isCalm?: boolean };

/** Plays draws, one at a time on each bench; `tell` hears of each. */
export async function playMany(
  benches: readonly Bench[],
  { seed, draws, names, also, isCalm = false }: Wanted,
  tell: (result: Result) => void = () => {},
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const worker = async (bench: Bench) => {
    while (next < draws) {
      const drawn = drawOf(seed + next++, names, also);
      const draw = isCalm ? { ...drawn, troubles: [], demandingRun: undefined } : drawn;
      const began = performance.now();
      const outcome = await play(bench, draw).then(
        (played) => ({ played }),
        (error: unknown) => ({ played: [], error }),
      );
      const result = { draw, ...outcome, tookMs: performance.now() - began };
      results.push(result);
      tell(result);
    }
  };
  await Promise.all(benches.map(worker));
  return results.toSorted((a, b) => a.draw.seed - b.draw.seed);
}

/** Of those who come, so many wait at most. */
const MAY_WAIT = 0.1;
/** More people at once than 2,000 requests a day can tell of. */
const MOST_PEOPLE = 500;

/** The share of contacts that wait when `load` erlangs meet so many people (Erlang C): by the recursion of Erlang B. */
function shareWaiting(load: number, people: number): number {
  if (load >= people) return 1;
  let blocked = 1;
  for (let n = 1; n <= people; n++) blocked = (load * blocked) / (n + load * blocked);
  return blocked / (1 - (load / people) * (1 - blocked));
}

/**
 * The highest load at which no more than one in ten waits, for one person, two, and so on: by the secant method, each from the one before,
 * as every start of the program needs them.
 */
const LOADS: readonly number[] = Array.from({ length: MOST_PEOPLE }).reduce<number[]>((found) => {
  const people = found.length + 1;
  const tooMany = (load: number): number => shareWaiting(load, people) - MAY_WAIT;
  let load = (found.at(-1) ?? 0) + 0.05;
  let [excess, step] = [tooMany(load), 0.05];
  let before = tooMany(load - step);
  while (Math.abs(step) > 1e-13 * people && excess !== before) {
    step *= -excess / (excess - before);
    load += step;
    [before, excess] = [excess, tooMany(load)];
  }
  return [...found, load];
}, []);

/** A load that is met exactly is below the threshold, whichever way the last digits of both were rounded. */
const THRESHOLDS = LOADS.map((load) => (load * (1 + 1e-9)).toPrecision(12)).join(', ');

/** SQL: how many people it takes that at most one in ten waits, at a load in erlangs; 0 for none, and 501 for more than 500. */
export const peopleNeeded = (load: string): string =>
  `case when ${load} > 0 then width_bucket(${load}, array[${THRESHOLDS}]::double precision[]) + 1 when ${load} = 0 then 0 end`;

export type Random = {
  /** A number in [0, 1). */
  next(): number;
  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number;
  /** True with the given probability, 0 to 1. */
  chance(probability: number): boolean;
  /** One element of a non-empty list. */
  pick<T>(list: readonly T[]): T;
};

/** FNV-1a over the joined key: a 32-bit number that depends on every part. */
export function hashOf(...key: readonly (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const char of key.join('\u001f')) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return hash >>> 0;
}

/** A generator of numbers (mulberry32) that always yields the same sequence for the same key. */
export function createRandom(...key: readonly (string | number)[]): Random {
  let state = hashOf(...key);
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    int: (min, max) => min + Math.floor(next() * (max - min + 1)),
    chance: (probability) => next() < probability,
    pick: <T>(list: readonly T[]) => {
      if (list.length === 0) throw new RangeError('pick needs a list with at least one element');
      return list[Math.floor(next() * list.length)] as T;
    },
  };
}

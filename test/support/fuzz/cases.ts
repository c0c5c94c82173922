/** A draw that was wrong once: its seed, its switches as `nameOf` writes them, and what was wrong. */
export type Case = { seed: number; switches: readonly string[]; why: string };

/** Each failing draw becomes one: what it found does not come back. */
export const CASES: readonly Case[] = [
  {
    seed: 1,
    switches: ['refusesFuture: true', 'complaint groups: status beside no data, always', 'types: class'],
    why: 'agents of a type as a class name are refused, and nothing names agents',
  },
  { seed: 10, switches: ['complaint messages: success beside nothing, once'], why: 'an error beside empty data counted as no messages' },
  { seed: 19, switches: ['activityCut: 2 days, newest'], why: 'days that an answer of activity lacked counted as covered' },
];

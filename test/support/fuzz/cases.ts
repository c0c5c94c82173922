/** A draw that was wrong once: its seed, its switches as `nameOf` writes them, and what was wrong. */
export type Case = { seed: number; switches: readonly string[]; why: string };

/** Each failing draw becomes one: what it found does not come back. */
export const CASES: readonly Case[] = [];

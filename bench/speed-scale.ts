/** How much is measured. */
export type Scale = { answer: number; messages: number; snapshots: number; rounds: number; large: number; drizzle: number };

export const FULL: Scale = { answer: 20_000, messages: 500_000, snapshots: 1_000_000, rounds: 3, large: 5_000_000, drizzle: 20_000 };

/** To try: figures differ, and the ratios of small tables are kinder. */
export const QUICK: Scale = { answer: 5_000, messages: 60_000, snapshots: 120_000, rounds: 1, large: 200_000, drizzle: 2_000 };

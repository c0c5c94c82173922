/** How much is measured. */
export type Scale = {
  messages: number;
  snapshots: number;
  /** Records in an answer. */
  answer: number;
  /** Interleaved runs, of which the medians are shown. */
  rounds: number;
  /** Rows of a large table. */
  large: number;
  /** Rows that are loaded the slow ways. */
  drizzle: number;
  night: { agents: number; days: number; chats: number };
  history: { agents: number; days: number; chats: number };
};

export const FULL: Scale = {
  messages: 500_000,
  snapshots: 1_000_000,
  answer: 20_000,
  rounds: 3,
  large: 5_000_000,
  drizzle: 20_000,
  night: { agents: 50, days: 30, chats: 30_000 },
  history: { agents: 4, days: 3_650, chats: 7_300 },
};

/** To try: figures differ, and the ratios of small tables are kinder. */
export const QUICK: Scale = {
  messages: 60_000,
  snapshots: 120_000,
  answer: 5_000,
  rounds: 1,
  large: 200_000,
  drizzle: 2_000,
  night: { agents: 12, days: 5, chats: 200 },
  history: { agents: 5, days: 200, chats: 300 },
};

import type { Database } from '../src/warehouse/connection/database.ts';

/** What some work took. `peakMb`: how much memory this process had at most, beyond what it had before. */
export type Cost = { seconds: number; walMb: number; peakMb: number; nodeSeconds: number };

const MB = 2 ** 20;

/** Measures work that may be done in parts; what lies between the parts is not counted. */
export function createMeter({ pool }: Database) {
  const cost: Cost = { seconds: 0, walMb: 0, peakMb: 0, nodeSeconds: 0 };
  const wal = async () => {
    const { rows } = await pool.query<{ bytes: number }>(`select pg_current_wal_insert_lsn() - '0/0'::pg_lsn as bytes`);
    return Number(rows[0]?.bytes) / MB;
  };
  return {
    cost,
    async run<T>(work: () => Promise<T>): Promise<T> {
      const walBefore = await wal();
      const rssBefore = process.memoryUsage.rss();
      const look = setInterval(() => {
        cost.peakMb = Math.max(cost.peakMb, (process.memoryUsage.rss() - rssBefore) / MB);
      }, 20);
      const cpu = process.cpuUsage();
      const began = performance.now();
      try {
        return await work();
      } finally {
        cost.seconds += (performance.now() - began) / 1_000;
        const { user, system } = process.cpuUsage(cpu);
        cost.nodeSeconds += (user + system) / 1_000_000;
        clearInterval(look);
        cost.walMb += (await wal()) - walBefore;
      }
    },
  };
}

/** The middle one; of an even number the lower of the two. */
export function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)] ?? Number.NaN;
}

/** To so many decimals. */
export const rounded = (number: number, decimals = 2): number => Math.round(number * 10 ** decimals) / 10 ** decimals;

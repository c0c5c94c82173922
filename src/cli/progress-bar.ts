import type { ProgressView } from '../runs/progress.ts';
import { formatSeconds } from './text-table.ts';

export type Bar = { show(view: ProgressView): void; end(): void };

const WIDTH = 24;

/** A bar on the terminal behind stderr, below the lines of the log. */
export async function startBar(text: string): Promise<Bar> {
  // Only who looks at it loads it.
  const { default: ora } = await import('ora');
  // Ctrl-C is the program's.
  const spinner = ora({ text, stream: process.stderr, discardStdin: false }).start();
  return {
    show: (view) => {
      spinner.text = describeBar(view, new Date());
    },
    end: () => void spinner.stop(),
  };
}

/** A run under way, for a person: what is asked for, how far it is, how the budget stands, what it waits for, when it will be done. */
export function describeBar({ resource, requestsDone, requestsLeft, rows, budget, finishesAt, waiting }: ProgressView, now: Date): string {
  const total = requestsDone + requestsLeft;
  const filled = total === 0 ? 0 : Math.floor((WIDTH * requestsDone) / total);
  const count = (number: number) => number.toLocaleString('en');
  const seconds = Math.max(0, (finishesAt.getTime() - now.getTime()) / 1_000);
  const lines = [
    `${resource.padEnd(16)} ${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${count(requestsDone)} of ${count(total)} requests, ${count(rows)} rows`,
    `done in ${formatSeconds(seconds)}, at ${clock(finishesAt, now)} UTC; used ${budget.map(({ used, limit, window }) => `${count(used)}/${count(limit)} per ${window}`).join(', ')}`,
    ...(waiting ? [`waiting until ${clock(waiting.until, now)} UTC: ${waiting.reason}`] : []),
  ];
  return lines.join('\n  ');
}

/** `14:05:09`, with the day when that is not today. */
function clock(at: Date, now: Date): string {
  const [day, time = ''] = at.toISOString().split('T');
  return `${day === now.toISOString().slice(0, 10) ? '' : `${day} `}${time.slice(0, 8)}`;
}

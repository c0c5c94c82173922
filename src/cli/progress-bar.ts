import type { ProgressView } from '../runs/progress.ts';
import { startStatusLines } from './status-lines.ts';
import { formatSeconds } from './text-table.ts';

export type Bar = { show(view: ProgressView): void; end(): void };

const [WIDE, NARROW] = [24, 10];
/** From so many columns on the bar is wide, and what it is of stands in a column. */
const ROOM = 60;

/** A bar on the terminal behind stderr, below the lines of the log. */
export function startBar(text: string): Bar {
  const lines = startStatusLines(process.stderr);
  lines.show(() => [text]);
  return { show: (view) => lines.show((columns) => describeBar(view, new Date(), columns)), end: lines.end };
}

/**
 * A run under way, for a person, in lines for so many columns: what is asked for, how far it is, how the budget stands, what it waits for,
 * when it will be done.
 */
export function describeBar(
  { resource, requestsDone, requestsLeft, rows, budget, finishesAt, waiting }: ProgressView,
  now: Date,
  columns: number,
): string[] {
  const isRoomy = columns >= ROOM;
  const width = isRoomy ? WIDE : NARROW;
  const total = requestsDone + requestsLeft;
  const filled = total === 0 ? 0 : Math.floor((width * requestsDone) / total);
  const count = (number: number) => number.toLocaleString('en');
  const seconds = Math.max(0, (finishesAt.getTime() - now.getTime()) / 1_000);
  const bar = `${'█'.repeat(filled)}${'░'.repeat(width - filled)}`;
  const requests = `${count(requestsDone)} of ${count(total)} requests`;
  const used = budget.map(({ used, limit, window }) => `${count(used)}/${count(limit)} per ${window}`);
  const [first = '', ...others] = used;
  return [
    ...(isRoomy ? [] : [resource, bar]),
    ...fill(isRoomy ? `${resource.padEnd(16)} ${bar} ${requests}` : requests, [`${count(rows)} rows`], ', ', columns),
    ...fill(`  done in ${formatSeconds(seconds)}`, [`at ${clock(finishesAt, now)} UTC`], ', ', columns),
    ...fill(`  used ${first}`, others, ', ', columns),
    ...(waiting ? fill(`  waiting until ${clock(waiting.until, now)} UTC`, [waiting.reason], ': ', columns) : []),
  ];
}

/** Parts of a line, in as few lines as so many columns allow. */
function fill(first: string, others: readonly string[], between: string, columns: number): string[] {
  const lines = [first];
  for (const part of others) {
    const longer = `${lines.at(-1)}${between}${part}`;
    if (longer.length < columns) lines[lines.length - 1] = longer;
    else lines.push(`    ${part}`);
  }
  return lines;
}

/** `14:05:09`, with the day when that is not today. */
function clock(at: Date, now: Date): string {
  const [day, time = ''] = at.toISOString().split('T');
  return `${day === now.toISOString().slice(0, 10) ? '' : `${day} `}${time.slice(0, 8)}`;
}

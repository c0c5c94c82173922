import type { Config } from '../config.ts';
import { UsageError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { type ReconcileReport, reconcile } from '../runs/reconcile.ts';
import type { Day } from '../time/period.ts';
import { describeRun, runCommand } from './run-command.ts';
import { formatTable } from './text-table.ts';

export type ReconcileFlags = { from: Day | undefined; to: Day | undefined; repair: boolean; json: boolean; hasBar?: boolean };

/** `chatrhub-sync reconcile`: compares the warehouse with the source's own totals, and repairs what disagrees. */
export function reconcileCommand(config: Config, logger: Logger, flags: ReconcileFlags, signal: AbortSignal): Promise<ReconcileReport> {
  const { from, to, repair, json, hasBar = false } = flags;
  if (from !== undefined && to !== undefined && from > to) throw new UsageError(`--from ${from} is later than --to ${to}`);
  const again = ['reconcile', ...(from ? [`--from ${from}`] : []), ...(to ? [`--to ${to}`] : []), ...(repair ? ['--repair'] : [])].join(
    ' ',
  );
  return runCommand(
    config,
    logger,
    { json, only: undefined, maxDuration: undefined, hasBar },
    {
      again,
      signal,
      run: (options) => reconcile({ ...options, repair, from, to }),
      describe: (report) => `${describeRun(report)}\n${describeDifferences(report, repair)}`,
    },
  );
}

function describeDifferences({ differences }: ReconcileReport, repair: boolean): string {
  if (differences.length === 0) return repair ? 'Source and warehouse agree on every day now.' : 'Source and warehouse agree on every day.';
  const days = differences.map(({ source_total, warehouse_total, ...period }) => ({
    ...period,
    'at the source': source_total,
    here: warehouse_total,
  }));
  return `Days on which they disagree${repair ? ' still' : '; --repair reads them again'}:\n${formatTable(days)}`;
}

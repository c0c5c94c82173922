import type { Config } from '../config.ts';
import type { Logger } from '../logger.ts';
import { backfill, backfillRange } from '../runs/backfill.ts';
import type { RunReport } from '../runs/run-report.ts';
import { addDays, type Day } from '../time/period.ts';
import { reportingOf } from './open-warehouse.ts';
import { type RunFlags, runCommand } from './run-command.ts';

export type BackfillFlags = RunFlags & { from: Day; to: Day | undefined; refresh: boolean };

/** `chatrhub-sync backfill`: loads history, newest day first. */
export function backfillCommand(config: Config, logger: Logger, flags: BackfillFlags, signal: AbortSignal): Promise<RunReport> {
  const { from, to, refresh, only } = flags;
  const range = backfillRange(from, to, new Date());
  // What was to be read again is forgotten when the run begins: continuing needs no --refresh.
  const again = [`backfill --from ${range.from} --to ${addDays(range.until, -1)}`, ...(only ? [`--only ${only.join()}`] : [])].join(' ');
  const reporting = reportingOf(config);
  return runCommand(config, logger, flags, { again, signal, reporting, run: (options) => backfill({ ...options, range, refresh }) });
}

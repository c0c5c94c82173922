import type { Config } from '../config.ts';
import type { Logger } from '../logger.ts';
import { expectReads } from '../operations/freshness.store.ts';
import type { RunReport } from '../runs/run-report.ts';
import { sync } from '../runs/sync.ts';
import type { Day } from '../time/period.ts';
import { reportingOf } from './open-warehouse.ts';
import { expectationOf, type RunFlags, runCommand } from './run-command.ts';

/** Which days a sync reads, as the settings say. */
export const syncDays = ({ SYNC_START_DATE, SYNC_LOOKBACK_DAYS }: Config): { startDate: Day | undefined; lookbackDays: number } => ({
  startDate: SYNC_START_DATE,
  lookbackDays: SYNC_LOOKBACK_DAYS,
});

/** `chatrhub-sync sync`: makes one incremental run. */
export const syncCommand = (config: Config, logger: Logger, flags: RunFlags, signal: AbortSignal): Promise<RunReport> =>
  runCommand(
    config,
    logger,
    { ...flags, maxDuration: flags.maxDuration ?? config.SYNC_MAX_DURATION },
    {
      again: 'sync',
      signal,
      reporting: reportingOf(config),
      run: async (options) => {
        await expectReads(options.database, expectationOf(config), options.now());
        return sync({ ...options, ...syncDays(config) });
      },
    },
  );

#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { DOCUMENTED_LIMITS } from './budget/limits.ts';
import { json, maxDuration, only, parseAccount, parseCount, parseDayOption, parseFilled, parseLimitsOption } from './cli/options.ts';
import { print, printJson } from './cli/print.ts';
import { screenOf } from './cli/screen.ts';
import { describeUsageError } from './cli/usage-errors.ts';
import type { Config } from './config.ts';
import { EmbeddedUnavailableError, explain, LockedError, MigrationError, StalledError, UsageError } from './errors.ts';
import type { Logger } from './logger.ts';
import { plainLines, plainText } from './plain-text.ts';
import type { RunReport } from './runs/run-report.ts';
import { readVersion } from './version.ts';
import { classifyError } from './warehouse/connection/error-class.ts';

/*
 * Each command loads what it needs when it is called: help and a wrong option are answered before the database's driver, the tables and
 * the settings' checks could be read from disk.
 */

/** Exit codes (docs/operations.md). */
const EXIT = { done: 0, failed: 1, usage: 2, locked: 3, SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

const LONGEST_STOP_MS = 9_000;

const screen = screenOf(process.env, process.stderr);
const { hasBar } = screen;
let scrub = (text: string): string => text;
/** SIGHUP: its terminal was closed. */
const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;
let stoppedBy: (typeof SIGNALS)[number] | undefined;
/** The command that was begun with --json: whoever reads its output gets an object from it also when it fails. */
let jsonOf: string | undefined;
const stop = new AbortController();
for (const signal of SIGNALS) {
  process.on(signal, () => {
    // The second signal does not wait for what is under way.
    if (stoppedBy) process.exit(EXIT[signal]);
    stoppedBy = signal;
    stop.abort();
    // Whoever stops a service kills it after ten seconds; what is not committed by then is asked for again.
    setTimeout(() => process.exit(EXIT[signal]), LONGEST_STOP_MS).unref();
  });
}

// The reader of the output may have ended (`| head`): the work continues.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
process.on('uncaughtException', (error) => process.exit(fail(error)));

const program = new Command('chatrhub-sync')
  .description(
    'Copies a ChatrHub live-chat account into PostgreSQL, for analysts with BI tools. Settings come from the environment and from .env.',
  )
  .version(readVersion())
  .exitOverride()
  .hook('preAction', (_, command) => {
    if (command.opts().json) jsonOf = command.name();
  })
  // What is refused is followed by what is allowed.
  .showHelpAfterError()
  .configureOutput({ outputError: (text, write) => write(describeUsageError(text)) });

program
  .command('sync')
  .description('one incremental run over all resources, then exits: the nightly batch job')
  .addOption(only())
  .addOption(maxDuration())
  .addOption(json())
  .action(({ only, maxDuration, json }) =>
    main(async (config, logger) => {
      const { syncCommand } = await import('./cli/sync-command.ts');
      return exitCodeOf(await syncCommand(config, logger, { only, maxDuration, json, hasBar }, stop.signal));
    }),
  );

program
  .command('backfill')
  .description('loads history, newest day first; repeated, it loads only what is missing')
  .requiredOption('--from <day>', 'the first day, YYYY-MM-DD', parseDayOption)
  .option('--to <day>', 'the last day, YYYY-MM-DD; default: the last one that is over', parseDayOption)
  .addOption(only())
  .option('--dry-run', 'print the requests and the time it needs, and load nothing', false)
  .option('--refresh', 'read days again that are already loaded', false)
  .addOption(maxDuration())
  .addOption(json())
  .action(({ dryRun, maxDuration, ...flags }) =>
    main(async (config, logger) => {
      if (dryRun) return (await import('./cli/plan-command.ts')).planCommand(config, logger, flags, stop.signal);
      const { backfillCommand } = await import('./cli/backfill-command.ts');
      return exitCodeOf(await backfillCommand(config, logger, { ...flags, maxDuration, hasBar }, stop.signal));
    }),
  );

program
  .command('plan')
  .description('requests and time that the next sync, or with --from a backfill, would need; loads nothing')
  .option('--from <day>', 'the first day of a backfill, YYYY-MM-DD', parseDayOption)
  .option('--to <day>', 'the last day of a backfill, YYYY-MM-DD', parseDayOption)
  .addOption(only())
  .addOption(json())
  .action((flags) =>
    main(async (config, logger) => {
      const { planCommand } = await import('./cli/plan-command.ts');
      return planCommand(config, logger, { ...flags, refresh: false }, stop.signal);
    }),
  );

program
  .command('reconcile')
  .description("compares the chats of the warehouse with the source's own totals, and finds the days that disagree")
  .option('--from <day>', 'the first day, YYYY-MM-DD; default: the first one that was read', parseDayOption)
  .option('--to <day>', 'the last day, YYYY-MM-DD', parseDayOption)
  .option('--repair', 'read the days that disagree again', false)
  .addOption(json())
  .action((flags) =>
    main(async (config, logger) => {
      const { reconcileCommand } = await import('./cli/reconcile-command.ts');
      const report = await reconcileCommand(config, logger, { ...flags, hasBar }, stop.signal);
      return report.differences.length > 0 ? EXIT.failed : exitCodeOf(report);
    }),
  );

program
  .command('schedule')
  .description('stays up: syncs by cron, and serves health, metrics and the status page')
  .action(() =>
    main(async (config, logger) => {
      // With an HTTP server and metrics, which no other command needs.
      const { scheduleCommand } = await import('./cli/schedule-command.ts');
      await scheduleCommand(config, logger, stop.signal);
    }),
  );

program
  .command('status')
  .description('last runs, freshness and backlog per resource, budget used and free in each window')
  .addOption(json())
  .action(({ json }) =>
    main(async (config, logger) => (await import('./cli/status-command.ts')).statusCommand(config, logger, { json }, stop.signal), {
      needsKey: false,
    }),
  );

program
  .command('report')
  .description('writes one page of charts about a support team; reads chatrhub_bi only')
  .option('--from <day>', 'the first day, YYYY-MM-DD; default: the first of the last 28 complete days', parseDayOption)
  .option('--to <day>', 'the last day, YYYY-MM-DD; default: the last complete one', parseDayOption)
  .option('--group <group>', 'the name or the number of one group; default: all', parseFilled)
  .option('--out <file>', 'the file to write', parseFilled, 'report.html')
  .action((flags) =>
    main(
      async (config, logger) => {
        // With the charts, which no other command needs.
        const { reportCommand } = await import('./cli/report-command.ts');
        await reportCommand(config, logger, flags, stop.signal);
      },
      { needsKey: false },
    ),
  );

program
  .command('replay')
  .description('rebuilds the tables from the raw records, for instance after a new column; makes no request')
  .addOption(only())
  .addOption(json())
  .action(({ only, json }) =>
    main(
      async (config, logger) => {
        const { replayCommand } = await import('./cli/replay-command.ts');
        return exitCodeOf(await replayCommand(config, logger, { only, json }, stop.signal));
      },
      { needsKey: false },
    ),
  );

program
  .command('erase')
  .description('removes a person from every schema, and keeps them out of later syncs')
  .requiredOption('--visitor <id>', 'the number of the visitor', parseCount(1, Number.MAX_SAFE_INTEGER))
  .option('--yes', 'do not ask for confirmation', false)
  .addOption(json())
  .action((flags) =>
    main(
      async (config, logger) => {
        const { eraseCommand } = await import('./cli/erase-command.ts');
        return (await eraseCommand(config, logger, flags)) ? EXIT.done : EXIT.failed;
      },
      { needsKey: false },
    ),
  );

program
  .command('migrate')
  .description('brings the schemas up to date (sync does it itself)')
  .action(() =>
    main(
      async (config, logger) => {
        const { migrateWarehouse, openWarehouse, reportingOf } = await import('./cli/open-warehouse.ts');
        const { database } = await openWarehouse(config, logger, stop.signal);
        const { applied, changes } = await migrateWarehouse(database, logger, reportingOf(config)).finally(() => database.close());
        const done = [...(applied.length > 0 ? [`applied ${applied.join(', ')}`] : []), ...changes];
        print(done.join('\n') || 'nothing to do: the schemas are up to date');
      },
      { needsKey: false },
    ),
  );

program
  .command('doctor')
  .description('checks settings, API key (one request), database, rights, clocks and schedule; says what to do about each')
  .addOption(json())
  .action(({ json }) =>
    main(
      async (config, logger) => {
        const { doctorCommand } = await import('./cli/doctor-command.ts');
        const failed = (await doctorCommand(config, logger, { json }, stop.signal)).filter(({ outcome }) => outcome === 'fail');
        if (failed.some(({ isSetting }) => isSetting)) return EXIT.usage;
        return failed.length > 0 ? EXIT.failed : EXIT.done;
      },
      { needsKey: false },
    ).catch(async (error: unknown) => {
      if (!(error instanceof UsageError)) throw error;
      const { printFindings } = await import('./cli/doctor-command.ts');
      printFindings([{ check: 'settings', outcome: 'fail', text: error.message, advice: 'correct them, then run doctor again' }], json);
      setExitCode(EXIT.usage);
    }),
  );

program
  .command('federate')
  .description('prints the SQL of one database for analysts over the warehouses of many accounts; needs no settings')
  .requiredOption('--account <name=url>', 'an account and its warehouse: acme=postgres://reader@host/database; once for each', parseAccount)
  .action(async ({ account }) => (await import('./cli/federate-command.ts')).federateCommand(account));

program
  .command('simulate')
  .description('serves an invented ChatrHub account over HTTP, with all documented oddities, for trials and tests')
  .option('--port <port>', 'port on 127.0.0.1; 0 takes a free one', parseCount(0, 65_535), 8_090)
  .option('--seed <number>', 'the same seed gives the same account', parseCount(0, 2 ** 31), 1)
  .option('--days <days>', 'days of history', parseCount(1, 3_650), 30)
  .option('--chats <count>', 'chats in that time', parseCount(1, 1_000_000), 1_500)
  .option('--agents <count>', 'agents, bots included', parseCount(4, 1_000), 12)
  .option('--limits <limits>', 'count/window, separated by commas', parseLimitsOption, DOCUMENTED_LIMITS)
  .action(async (flags) => (await import('./cli/simulate-command.ts')).simulateCommand(flags, stop.signal));

program
  .command('demo')
  .description('syncs an invented account twice into a built-in PostgreSQL, and shows the result; needs no settings')
  .action(async () => {
    const { demoCommand } = await import('./cli/demo-command.ts');
    setExitCode(exitCodeOf(await demoCommand(screen, stop.signal)));
  });

program
  .helpCommand(false)
  .command('help')
  .argument('[command]', 'the command to explain; default: all')
  .description('explains a command')
  .action((name?: string) => {
    const command = name === undefined ? program : program.commands.find((one) => one.name() === name);
    if (command) command.help();
    else program.error(`error: unknown command '${name}'`);
  });

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = fail(error);
  // What hangs would keep the process.
  if (error instanceof StalledError) process.exit();
}
if (stoppedBy) process.exitCode = EXIT[stoppedBy];

/** Reads the settings and runs a command with them. */
async function main(command: (config: Config, logger: Logger) => Promise<unknown>, { needsKey = true } = {}): Promise<void> {
  const [{ readConfig }, { secretsOf }, { createLogger }, { createScrubber }] = await Promise.all([
    import('./config.ts'),
    import('./settings/secrets.ts'),
    import('./logger.ts'),
    import('./scrubber.ts'),
  ]);
  const config = readConfig(process.env, process.cwd(), { needsKey });
  const secrets = secretsOf(config);
  scrub = createScrubber(secrets);
  const logger = createLogger({ level: config.LOG_LEVEL, secrets, ...screen });
  setExitCode(await command(config, logger));
}

function setExitCode(code: unknown): void {
  process.exitCode = typeof code === 'number' ? code : EXIT.done;
}

function exitCodeOf({ status }: RunReport): number {
  return status === 'complete' || status === 'incomplete' ? EXIT.done : EXIT.failed;
}

/** Prints the error, without a secret, and returns the exit code for it. */
function fail(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  // A setting may be wrong for a reason that the database has too: a name that nobody knows.
  const trouble = error instanceof UsageError ? undefined : classifyError(error);
  const text = scrub(explain(error));
  const advised = trouble?.advice ? `${text} - ${trouble.advice}` : text;
  const told = trouble ? `the database cannot be used: ${advised}` : text;
  const isSettings = error instanceof UsageError || error instanceof MigrationError || error instanceof EmbeddedUnavailableError;
  // Messages about settings have several lines; of all else, a line end is part of what it quotes.
  process.stderr.write(`chatrhub-sync: ${isSettings ? plainLines(told) : plainText(told)}\n`);
  if (jsonOf) printJson({ command: jsonOf, status: stoppedBy ? 'interrupted' : 'failed', errors: [{ resource: 'all', error: told }] });
  if (error instanceof LockedError) return EXIT.locked;
  return trouble?.is === 'settings' || isSettings ? EXIT.usage : EXIT.failed;
}

import { stat, statfs } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createLedger } from '../budget/ledger.store.ts';
import { createPermits } from '../budget/permits.ts';
import type { Config } from '../config.ts';
import { explain, MigrationError, RunAbortedError, UsageError } from '../errors.ts';
import { logEvent } from '../events.ts';
import { readShownDoubts } from '../evidence/doubt-summary.store.ts';
import type { Logger } from '../logger.ts';
import { createFetch } from '../network/fetch-through.ts';
import { checkClocks, checkSchedule } from '../operations/clock-checks.ts';
import { checkDoubts } from '../operations/doubt-checks.ts';
import { type Finding, fail, ok, refuse, warn } from '../operations/finding.ts';
import { checkNetwork } from '../operations/network-checks.ts';
import { checkServer } from '../operations/server-checks.ts';
import { knowsTimeZone, readServerInfo, type ServerInfo } from '../operations/server-info.store.ts';
import groups from '../resources/groups.ts';
import { nextSlot } from '../schedule/slots.ts';
import { parseTimetable } from '../schedule/timetable.ts';
import { type Probed, probe } from '../source/probe.ts';
import type { Database } from '../warehouse/connection/database.ts';
import { classifyError } from '../warehouse/connection/error-class.ts';
import { readPending } from '../warehouse/schema/migrate.ts';
import { readReportingZone } from '../warehouse/schema/reporting-settings.ts';
import { roleNames } from '../warehouse/schema/roles.ts';
import { openWarehouse } from './open-warehouse.ts';
import { print, printJson } from './print.ts';

/** How long the one request may wait for its grant. */
const PATIENCE_MS = 5_000;
const LOW_BYTES = 2 ** 30;
/** The finding is that the database is away. */
const NO_PATIENCE = { firstMs: 0, laterMs: 0 };

/** `chatrhub-sync doctor`: looks at all that a sync needs; prints what is well, what is not, and what to do; returns it. */
export async function doctorCommand(config: Config, logger: Logger, { json }: { json: boolean }, signal: AbortSignal): Promise<Finding[]> {
  const findings = [ok('settings', 'every setting is valid'), ...(await checkFiles(config)), ...(await checkDisk(config))];
  findings.push(...checkNetwork(config));
  if (!config.apiKey) findings.push(fail('key', 'there is none', 'set CHATRHUB_API_KEY, or CHATRHUB_API_KEY_FILE'));
  const now = new Date();
  const { server, probed, ...found } = await checkDatabase(config, logger, signal);
  findings.push(...found.findings);
  findings.push(
    ...checkClocks({
      'the database': server && { at: server.now, machine: now },
      'the API': probed?.sourceTime && { at: probed.sourceTime, machine: new Date() },
    }),
  );
  findings.push(checkSchedule(nextSlot(parseTimetable(config.SYNC_CRON, config.SYNC_TIMEZONE), now)));
  printFindings(findings, json);
  return findings;
}

/** Prints findings, as a table or as one JSON object. */
export function printFindings(findings: readonly Finding[], json: boolean): void {
  const isOk = findings.every(({ outcome }) => outcome !== 'fail');
  const width = Math.max(...findings.map(({ check }) => check.length));
  const lines = findings.flatMap(({ check, outcome, text, advice }) => [
    `${outcome.padEnd(4)}  ${check.padEnd(width)}  ${text}`,
    ...(advice ? [`${' '.repeat(width + 8)}-> ${advice}`] : []),
  ]);
  if (json) printJson({ ok: isOk, checks: findings.map(({ isSetting: _, ...told }) => told) });
  else print(lines.join('\n'));
}

/** Files with secrets, which nobody else is to read. What Docker and Kubernetes mount is theirs to guard. */
async function checkFiles({ CHATRHUB_API_KEY_FILE: keyFile }: Config): Promise<Finding[]> {
  if (process.platform === 'win32') return [];
  const files = ['.env', ...(keyFile ? [keyFile] : [])].filter((file) => !file.startsWith('/run/secrets/'));
  const findings: Finding[] = [];
  for (const file of files) {
    const found = await stat(resolve(file)).catch(() => undefined);
    if (!found) continue;
    const mode = (found.mode & 0o777).toString(8);
    if ((found.mode & 0o077) === 0) findings.push(ok('files', `${file} has mode ${mode}`));
    else findings.push(warn('files', `${file} has mode ${mode}: others on this machine may read it`, `chmod 600 ${file}`));
  }
  return findings;
}

/** Space for the embedded database; how much a server of its own has cannot be asked. */
async function checkDisk({ DATABASE_URL, CHATRHUB_DATA_DIR }: Config): Promise<Finding[]> {
  if (DATABASE_URL) return [];
  const disk = await statfs(resolve(CHATRHUB_DATA_DIR)).catch(() => statfs('.'));
  const free = disk.bavail * disk.bsize;
  const text = `${(free / 2 ** 30).toFixed(1)} GiB free for the built-in database`;
  return [free < LOW_BYTES ? warn('disk', text, 'make room: a database that fills its disk stops') : ok('disk', text)];
}

type Checked = { findings: Finding[]; server?: ServerInfo; probed?: Probed };

const NO_LEDGER = 'not possible without the database, which grants every request';

async function checkDatabase(config: Config, logger: Logger, signal: AbortSignal): Promise<Checked> {
  let database: Database | undefined;
  try {
    ({ database } = await openWarehouse(config, logger, signal, { patience: NO_PATIENCE }));
    const server = await readServerInfo(database, roleNames);
    const zone = config.REPORTING_TIMEZONE;
    const pending = await readPending(database).then(
      (tags) => tags.length,
      (error: unknown) => {
        if (error instanceof MigrationError) return error;
        throw error;
      },
    );
    // An older warehouse may lack the tables, and a lack of rights is a finding of its own.
    const isReadable = server.hasSchemas && pending === 0 && server.missingPrivileges.length === 0;
    const counted = isReadable ? await readReportingZone(database) : undefined;
    const findings = checkServer(server, { pending, reporting: { zone, isKnown: await knowsTimeZone(database, zone), counted } });
    if (isReadable) findings.push(checkDoubts(await readShownDoubts(database, { most: 1 })));
    if (!config.apiKey) return { findings, server };
    if (!server.hasSchemas)
      return { findings: [...findings, warn('key', `not tried: ${NO_LEDGER}`, 'run chatrhub-sync migrate, then doctor again')], server };
    const { finding, probed } = await checkKey(config, database, signal);
    return { findings: [...findings, finding], server, ...(probed && { probed }) };
  } catch (error) {
    logEvent(logger, 'database_unusable', { err: error });
    const known = classifyError(error);
    const told = known?.is === 'settings' || error instanceof UsageError ? refuse : fail;
    return {
      findings: [
        told('database', explain(error), known?.advice ?? 'check DATABASE_URL, and that PostgreSQL runs where it says'),
        ...(config.apiKey ? [warn('key', `not tried: ${NO_LEDGER}`, 'repair the connection to the database, then run doctor again')] : []),
      ],
    };
  } finally {
    await database?.close();
  }
}

/** What to do about each way in which the one request can fail. */
const ADVICE: Readonly<Record<string, string>> = {
  unauthorized: "put the account's secret key (ChatrHub: Settings -> API -> Secret Key) into CHATRHUB_API_KEY",
  not_found: 'check CHATRHUB_API_URL: it ends in /api/v1',
  proxy_refused: 'correct the setting that names the proxy, or repair the proxy',
  proxy_unavailable: 'repair the proxy, then run doctor again',
  redirect: 'set CHATRHUB_API_URL to where the API itself is',
  rate_limited:
    'another program uses the same key: all runs on this database pause until it is free; lower CHATRHUB_RATE_LIMITS if this happens often',
};

async function checkKey(config: Config, database: Database, signal: AbortSignal): Promise<{ finding: Finding; probed?: Probed }> {
  const { CHATRHUB_API_URL: baseUrl, apiKey = '', CHATRHUB_RATE_LIMITS: limits } = config;
  const { CHATRHUB_RATE_SCOPE: scope, BACKFILL_RESERVE: reserve } = config;
  const ledger = createLedger(database, { limits, scope, reserve });
  const permits = createPermits({ ledger, timeoutMs: 60_000 });
  try {
    // A short list that every account has.
    const source = { baseUrl, apiKey, limits, fetch: createFetch(config) };
    const probed = await probe(groups, source, { permits, ledger }, { signal, until: performance.now() + PATIENCE_MS });
    const { error } = probed;
    if (!error) return { finding: ok('key', 'the API accepts it; one request was made'), probed };
    const advice = ADVICE[error.failure] ?? 'check CHATRHUB_API_URL and the network; try again later';
    return { finding: (error.failure === 'rate_limited' ? warn : fail)('key', error.message, advice), probed };
  } catch (error) {
    if (!(error instanceof RunAbortedError)) throw error;
    return { finding: warn('key', 'not tried: the budget is used up', 'see chatrhub-sync status for when it is free again') };
  }
}

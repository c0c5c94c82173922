import type { Config } from '../config.ts';
import { StalledError } from '../errors.ts';
import { logEvent } from '../events.ts';
import type { Logger } from '../logger.ts';
import { expectReads } from '../operations/freshness.store.ts';
import { createAlertSender } from '../operations/send-alerts.ts';
import { startServer } from '../pages/status/status-server.ts';
import { sync } from '../runs/sync.ts';
import { createHeartbeat, type Heartbeat, runScheduler } from '../schedule/run-scheduler.ts';
import { claimSlot } from '../schedule/slots.store.ts';
import { untilReady } from '../schedule/until-ready.ts';
import { readVersion } from '../version.ts';
import type { Database } from '../warehouse/connection/database.ts';
import { createOwnSessions, readOwnWork } from '../warehouse/connection/own-work.ts';
import { explainPort } from './explain-port.ts';
import { migrateWarehouse, openWarehouse, reportingOf } from './open-warehouse.ts';
import { alertOptions, expectationOf, runOptions } from './run-command.ts';
import { syncDays } from './sync-command.ts';

/**
 * Connections: a sync holds two or three, the schedule looks with another one. A database that never answered is waited for by the
 * schedule, which says so on its page; during a sync as by any command.
 */
const OWN = { max: 6, patience: { firstMs: 2_000, laterMs: 300_000 } };
/** The status page has connections of its own, and says at once that the database is away. */
const ONLOOKER = { max: 2, patience: { firstMs: 0, laterMs: 0 }, statementTimeoutMs: 10_000 };
/** Longer than all attempts of a request, with statements that run into their limit before and after. */
const longestQuietMs = (requestTimeoutMs: number): number => 10 * 60_000 + 5 * requestTimeoutMs;

/** `chatrhub-sync schedule`: syncs by cron and serves health, metrics and the status page, until it is stopped. */
export async function scheduleCommand(config: Config, logger: Logger, signal: AbortSignal): Promise<void> {
  const sessions = createOwnSessions();
  const { database, psql, beside } = await openWarehouse(config, logger, signal, { ...OWN, onSession: sessions.note });
  const onlooker = beside(ONLOOKER);
  const heartbeat = createHeartbeat();
  const server = await serveStatus(config, logger, onlooker, heartbeat).catch(async (error: unknown) => {
    await Promise.all([onlooker.close(), database.close()]);
    const { STATUS_PORT: port, STATUS_HOST: host } = config;
    throw explainPort(error, { port, portName: 'STATUS_PORT', host, hostName: 'STATUS_HOST' });
  });
  const close = () => Promise.all([server.close(), onlooker.close(), database.close()]);
  const readWork = () => readOwnWork(onlooker, sessions.pids());
  try {
    logEvent(logger, 'schedule_started', { cron: config.SYNC_CRON, time_zone: config.SYNC_TIMEZONE, page: server.url });
    if (psql) logEvent(logger, 'database_login', { psql });
    await keepSyncing(config, { database, readWork, heartbeat, logger, signal });
  } catch (error) {
    // What hangs would not close either.
    if (error instanceof StalledError) throw error;
    await close();
    throw error;
  }
  await close();
}

async function serveStatus(config: Config, logger: Logger, database: Database, heartbeat: Heartbeat) {
  const { STATUS_HOST: host, STATUS_PORT: port, STATUS_HOSTS: names } = config;
  const settings = {
    limits: config.CHATRHUB_RATE_LIMITS,
    rateScope: config.CHATRHUB_RATE_SCOPE,
    cron: config.SYNC_CRON,
    timetable: expectationOf(config).timetable,
    version: readVersion(),
  };
  return startServer({ database, heartbeat, logger, settings, host, port, names });
}

/** What syncing by cron needs. `readWork`: what the sessions of this process do. */
type Kept = {
  database: Database;
  readWork: () => ReturnType<typeof readOwnWork>;
  heartbeat: Heartbeat;
  logger: Logger;
  signal: AbortSignal;
};

/** Waits until the database can be used, then syncs by cron and tells of trouble, until it is stopped. */
async function keepSyncing(config: Config, { database, readWork, heartbeat, logger, signal }: Kept): Promise<void> {
  const quietMs = longestQuietMs(config.CHATRHUB_REQUEST_TIMEOUT);
  const expectation = expectationOf(config);
  const alertSender = createAlertSender(alertOptions(config, database, logger));
  const prepare = async () => {
    await migrateWarehouse(database, logger, reportingOf(config));
    await expectReads(database, expectation, new Date());
  };
  await untilReady({ prepare, readWork, heartbeat, logger, signal, quietMs });
  await runScheduler({
    database,
    timetable: expectation.timetable,
    logger,
    now: () => new Date(),
    signal,
    heartbeat,
    quietMs,
    alsoDo: alertSender.tell,
    sync: async (slot, progress) => {
      await sync({
        ...runOptions(config, { database, logger, signal, progress }),
        ...syncDays(config),
        only: undefined,
        maxDurationMs: config.SYNC_MAX_DURATION,
        slot: { at: slot.at, claim: (client, runId) => claimSlot(client, slot, runId) },
      });
      alertSender.wake();
    },
  });
  await alertSender.end();
}

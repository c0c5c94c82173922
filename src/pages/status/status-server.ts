import { isIP } from 'node:net';
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { logEvent } from '../../events.ts';
import type { Logger } from '../../logger.ts';
import { isLoopback } from '../../network/proxies.ts';
import { readFigures } from '../../operations/figures.store.ts';
import { type Health, readHealth, readReadiness } from '../../operations/health.ts';
import { readOverview, type StatusSettings } from '../../operations/overview.store.ts';
import { renderMetrics } from '../../operations/prometheus.ts';
import { readReach } from '../../operations/reach.store.ts';
import type { Heartbeat } from '../../schedule/run-scheduler.ts';
import type { Database } from '../../warehouse/connection/database.ts';
import { withinMs } from '../../warehouse/connection/time-limits.ts';
import { SCRIPT } from './page-script.ts';
import { renderPage, renderTrouble } from './status-page.ts';
import { ICON, STYLE } from './status-style.ts';

export type ServerOptions = {
  database: Database;
  heartbeat: Heartbeat;
  logger: Logger;
  settings: StatusSettings;
  host: string;
  port: number;
  /** Names that it answers to, beside those of this machine. */
  names: readonly string[];
};

/** `url` is where it listens. */
export type StatusServer = { url: string; close(): Promise<void> };

/** However many look at the page, the database is asked once in that time. */
const KEPT_MS = 1_000;
/** How far the records reach is looked up in the records themselves, and moves with a run. */
const REACH_KEPT_MS = 60_000;
const ANSWER_MS = 15_000;

const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  'cache-control': 'no-store',
};

/** Probes name a container by what they please, and learn nothing that a page of another site could use. */
const PROBES = ['/healthz', '/readyz'];

/**
 * Serves `/healthz`, `/readyz`, `/metrics`, `/status.json` and the status page: reads only. It answers to names of this machine and those in
 * its settings, so that no page of another site gets at it by a name of its own that leads here; from elsewhere also to addresses, which are
 * nobody's own.
 */
export async function startServer({ database, heartbeat, logger, settings, host, port, names }: ServerOptions): Promise<StatusServer> {
  const app = fastify({ logger: false, forceCloseConnections: true, bodyLimit: 1_024, requestTimeout: 30_000 });
  const reach = keepFor(REACH_KEPT_MS, () => readReach(database));
  const overview = keepFor(KEPT_MS, () => withinMs(readOverview(database, settings, reach), ANSWER_MS));
  const isLocal = isLoopback(host);
  const isOurs = (name: string): boolean =>
    isLoopback(name) || names.includes(name.toLowerCase()) || (!isLocal && isIP(name.replace(/^\[(.*)\]$/, '$1')) > 0);

  app.addHook('onRequest', async ({ hostname, url }: FastifyRequest, reply: FastifyReply) => {
    reply.headers(HEADERS);
    if (isOurs(hostname) || PROBES.includes(url)) return;
    await reply.code(421).type('text/plain').send('this page does not answer to that host name; add it to STATUS_HOSTS\n');
  });
  app.setNotFoundHandler((_, reply) =>
    reply.code(404).type('text/plain').send('not found; there are /, /status.json, /metrics, /healthz and /readyz\n'),
  );
  app.setErrorHandler((error, _, reply) => {
    // What a browser or a scraper sends wrong is not our error.
    const status = error instanceof Error && 'statusCode' in error && Number(error.statusCode) < 500 ? Number(error.statusCode) : 500;
    if (status === 500) logEvent(logger, 'status_page_failed', { err: error });
    return reply
      .code(status)
      .type('text/plain')
      .send(status === 500 ? 'the database could not be read; the log has the reason\n' : 'bad request\n');
  });

  /** The overview, or undefined while the database cannot be read, which the schedule says in the log. */
  const tryOverview = () =>
    overview().catch((error: unknown) => {
      if (!heartbeat.trouble) logEvent(logger, 'status_unread', { err: error });
      return undefined;
    });
  const answerHealth = (reply: FastifyReply, { isWell, says }: Health) => reply.code(isWell ? 200 : 503).send(says);

  app.get('/healthz', (_, reply) => answerHealth(reply, readHealth(heartbeat, performance.now())));
  app.get('/readyz', async (_, reply) => answerHealth(reply, await readReadiness(database, heartbeat)));
  app.get('/status.json', async (_, reply) => {
    const found = await tryOverview();
    return reply.code(found ? 200 : 503).send(found ?? { error: 'the database cannot be read' });
  });
  app.get('/metrics', async (_, reply) => {
    const found = await tryOverview();
    const figures = found && (await withinMs(readFigures(database), ANSWER_MS).catch(() => undefined));
    const { type, text } = await renderMetrics(found && figures ? { overview: found, figures } : undefined);
    return reply.type(type).send(text);
  });
  app.get('/', async (_, reply) => {
    const found = await tryOverview();
    return reply
      .code(found ? 200 : 503)
      .type('text/html; charset=utf-8')
      .send(found ? renderPage(found) : renderTrouble(heartbeat.trouble, new Date()));
  });
  app.get('/style.css', (_, reply) => reply.type('text/css; charset=utf-8').send(STYLE));
  app.get('/icon.svg', (_, reply) => reply.type('image/svg+xml').send(ICON));
  app.get('/page.js', (_, reply) => reply.type('text/javascript; charset=utf-8').send(SCRIPT));

  const url = await app.listen({ host, port });
  return { url: `${url}/`, close: () => app.close() };
}

/** What was read last, for so long; those who ask meanwhile get the same. */
function keepFor<T>(keptMs: number, read: () => Promise<T>): () => Promise<T> {
  let kept: { promise: Promise<T>; until: number } | undefined;
  return () => {
    if (kept && performance.now() < kept.until) return kept.promise;
    const promise = read();
    const entry = { promise, until: Number.POSITIVE_INFINITY };
    kept = entry;
    promise.then(
      () => {
        entry.until = performance.now() + keptMs;
      },
      () => {
        entry.until = 0;
      },
    );
    return promise;
  };
}

import { logEvent } from '../events.ts';
import type { Logger } from '../logger.ts';
import type { Fetch } from '../network/fetch-through.ts';
import { proxyErrorIn } from '../network/proxy-error.ts';
import { plainText } from '../plain-text.ts';
import type { Database } from '../warehouse/connection/database.ts';
import { type Alert, markSent, takeAlert } from './alerts.store.ts';
import { raiseAlerts } from './raise-alerts.store.ts';

export type AlertOptions = {
  database: Database;
  logger: Logger;
  /** Where to; nothing is sent when undefined. A secret: it is in no message. */
  url: string | undefined;
  /** The way there; Node's own when not given. */
  fetch?: Fetch;
  /** For one POST. */
  timeoutMs?: number;
};

const TIMEOUT_MS = 10_000;
/** So many are sent at a time at most. */
const MOST = 20;

/**
 * Sends ALERT_WEBHOOK_URL what it has not received yet, one POST an event. What cannot be delivered is tried again later, by whichever
 * process comes next. Never throws: an alert keeps nobody from working.
 */
export async function sendAlerts({ database, logger, url, fetch = globalThis.fetch, timeoutMs = TIMEOUT_MS }: AlertOptions): Promise<void> {
  if (!url) return;
  try {
    await raiseAlerts(database);
    for (let sent = 0; sent < MOST; sent++) {
      const alert = await takeAlert(database);
      if (!alert) return;
      const refused = await post(url, alert, { fetch, timeoutMs });
      if (refused) logEvent(logger, 'alert_undelivered', { alert: alert.event, reason: refused });
      else await markSent(database, alert.event);
    }
  } catch (error) {
    logEvent(logger, 'alerts_unread', { err: error });
  }
}

/** Tells in the background, again and again while it is asked to. */
export type AlertSender = {
  /** Looks whether there is something to tell, once a minute at most. */
  tell(): void;
  /** Something has happened: the next time it looks at once. */
  wake(): void;
  /** Tells what is left, if that takes no time: whoever comes next tells the rest. */
  end(): Promise<void>;
};

const EVERY_MS = 60_000;
/** For the last POST of a process that is being stopped. */
export const LAST_MS = 2_000;

/** A sender of alerts for the life of a process. */
export function createAlertSender(options: AlertOptions): AlertSender {
  let toldAt = Number.NEGATIVE_INFINITY;
  let telling: Promise<void> | undefined;
  return {
    tell() {
      if (telling || performance.now() - toldAt < EVERY_MS) return;
      toldAt = performance.now();
      telling = sendAlerts(options).finally(() => {
        telling = undefined;
      });
    },
    wake() {
      toldAt = Number.NEGATIVE_INFINITY;
    },
    async end() {
      await telling;
      await sendAlerts({ ...options, timeoutMs: LAST_MS });
    },
  };
}

/** Why it was not taken; undefined when it was. */
async function post(
  url: string,
  { event, kind, summary, details, at }: Alert & { at: Date },
  { fetch, timeoutMs }: { fetch: Fetch; timeoutMs: number },
): Promise<string | undefined> {
  const body = { text: escapeForChat(`chatrhub-sync: ${summary}`), event, kind, at: at.toISOString(), details };
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    await answer.body?.cancel();
    return answer.ok ? undefined : `status ${answer.status}`;
  } catch (error) {
    const proxy = proxyErrorIn(error);
    if (proxy) return proxy.message;
    // Its message can hold the address.
    const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return inner instanceof Error && 'code' in inner && typeof inner.code === 'string' ? inner.code : 'no answer';
  }
}

/** Names come from the source: they are no links, nor calls of a whole channel. */
const escapeForChat = (text: string): string =>
  plainText(text).replace(/[&<>]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[character] ?? '');

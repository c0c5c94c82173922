import { createLogger } from '../../src/logger.ts';
import { type StatusServer, startServer } from '../../src/pages/status/status-server.ts';
import { createHeartbeat, type Heartbeat } from '../../src/schedule/run-scheduler.ts';
import { parseTimetable } from '../../src/schedule/timetable.ts';
import type { Database } from '../../src/warehouse/connection/database.ts';

type Serving = { perMinute?: number; host?: string; names?: readonly string[] };

/** The status page of a warehouse, as `schedule` serves it, on a free port; of loopback, unless another host is named. */
export async function serveStatus(
  database: Database,
  { perMinute = 20, host = '127.0.0.1', names = [] }: Serving = {},
): Promise<StatusServer & { heartbeat: Heartbeat }> {
  const heartbeat = createHeartbeat();
  const server = await startServer({
    database,
    heartbeat,
    logger: createLogger({ level: 'silent', secrets: [], isTerminal: false }),
    settings: {
      limits: [
        { count: perMinute, windowMs: 60_000 },
        { count: 2_000, windowMs: 86_400_000 },
      ],
      rateScope: 'account',
      cron: '0 2 * * *',
      timetable: parseTimetable('0 2 * * *', 'Europe/Berlin'),
      version: '1.2.3',
    },
    host,
    port: 0,
    names,
  });
  return { ...server, heartbeat };
}

const SAMPLE =
  /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|NaN|[+-]Inf)$/;

/**
 * Prometheus' text format, read as strictly as its own checker does: each metric has its help and its type before its samples, once, all of
 * them together; no sample comes twice; of ours, counters and nothing else end in `_total`. Values by name and labels. Throws at the first line that is not so.
 */
export function parseMetrics(text: string): Map<string, number> {
  const samples = new Map<string, number>();
  const types = new Map<string, string>();
  const helped = new Set<string>();
  let metric = '';
  if (!text.endsWith('\n')) throw new Error('the last line is not ended');
  for (const line of text.split('\n').filter(Boolean)) {
    const [, word, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    const isAgain = word === 'HELP' ? helped.has(name) : types.has(name);
    if (word && isAgain) throw new Error(`${word} twice: ${line}`);
    if (word === 'HELP') helped.add(name);
    else if (word === 'TYPE') {
      if (!helped.has(name) || !/^(counter|gauge|histogram|summary|untyped)$/.test(rest)) throw new Error(`no metric: ${line}`);
      if (name.startsWith('chatrhub_sync_') && name.endsWith('_total') !== (rest === 'counter'))
        throw new Error(`a name that does not go with its type: ${line}`);
      types.set(name, rest);
      metric = name;
    } else {
      const [, sample = '', labels = '', value] = SAMPLE.exec(line) ?? [];
      const base = types.get(metric) === 'histogram' ? sample.replace(/_(bucket|sum|count)$/, '') : sample;
      if (!value || base !== metric) throw new Error(`no sample of ${metric}: ${line}`);
      const key = labels ? `${sample}{${labels}}` : sample;
      if (samples.has(key)) throw new Error(`twice: ${line}`);
      samples.set(key, Number(value));
    }
  }
  return samples;
}

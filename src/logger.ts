import { pino, stdTimeFunctions } from 'pino';
import pretty from 'pino-pretty';
import { isSecret } from './core/sanitise.ts';

export type Logger = pino.Logger;

/** Longer texts of a log line come from data; a line is to be read. */
const LONGEST_TEXT = 500;

/**
 * Logs to stderr: pretty on a terminal, one JSON object per line elsewhere, synchronously, so that the last line before an exit is
 * there. `secrets` are replaced by value in whatever is written, as messages of errors can hold them.
 */
export function createLogger({ level, secrets, isTerminal }: { level: string; secrets: readonly string[]; isTerminal: boolean }): Logger {
  const forms = [
    ...new Set(secrets.filter((secret) => secret.length > 3).flatMap((s) => [s, encodeURIComponent(s), Buffer.from(s).toString('base64')])),
  ];
  const scrub = (line: string): string => forms.reduce((text, form) => text.replaceAll(form, '[secret]'), line);
  const options: pino.LoggerOptions = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }), log: (object) => clean(object) as Record<string, unknown> },
    serializers: { err: (error: Error) => ({ type: error.name, message: error.message.slice(0, LONGEST_TEXT) }) },
    hooks: { streamWrite: scrub },
  };
  const stream = isTerminal
    ? pretty({ destination: 2, sync: true, colorize: true, ignore: 'time', singleLine: true })
    : pino.destination({ dest: 2, sync: true });
  return pino(options, stream);
}

/** Texts cut to length and without control characters (pretty output would print them raw), attributes that name a secret left out. */
function clean(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return value.slice(0, LONGEST_TEXT).replace(/\p{Cc}/gu, '\uFFFD');
  if (typeof value !== 'object' || value === null || value instanceof Error || value instanceof Date || depth > 5) return value;
  if (Array.isArray(value)) return value.map((item) => clean(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, isSecret(key) ? '[secret]' : clean(item, depth + 1)]));
}

import { createRequire } from 'node:module';
import { pino, stdTimeFunctions } from 'pino';
import type { build } from 'pino-pretty';
import { explain } from './errors.ts';
import { markedText } from './plain-text.ts';
import { isSecret } from './records/sanitise.ts';
import { createScrubber } from './scrubber.ts';

export type Logger = pino.Logger;

/** Longer texts of a log line come from data; a line is to be read. */
const LONGEST_TEXT = 500;

/**
 * Logs to stderr: pretty on a terminal, one JSON object per line elsewhere, synchronously, so that the last line before an exit is
 * there. Whatever is written is cleaned as a line, so that messages of errors and fields of child loggers are too: `secrets` are
 * replaced by value, values under a name of a secret are left out, texts are cut to length and hold nothing that a terminal would obey
 * (pretty output would print it raw, and JSON leaves most of it).
 */
export function createLogger({
  level,
  secrets,
  isTerminal,
  hasColours = isTerminal,
}: {
  level: string;
  secrets: readonly string[];
  isTerminal: boolean;
  hasColours?: boolean;
}): Logger {
  const scrub = createScrubber(secrets);
  const clean = (value: unknown): unknown => {
    // Scrubbed before it is cut: half a secret would not be recognised.
    if (typeof value === 'string') return markedText(scrub(value).slice(0, LONGEST_TEXT));
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(clean);
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [clean(key), isSecret(key) ? '[secret]' : clean(item)]));
  };
  const options: pino.LoggerOptions = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: (error: Error) => ({ type: error.name, message: explain(error) }) },
    hooks: { streamWrite: (line) => `${JSON.stringify(clean(JSON.parse(line)))}\n` },
  };
  const stream = isTerminal
    ? // Through the stream, so that a progress bar on it makes way.
      loadPretty()({ destination: process.stderr, colorize: hasColours, ignore: 'time', singleLine: true })
    : pino.destination({ dest: 2, sync: true });
  return pino(options, stream);
}

/** Most runs have no terminal, and do not load it. */
const loadPretty = (): typeof build => createRequire(import.meta.url)('pino-pretty');

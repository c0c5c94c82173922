import { plainLines } from '../plain-text.ts';

/** What follows `=` in an option that nobody knows, up to the quote that ends it: it may be a secret. */
const VALUE = /('--?[^='\s]*)=[\s\S]*'/;
const OF_A_SECRET = /unknown option '-\S*(key|token|secret|passw|database|url|dsn|proxy)/i;
const ADVICE =
  'Secrets are read from the environment, from .env or from a file (CHATRHUB_API_KEY, CHATRHUB_API_KEY_FILE, DATABASE_URL): everybody on this machine can see a command line. Change one that was given there.\n';

/** What is wrong with a command line, without the value of an option that nobody knows, and what to do for whoever gives a secret there. */
export const describeUsageError = (text: string): string =>
  `${plainLines(text.replace(VALUE, "$1=...'"))}${OF_A_SECRET.test(text) ? ADVICE : ''}`;

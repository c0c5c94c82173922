import { readFileSync } from 'node:fs';

/** The version of package.json, which lies beside `src/` as beside `dist/`. */
export function readVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  return version;
}

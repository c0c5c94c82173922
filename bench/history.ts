import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { resolve } from 'node:path';
import pg from 'pg';
import { formatTable } from '../src/cli/text-table.ts';
import type { Section } from './section.ts';

/** What was measured of a section, when, of which commit, and on what. */
type Measured = { at: string; commit: string; machine: string; scale: string; title: string; rows: Record<string, unknown>[] };

const FILE = resolve('bench/history.jsonl');

/** Adds what was measured to the history, a line each, so that `--compare` shows what moved since. */
export async function keepHistory(serverUrl: string, scale: string, { title, rows }: Section): Promise<void> {
  const measured: Measured = {
    at: new Date().toISOString(),
    commit: commitNow(),
    machine: await describeMachine(serverUrl),
    scale,
    title,
    rows,
  };
  appendFileSync(FILE, `${JSON.stringify(measured)}\n`);
}

function commitNow(): string {
  const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim();
  return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', 'src') === '' ? '' : ' and changes');
}

/** Processors, memory, Node and PostgreSQL, and whether the server can compile queries (JIT). */
async function describeMachine(serverUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  const { rows } = await client
    .query<{ version: string; llvm: boolean }>(`select current_setting('server_version') as version, pg_jit_available() as llvm`)
    .finally(() => client.end());
  const [{ model = 'unknown' } = {}] = cpus();
  const server = `PostgreSQL ${rows[0]?.version} ${rows[0]?.llvm ? 'with' : 'without'} LLVM`;
  return `${cpus().length} x ${model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}, ${server}`;
}

const readHistory = (): Measured[] =>
  existsSync(FILE)
    ? readFileSync(FILE, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Measured)
    : [];

/** The last two times that each section was measured at the same scale, what moved beside each other. A row is told by its first two cells. */
export function compareHistory(): string {
  const history = readHistory();
  const sectionOf = ({ title, scale }: Measured): string => `${title} (${scale})`;
  const parts = [...new Set(history.map(sectionOf))].map((section) => {
    const all = history.filter((measured) => sectionOf(measured) === section);
    const [before, after] = all.slice(-2);
    if (!before || !after) return `${section}\n  was measured once: ${all[0]?.at}`;
    const nameOf = (row: Record<string, unknown>): string => Object.values(row).slice(0, 2).join(', ');
    const moved = after.rows.flatMap((row, i) =>
      Object.entries(row).flatMap(([figure, now]) => {
        const was = nameOf(before.rows[i] ?? {}) === nameOf(row) ? before.rows[i]?.[figure] : undefined;
        return typeof now === 'number' && typeof was === 'number' && now !== was
          ? [{ row: nameOf(row), figure, before: was, after: now, ratio: was === 0 ? '' : (now / was).toFixed(2) }]
          : [];
      }),
    );
    const about = [before, after].map(({ at, commit, machine }) => `  ${at}, ${commit}, ${machine}`).join('\n');
    return `${section}\n${about}\n${formatTable(moved)}`;
  });
  return parts.length > 0 ? parts.join('\n\n') : 'Nothing was measured yet: npm run bench';
}

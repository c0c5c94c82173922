import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator';
import type pg from 'pg';
import { MigrationError } from '../errors.ts';
import { reach } from '../failpoint.ts';
import { applyComments, type Comment } from './comments.ts';
import type { Database } from './database.ts';
import { needRights, needWritable } from './rights.ts';
import { applyViews, type ViewDefinition } from './views.ts';

/** What no migration holds, and is brought up to date each time: views with the functions they use, and comments. */
export type Catalogue = { comments: readonly Comment[]; functions: readonly string[]; views: readonly ViewDefinition[] };

type Migration = { tag: string; when: number; hash: string };
type Applied = { hash: string; when: number };

/** `drizzle/` of the package: beside `src/` as beside `dist/`. */
export const migrationsFolder = fileURLToPath(new URL('../../drizzle', import.meta.url));

const SCHEMA = 'chatrhub_sync';
const TABLE = 'migrations';
/** Any number will do, as long as every version of this program takes the same. */
const LOCK = 7_201_944_015;

/**
 * Brings the schemas up to date, and what the catalogue says of views and comments. One process at a time: others wait, and find nothing left to do. Refuses a
 * database that is newer than this version, that only reads or whose user lacks rights, and migrations that were edited after they
 * had been applied.
 * Returns the names of the migrations that were applied.
 */
export async function migrate(database: Database, { comments, functions, views }: Catalogue, folder = migrationsFolder): Promise<string[]> {
  const known = await readMigrations(folder);
  const client = await database.connectPatiently();
  try {
    // Should this process die, the server notices while it still works for it (PostgreSQL 14 and later, where the system can tell).
    await client.query('set client_connection_check_interval = 2000').catch(() => {});
    await needWritable(client);
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    const applied = await readApplied(client);
    check(known, applied);
    reach('migrate');
    // It asks for the right to make schemas even when nothing is left to apply.
    if (applied.length < known.length)
      await applyMigrations(drizzle(client), { migrationsFolder: folder, migrationsSchema: SCHEMA, migrationsTable: TABLE });
    reach('migrated');
    await applyViews(client, functions, views);
    await applyComments(client, comments);
    await needRights(client);
    return known.slice(applied.length).map(({ tag }) => tag);
  } finally {
    // Ending the session frees the lock, whatever happened.
    await client.end();
  }
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const journal = JSON.parse(await readFile(`${folder}/meta/_journal.json`, 'utf8')) as { entries: { tag: string; when: number }[] };
  return Promise.all(
    journal.entries.map(async ({ tag, when }) => {
      const hash = createHash('sha256')
        .update(await readFile(`${folder}/${tag}.sql`, 'utf8'))
        .digest('hex');
      return { tag, when, hash };
    }),
  );
}

async function readApplied(client: pg.Client): Promise<Applied[]> {
  if (!(await hasSchemas(client))) return [];
  const applied = await client.query<Applied>(`select hash, created_at as "when" from ${SCHEMA}.${TABLE} order by created_at`);
  return applied.rows;
}

/** drizzle's migrator skips a file with an older date and never looks at a hash again; both would be silent here. */
function check(known: readonly Migration[], applied: readonly Applied[]): void {
  const unordered = known.find(({ when }, i) => when <= (known[i - 1]?.when ?? 0));
  if (unordered) throw new MigrationError(`migration ${unordered.tag} is dated before the one it follows; generate it again`);
  for (const [i, { hash, when }] of applied.entries()) {
    const migration = known[i];
    if (!migration || migration.when !== when) {
      throw new MigrationError(
        `the database has a migration of ${new Date(when).toISOString()} that this version of chatrhub-sync does not know; install the version that last wrote to it, or a newer one`,
      );
    }
    if (migration.hash !== hash) {
      throw new MigrationError(
        `migration ${migration.tag} was changed after it had been applied to this database; restore the file and put the change into a new migration`,
      );
    }
  }
}

/** Whether a database holds the schemas at all. */
export async function hasSchemas(database: pg.Pool | pg.ClientBase): Promise<boolean> {
  const { rows } = await database.query<{ exists: boolean }>('select to_regclass($1) is not null as exists', [`${SCHEMA}.${TABLE}`]);
  return rows[0]?.exists ?? false;
}

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator';
import type pg from 'pg';
import { MigrationError } from '../../errors.ts';
import { reach } from '../../failpoint.ts';
import { PACKAGE_ROOT } from '../../package-root.ts';
import { type Comment, commentsOf, tagged } from '../../records/note-parts.ts';
import type { ViewDefinition } from '../../records/view.ts';
import type { Database } from '../connection/database.ts';
import { LOCKS, waitForLock } from '../connection/wait-for-lock.ts';
import { applyComments } from './apply-comments.ts';
import { applyViews } from './apply-views.ts';
import { assertPrivileges, assertUsable } from './assert-privileges.ts';
import { applyRoles } from './roles.ts';
import { describedTables } from './table-comments.ts';

/** What no migration holds, and is brought up to date each time: views with the functions they use, and comments. */
export type Catalogue = {
  comments: readonly Comment[];
  functions: readonly string[];
  /** Statements that make the temporary tables which the SQL of stored views reads. */
  inputs: readonly string[];
  views: readonly ViewDefinition[];
};

type Migration = { tag: string; when: number; hash: string };
type Applied = { hash: string; when: number };

export const migrationsFolder = fileURLToPath(new URL('drizzle', PACKAGE_ROOT));

const SCHEMA = 'chatrhub_sync';
const TABLE = 'migrations';

/** The table that drizzle makes. */
const OF_MIGRATIONS: readonly Comment[] = Object.entries({
  '': 'Migrations that were applied: one row each.',
  id: 'Number of the row.',
  hash: 'SHA-256 of the file, in hexadecimal.',
  created_at: 'When the migration was made, in milliseconds since 1970.',
}).map(([column, text]) => ({ schema: SCHEMA, table: TABLE, ...(column ? { column } : {}), text: tagged(text, 'chatrhub-sync') }));

/**
 * Brings the schemas up to date, what the catalogue says of views and comments, and the rights of roles. One process at a time: others
 * wait, and find nothing left to do. Refuses a database that is newer than this version, only reads, or is not in UTF-8, a user who may not
 * make temporary tables, and migrations that were edited after they had been applied. A user who does not own the schemas needs them to be up to date, and rights to copy into them. Returns
 * the names of the migrations that were applied; `say` receives what could not be done, what to do about it, and which session it waits for.
 */
export async function migrate(
  database: Database,
  { comments, ...definitions }: Catalogue,
  folder = migrationsFolder,
  say: (event: 'lock_wait' | 'roles_missing', note: string) => void = () => {},
): Promise<string[]> {
  const known = await readMigrations(folder);
  const client = await database.connectPatiently();
  try {
    // Should this process die, the server notices while it still works for it (PostgreSQL 14 and later, where the system can tell).
    await client.query('set client_connection_check_interval = 2000').catch(() => {});
    await assertUsable(client);
    await waitForLock(client, LOCKS.migration, { what: 'another migration of this database', say: (note) => say('lock_wait', note) });
    const applied = await readApplied(client);
    check(known, applied);
    const owner = await readOwner(client);
    if (owner && !owner.isOurs) {
      if (applied.length < known.length)
        throw new MigrationError(
          `the schemas lack ${known.length - applied.length} migrations of this version: run "chatrhub-sync migrate" as ${owner.name}, who owns them, or as a member of that role`,
        );
      await assertPrivileges(client);
      return [];
    }
    reach('migrate');
    await applyMigrations(drizzle(client), { migrationsFolder: folder, migrationsSchema: SCHEMA, migrationsTable: TABLE });
    reach('migrated');
    await applyViews(client, definitions);
    await applyComments(client, [...comments, ...describedTables.flatMap((table) => commentsOf(table)), ...OF_MIGRATIONS]);
    for (const note of await applyRoles(client)) say('roles_missing', note);
    return known.slice(applied.length).map(({ tag }) => tag);
  } finally {
    // Ending the session frees the lock, whatever happened.
    await client.end();
  }
}

/** The migrations that a database lacks, by name. Throws `MigrationError` where it has others. */
export async function readPending({ pool }: Database, folder = migrationsFolder): Promise<string[]> {
  const [known, applied] = [await readMigrations(folder), await readApplied(pool)];
  check(known, applied);
  return known.slice(applied.length).map(({ tag }) => tag);
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

async function readApplied(client: Pick<pg.Client, 'query'>): Promise<Applied[]> {
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

/** Whose schemas these are, and whether the user of this session has that role; undefined while there are none. */
async function readOwner(client: pg.Client): Promise<{ name: string; isOurs: boolean } | undefined> {
  const { rows } = await client.query<{ name: string; isOurs: boolean }>(
    `select nspowner::regrole::text as name, pg_has_role(nspowner, 'usage') as "isOurs" from pg_namespace where nspname = $1`,
    [SCHEMA],
  );
  return rows[0];
}

/** Whether a database holds the schemas at all. */
export async function hasSchemas(database: Pick<pg.ClientBase, 'query'>): Promise<boolean> {
  const { rows } = await database.query<{ exists: boolean }>('select to_regclass($1) is not null as exists', [`${SCHEMA}.${TABLE}`]);
  return rows[0]?.exists ?? false;
}

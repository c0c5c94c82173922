import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getTableColumns } from 'drizzle-orm';
import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core';
import { keyColumns, type Row } from '../src/records/resource.ts';
import messages from '../src/resources/messages.ts';
import type { Database } from '../src/warehouse/connection/database.ts';
import { loadBatch } from '../src/warehouse/load/load.ts';
import { withPostgres } from './postgres.ts';
import { showSection } from './section.ts';
import { makeMessages, range } from './speed-data.ts';
import { createMeter, median, rounded } from './speed-measure.ts';
import { rowsOf } from './speed-rows.ts';
import { upsert } from './speed-upsert.ts';
import { openSpeedWarehouse } from './speed-warehouse.ts';

/*
 * The loader beside the upserts that other libraries document, on the same rows and tables. The libraries are installed for the time of the
 * bench, and are no dependencies. Exit code 1 when a promise does not hold. `npm run bench:libraries`
 */
const LIBRARIES = { kysely: '0.28.19', knex: '3.3.0', 'pg-promise': '12.7.1' };
const ROWS = 20_000;
const ROUNDS = 3;
/** PostgreSQL takes 65,535 parameters at most. */
const PER_INSERT = 1_000;
/** So many single rows at once, as @supabase/stripe-sync-engine 0.48 upserts. */
const AT_ONCE = 5;

/** What is written to one table: its name, the names of its key and of all columns, and the rows by these names. */
type Part = { schema: string; name: string; keys: string[]; columns: string[]; rows: Row[] };
type Way = (database: Database, rows: readonly Row[], askedAt: Date) => Promise<unknown>;

const partsOf = (rows: readonly Row[]): Part[] => messages.tables.map(({ table }) => partOf(table, rows));

function partOf(table: PgTable, rows: readonly Row[]): Part {
  const { schema = 'public', name } = getTableConfig(table);
  const fields = Object.entries(getTableColumns(table)).filter(([key]) => key === 'syncedAt' || key in (rows[0] ?? {}));
  const valueIn = (row: Row, key: string): unknown => (key === 'syncedAt' ? new Date(0) : (row[key] ?? null));
  return {
    schema,
    name,
    keys: keyColumns(table).map((column) => column.name),
    columns: fields.map(([, column]) => column.name),
    rows: rows.map((row) => Object.fromEntries(fields.map(([key, column]) => [column.name, valueIn(row, key)]))),
  };
}

/** Does something with the rows of each table, so many at a time. */
async function inParts(rows: readonly Row[], size: number, write: (part: Part) => Promise<unknown>): Promise<void> {
  for (let i = 0; i < rows.length; i += size) for (const part of partsOf(rows.slice(i, i + size))) await write(part);
}

/** Upserts as the documentation of each library shows them, in one transaction where the library has them. */
async function libraryWays(url: string, directory: string): Promise<{ ways: Record<string, Way>; close(): Promise<void> }> {
  const load = createRequire(join(directory, 'package.json'));
  const { Kysely, PostgresDialect } = load('kysely');
  const pg = load('pg');
  const kysely = new Kysely({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: url }) }) });
  const knex = load('knex')({ client: 'pg', connection: url });
  const pgp = load('pg-promise')();
  const promised = pgp(url);
  const pool = new pg.Pool({ connectionString: url });
  const excluded = ({ columns }: Part): string => columns.map((name) => `"${name}" = excluded."${name}"`).join(', ');
  return {
    ways: {
      kysely: (_, rows) =>
        kysely.transaction().execute((client: typeof kysely) =>
          inParts(rows, PER_INSERT, ({ schema, name, keys, columns, rows: values }) =>
            client
              .withSchema(schema)
              .insertInto(name)
              .values(values)
              // biome-ignore lint/suspicious/noExplicitAny: the types of a library that is no dependency
              .onConflict((conflict: any) =>
                conflict
                  .columns(keys)
                  // biome-ignore lint/suspicious/noExplicitAny: as above
                  .doUpdateSet((by: any) => Object.fromEntries(columns.map((column) => [column, by.ref(`excluded.${column}`)]))),
              )
              .execute(),
          ),
        ),
      knex: (_, rows) =>
        knex.transaction((client: typeof knex) =>
          inParts(rows, PER_INSERT, ({ schema, name, keys, rows: values }) =>
            client.withSchema(schema).table(name).insert(values).onConflict(keys).merge(),
          ),
        ),
      'pg-promise': (_, rows) =>
        promised.tx((client: typeof promised) =>
          inParts(rows, PER_INSERT, (part) => {
            const set = new pgp.helpers.ColumnSet(part.columns, { table: { schema: part.schema, table: part.name } });
            return client.none(`${pgp.helpers.insert(part.rows, set)} on conflict (${part.keys}) do update set ${excluded(part)}`);
          }),
        ),
      'as stripe-sync-engine': (_, rows) =>
        inParts(rows, AT_ONCE, (part) => {
          const { schema, name, keys, columns } = part;
          const text = `insert into "${schema}"."${name}" (${columns.map((column) => `"${column}"`)}) values (${columns.map((_, i) => `$${i + 1}`)})
            on conflict (${keys}) do update set ${excluded(part)} returning *`;
          return Promise.all(
            part.rows.map((row) =>
              pool.query(
                text,
                columns.map((column) => row[column]),
              ),
            ),
          );
        }),
    },
    async close() {
      await kysely.destroy();
      await knex.destroy();
      pgp.end();
      await pool.end();
    },
  };
}

/** Installs the libraries for the time of `work`, which gets their directory. */
async function withLibraries(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'chatrhub-sync-libraries-'));
  try {
    await writeFile(join(directory, 'package.json'), JSON.stringify({ private: true, dependencies: { ...LIBRARIES, pg: '8.23.1' } }));
    const { status } = spawnSync('npm', ['install', '--silent', '--no-audit', '--no-fund'], { cwd: directory, stdio: 'inherit' });
    if (status !== 0) throw new Error('the libraries could not be installed');
    await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const OURS = 'this loader';
const DRIZZLE = 'drizzle';
const LEAST = { first: 2, unchanged: 7 };

await withLibraries((directory) =>
  withPostgres(async (serverUrl) => {
    const warehouse = await openSpeedWarehouse(serverUrl, 'libraries', messages, ROWS * 8);
    const { database } = warehouse;
    const { ways: others, close } = await libraryWays(`${new URL('/libraries', serverUrl)}`, directory);
    const ways: Record<string, Way> = {
      [OURS]: ({ transaction }, rows, askedAt) =>
        transaction((client) => loadBatch(client, { resource: messages, rows: [...rows], rejected: 0, isOwn: true }, askedAt, false)),
      ...others,
      [DRIZZLE]: (_, rows) => upsert(database, messages, rows, PER_INSERT),
    };
    const speeds = new Map<string, Record<'first' | 'unchanged', number[]>>();
    for (const round of range(0, ROUNDS)) {
      await warehouse.empty();
      for (const [i, [way, write]] of Object.entries(ways).entries()) {
        const from = 1 + i * ROWS;
        const found = speeds.get(way) ?? { first: [], unchanged: [] };
        speeds.set(way, found);
        for (const [again, pass] of (['first', 'unchanged'] as const).entries()) {
          const rows = rowsOf(makeMessages(from, from + ROWS), messages);
          const meter = createMeter(database);
          await meter.run(() => write(database, rows, new Date(((round * 10 + i) * 2 + again) * 1_000)));
          found[pass].push(ROWS / meter.cost.seconds);
        }
      }
    }
    await close();
    const speedOf = (way: string, pass: 'first' | 'unchanged') => median(speeds.get(way)?.[pass] ?? []);
    const ahead = (way: string, pass: 'first' | 'unchanged') => rounded(speedOf(OURS, pass) / speedOf(way, pass));
    const beside = Object.keys(ways).filter((way) => way !== OURS);
    const { text, holds } = showSection({
      title: `8. Beside other libraries: ${ROWS.toLocaleString('en')} rows to both tables of messages, the same rows again; medians of ${ROUNDS}.`,
      rows: Object.keys(ways).map((way) => ({
        way,
        'new rows/s': Math.round(speedOf(way, 'first')),
        'known rows/s': Math.round(speedOf(way, 'unchanged')),
        'ours is so many times as fast, new': ahead(way, 'first'),
        known: ahead(way, 'unchanged'),
      })),
      promised: beside.flatMap((way) =>
        (['first', 'unchanged'] as const).map((pass) => ({
          promise: `${pass}: times ${way}`,
          least: LEAST[pass],
          measured: ahead(way, pass),
        })),
      ),
    });
    process.stdout.write(`${text}\n`);
    if (!holds) process.exitCode = 1;
    await warehouse.close();
  }),
);

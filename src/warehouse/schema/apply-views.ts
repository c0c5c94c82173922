import { createHash } from 'node:crypto';
import pg from 'pg';
import { MigrationError, sqlState } from '../../errors.ts';
import type { ViewDefinition } from '../../records/view.ts';
import { copyGrants, readForeignDependants, repoint, type StoredView } from './view-dependants.ts';

/** What there is of a view: how it was defined when we made it, if we did, and what is there by its name, if anything is. */
type Made = { hash: string | null; oid: number | null; kind: 'v' | 'r' | null };
/** A view that was put aside for its successor, and is dropped when nothing looks at it any more. */
type Retired = { oid: number; name: string; kind: string };

const FUNCTIONS = 'functions';

/** `"schema"."name"`. */
export const pathOf = ({ schema, name }: Pick<ViewDefinition, 'schema' | 'name'>): string =>
  `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`;

/** The name under which a view's definition and refreshes are noted. */
export const keyOf = ({ schema, name }: Pick<ViewDefinition, 'schema' | 'name'>): string => `${schema}.${name}`;

/**
 * Makes views, and the functions they use, where they are missing or are to be another. What is as it should be is not touched, as that
 * would wait for whoever reads it. A view is replaced in place. Where PostgreSQL cannot do that (columns changed) a new one takes its name
 * and its grants, and views of others that read the old one are made to read the new. What is stored of a view has a table, which is made
 * from its SQL, and the temporary tables (`inputs`) that this reads. All of it or nothing; what is stored is due again after any change.
 * Throws `MigrationError` when something of others cannot follow.
 */
export async function applyViews(
  client: pg.ClientBase,
  { functions, inputs, views }: { functions: readonly string[]; inputs: readonly string[]; views: readonly ViewDefinition[] },
): Promise<void> {
  const { rows } = await client.query<Made & { name: string }>(
    `select k.name, v.hash, c.oid, c.relkind as kind from unnest($1::text[], $2::text[]) k (name, path)
     left join chatrhub_sync.views v on v.name = k.name left join pg_class c on c.oid = to_regclass(k.path)`,
    [
      [FUNCTIONS, ...views.map(keyOf)],
      [null, ...views.map(pathOf)],
    ],
  );
  const known = new Map(rows.map((row) => [row.name, row]));
  await client.query('begin');
  try {
    // Definitions are read and written with all names qualified, whatever the path of this session is.
    await client.query('set local search_path to pg_catalog');
    const hash = hashOf([...functions, ...inputs].join('\n'));
    const isChanged = known.get(FUNCTIONS)?.hash !== hash;
    if (isChanged) {
      for (const statement of functions) await client.query(statement);
      await note(client, { name: FUNCTIONS, hash });
    }
    if ((await makeViews(client, { inputs, views }, known)) || isChanged) await client.query(DUE);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  }
}

/** What is stored of views is computed again. */
const DUE = 'update chatrhub_bi_store.state set refreshed_at = null';

/** Returns whether any is another. */
async function makeViews(
  client: pg.ClientBase,
  { inputs, views }: { inputs: readonly string[]; views: readonly ViewDefinition[] },
  known: ReadonlyMap<string, Made>,
): Promise<boolean> {
  let isChanged = false;
  const retired: Retired[] = [];
  const foreign = new Map<number, StoredView>();
  const ours = views.map(keyOf);

  /** Puts a view aside, and remembers what of others reads it. */
  const retire = async (view: ViewDefinition, { oid, kind }: { oid: number; kind: string }): Promise<void> => {
    for (const dependant of await readForeignDependants(client, oid, ours)) {
      if (dependant.kind === 'm')
        throw new MigrationError(
          `${keyOf(view)} must be recreated, and the materialized view ${dependant.path} reads it; drop it, run chatrhub-sync migrate, and create it again as:\n${dependant.definition}`,
        );
      if (!foreign.has(dependant.oid)) foreign.set(dependant.oid, dependant);
    }
    const name = `${view.name}__retired`;
    for (const index of await readIndexes(client, oid))
      await client.query(`alter index ${pg.escapeIdentifier(view.schema)}.${pg.escapeIdentifier(index)} rename to "${index}__retired"`);
    await client.query(`alter ${nameOfKind(kind)} ${pathOf(view)} rename to ${pg.escapeIdentifier(name)}`);
    retired.push({ oid, name: pathOf({ schema: view.schema, name }), kind });
  };

  for (const view of views) {
    const { hash: made, oid, kind } = known.get(keyOf(view)) ?? {};
    const stored = oid && kind ? { oid, kind } : undefined;
    const hash = hashOf(JSON.stringify([view.sql, view.key]));
    const isSame = stored !== undefined && made === hash;
    if (isSame && !(await readsAny(client, stored.oid, retired))) continue;
    if (!isChanged) for (const statement of inputs) await client.query(statement);
    isChanged = true;
    if (stored?.kind === 'v' && !view.key && (await replaced(client, view))) {
      await note(client, { name: keyOf(view), hash });
      continue;
    }
    if (stored) await retire(view, stored);
    await create(client, view);
    if (stored) await copyGrants(client, stored.oid, pathOf(view));
    await note(client, { name: keyOf(view), hash });
  }

  for (const view of foreign.values()) await repoint(client, view);
  for (const { name, kind } of retired.toReversed()) {
    await client.query(`drop ${nameOfKind(kind)} ${name}`).catch((cause: unknown) => {
      if (sqlState(cause) !== '2BP01') throw cause;
      throw new MigrationError(
        `${name.replace('__retired', '')} must be recreated, and an object that is not part of chatrhub-sync depends on it: ${(cause as pg.DatabaseError).detail}; drop it, run chatrhub-sync migrate, and create it again`,
        { cause },
      );
    });
  }
  return isChanged;
}

async function create(client: pg.ClientBase, view: ViewDefinition): Promise<void> {
  const { key, indexes = [] } = view;
  await client.query(key ? `create table ${pathOf(view)} as ${view.sql} with no data` : `create view ${pathOf(view)} as ${view.sql}`);
  if (!key) return;
  // The widest columns first, whatever their order in the SQL is: PostgreSQL then needs no padding between, a tenth of a row.
  const { rows } = await client.query<{ name: string }>(
    `select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 order by attlen = -1, attlen desc, attnum`,
    [pathOf(view)],
  );
  await client.query(`drop ${nameOfKind('r')} ${pathOf(view)}`);
  const all = rows.map(({ name }) => pg.escapeIdentifier(name)).join(', ');
  await client.query(`create table ${pathOf(view)} as select ${all} from (${view.sql}) s with no data`);
  const columns = key.map((column) => pg.escapeIdentifier(column)).join(', ');
  await client.query(`create unique index "${view.name}_key" on ${pathOf(view)} (${columns}) nulls not distinct`);
  for (const index of indexes) await client.query(`create index on ${pathOf(view)} ${index}`);
  const text = pg.escapeLiteral(`Stored for chatrhub_bi: ${view.name}. [source: chatrhub-sync]`);
  for (const { name } of rows) await client.query(`comment on column ${pathOf(view)}.${pg.escapeIdentifier(name)} is ${text}`);
}

/** Replaces a view in place, so that grants, comments and what reads it stay. False where its columns are others. */
async function replaced(client: pg.ClientBase, view: ViewDefinition): Promise<boolean> {
  await client.query('savepoint before_replacing');
  try {
    await client.query(`create or replace view ${pathOf(view)} as ${view.sql}`);
    return true;
  } catch (error) {
    if (sqlState(error) !== '42P16') throw error;
    await client.query('rollback to savepoint before_replacing');
    return false;
  }
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
const nameOfKind = (kind: string): string => (kind === 'r' ? 'table' : 'view');

async function note(client: pg.ClientBase, { name, hash }: { name: string; hash: string }) {
  await client.query('insert into chatrhub_sync.views (name, hash) values ($1, $2) on conflict (name) do update set hash = excluded.hash', [
    name,
    hash,
  ]);
}

async function readIndexes(client: pg.ClientBase, oid: number): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    'select c.relname as name from pg_index i join pg_class c on c.oid = i.indexrelid where i.indrelid = $1',
    [oid],
  );
  return rows.map(({ name }) => name);
}

async function readsAny(client: pg.ClientBase, oid: number, retired: readonly Retired[]): Promise<boolean> {
  if (retired.length === 0) return false;
  const { rows } = await client.query(
    `select from pg_depend d join pg_rewrite r on r.oid = d.objid and d.classid = 'pg_rewrite'::regclass
     where r.ev_class = $1 and d.refclassid = 'pg_class'::regclass and d.refobjid = any($2) limit 1`,
    [oid, retired.map((old) => old.oid)],
  );
  return rows.length > 0;
}

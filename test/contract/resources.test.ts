import { readFileSync } from 'node:fs';
import { getTableColumns, getTableName } from 'drizzle-orm';
import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core';
import { describe, expect, it } from 'vitest';
import { parseAnswer } from '../../src/records/parse-answer.ts';
import { fieldsOf, isOurs, keyColumns, type Resource } from '../../src/records/resource.ts';
import { isSecret } from '../../src/records/sanitise.ts';
import { resources } from '../../src/resources/index.ts';

/** Attributes that are left out on purpose: they only repeat the job that writes the snapshots. */
const NOT_STORED: Record<string, readonly string[]> = { agent_activities: ['create_by', 'updt_by', 'updt_dt', 'trmnt_ind'] };

type Fixture = { data: { id: unknown; type: string; attributes: Record<string, unknown> }[] };

const fixtureOf = ({ name }: Resource): Fixture => JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'));
const attributesOf = (resource: Resource) =>
  [...new Set(fixtureOf(resource).data.flatMap(({ attributes }) => Object.keys(attributes)))].sort();
const storedBy = (resource: Resource) => fieldsOf(resource).flatMap(({ key }) => (isOurs(key) ? [] : [key]));

const tablesOf = (resource: Resource): PgTable[] => resource.tables.map(({ table }) => table);
const namesOf = (columns: readonly { name: string }[]) => columns.map(({ name }) => name);
const referencesOf = (table: PgTable) =>
  getTableConfig(table).foreignKeys.map((key) => {
    const { columns, foreignTable, foreignColumns } = key.reference();
    return { columns: namesOf(columns), foreignTable, foreignColumns: namesOf(foreignColumns), onDelete: key.onDelete };
  });
const ownerOf = (table: PgTable) => resources.findIndex((resource) => tablesOf(resource).includes(table));

describe.each(resources.map((resource) => [resource.name, resource] as const))('%s', (_, resource) => {
  it('is what the documentation shows, parsed without a reject', () => {
    const fixture = fixtureOf(resource);
    const { batches, rejects, received, clientId } = parseAnswer(fixture, resource);
    expect(rejects).toEqual([]);
    expect(batches.at(-1)).toMatchObject({ isOwn: true, rejected: 0 });
    expect(batches.at(-1)?.rows).toHaveLength(fixture.data.length);
    expect([received, clientId]).toEqual([fixture.data.length, 1]);
    expect(JSON.stringify(batches.map(({ rows }) => rows))).not.toContain('fake-password');
  });

  it('stores every attribute that is documented, or leaves it out on purpose', () => {
    const accountedFor = [...storedBy(resource), ...Object.keys(resource.embeds ?? {}), ...(NOT_STORED[resource.name] ?? [])];
    const unknown = attributesOf(resource).filter((name) => !accountedFor.includes(name) && !isSecret(name) && name !== resource.idAgain);
    expect(unknown).toEqual([]);
  });

  it('has a fixture with every attribute it stores or embeds', () => {
    const missing = [...storedBy(resource), ...Object.keys(resource.embeds ?? {})].filter((key) => !attributesOf(resource).includes(key));
    expect(missing.filter((key) => key !== 'id')).toEqual([]);
  });

  it('names columns and attributes that there are', () => {
    const keys = tablesOf(resource).flatMap((table) => Object.keys(getTableColumns(table)));
    const { derive = {}, emptyIsNull = [], vocabulary, keepsPersonal = [], embeds = {} } = resource;
    const embedIds = Object.values(embeds).map(({ id }) => id);
    const named = [...Object.keys(derive), ...emptyIsNull, ...(vocabulary?.attributes ?? []), ...keepsPersonal, ...embedIds];
    expect(keys).toEqual(expect.arrayContaining(named));
    expect(Object.keys(derive).filter((key) => !isOurs(key))).toEqual([]);
  });

  it('keeps camelCase, which no attribute can reach, for columns that are ours', () => {
    const foreign = tablesOf(resource).flatMap((table) => Object.keys(getTableColumns(table)).filter((key) => !isOurs(key)));
    expect(foreign.filter((key) => key !== 'id' && !attributesOf(resource).includes(key))).toEqual([]);
  });

  it('comes after everything it refers to or embeds', () => {
    const parents = tablesOf(resource).flatMap((table) => referencesOf(table).map(({ foreignTable }) => ownerOf(foreignTable)));
    const embedded = Object.values(resource.embeds ?? {}).map((embed) => resources.indexOf(embed.resource));
    const own = resources.indexOf(resource);
    expect(parents.filter((parent) => parent < 0 || parent > own)).toEqual([]);
    expect(embedded.filter((parent) => parent < 0 || parent >= own)).toEqual([]);
  });

  it.each(tablesOf(resource).map((table) => [getTableName(table), table] as const))('%s says when a row was changed', (_name, table) => {
    expect(getTableConfig(table).columns.find(({ name }) => name === 'synced_at')).toMatchObject({ notNull: true });
  });

  it.each(tablesOf(resource).map((table) => [getTableName(table), table] as const))(
    '%s has an index for each foreign key',
    (_name, table) => {
      const indexes = getTableConfig(table).indexes.map(({ config }) =>
        config.columns.flatMap((column) => ('name' in column ? [column.name] : [])),
      );
      const leading = [...indexes, namesOf(keyColumns(table))].map(([first]) => first);
      const references = referencesOf(table);
      expect(references.filter(({ columns, foreignColumns }) => columns.length !== 1 || foreignColumns.length !== 1)).toEqual([]);
      expect(references.flatMap(({ columns }) => columns).filter((column) => !leading.includes(column))).toEqual([]);
    },
  );

  it.each(
    tablesOf(resource)
      .slice(1)
      .map((table) => [getTableName(table), table] as const),
  )('%s has the key of its parent', (_name, table) => {
    const parent = resource.tables[0].table;
    expect(namesOf(keyColumns(table))).toEqual(namesOf(keyColumns(parent)));
    expect(referencesOf(table)).toEqual([
      { columns: namesOf(keyColumns(table)), foreignTable: parent, foreignColumns: namesOf(keyColumns(parent)), onDelete: 'cascade' },
    ]);
    expect([getTableConfig(parent).schema, getTableConfig(table).schema]).toEqual(['chatrhub', 'chatrhub_private']);
  });
});

it('every resource has its own name and type', () => {
  for (const of of ['name', 'type', 'path'] as const)
    expect(new Set(resources.map((resource) => resource[of])).size).toBe(resources.length);
});

import type { Batch } from '../core/record.ts';
import { type Field, fieldsOf, type Resource, type Row } from '../core/resource.ts';
import { copyRows } from './copy.ts';
import type { Client } from './database.ts';
import { createStage, mergeStatement, stageOf, stagingType } from './merge.ts';

/** What became of the records of one resource: `fetched` is the sum of the others. */
export type Outcome = { fetched: number; inserted: number; updated: number; unchanged: number; rejected: number };

export const noOutcome = (): Outcome => ({ fetched: 0, inserted: 0, updated: 0, unchanged: 0, rejected: 0 });

/** Above this many rows a plan made without statistics can cost more than gathering them. */
const ANALYSE_FROM = 20_000;

/**
 * Loads the records of a batch, in the transaction of `client`: COPY into a staging table, then one merge that leaves unchanged rows
 * untouched and never replaces what was asked for later than `askedAt`. Records that carry different attributes are merged apart, as
 * an absent attribute must not overwrite the stored value. With `touch` unchanged rows are marked with `askedAt` too.
 */
export async function loadBatch(client: Client, batch: Batch, askedAt: Date, touch: boolean): Promise<Outcome> {
  const { resource, rows, rejected, isOwn } = batch;
  const outcome = { fetched: rows.length + rejected, inserted: 0, updated: 0, unchanged: rows.length, rejected };
  if (rows.length === 0) return outcome;
  await client.query(createStage(resource));
  for (const { fields, members } of byFields(resource, rows)) {
    await client.query(`truncate ${stageOf(resource)}`);
    const columns = fields.map((field) => ({ ...field, sqlType: stagingType(field.sqlType) }));
    await copyRows(
      client,
      `copy ${stageOf(resource)} (${columns.map(({ column }) => `"${column}"`).join(', ')}) from stdin (format binary)`,
      columns,
      members,
    );
    if (members.length >= ANALYSE_FROM) await client.query(`analyze ${stageOf(resource)}`);
    const { rows: counts } = await client.query<{ inserted: number; updated: number }>(cachedStatement(resource, fields, isOwn), [
      askedAt,
      touch,
    ]);
    const { inserted, updated } = counts[0] ?? { inserted: 0, updated: 0 };
    outcome.inserted += inserted;
    outcome.updated += updated;
    outcome.unchanged -= inserted + updated;
  }
  return outcome;
}

type Group = { fields: Field[]; members: Row[] };

/** Rows that carry the same attributes, usually all of them. */
function byFields(resource: Resource, rows: readonly Row[]): Iterable<Group> {
  const all = fieldsOf(resource);
  const groups = new Map<string, Group>();
  for (const row of rows) {
    let signature = '';
    for (const { key } of all) signature += row[key] === undefined ? '0' : '1';
    let group = groups.get(signature);
    if (!group) {
      group = { fields: all.filter(({ key }) => row[key] !== undefined), members: [] };
      groups.set(signature, group);
    }
    group.members.push(row);
  }
  return groups.values();
}

const statements = new Map<string, string>();

function cachedStatement(resource: Resource, fields: readonly Field[], isOwn: boolean): string {
  const name = `${resource.name} ${isOwn} ${fields.map(({ column }) => column).join()}`;
  const statement = statements.get(name) ?? mergeStatement(resource, fields, isOwn);
  statements.set(name, statement);
  return statement;
}

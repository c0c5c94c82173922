import { readFileSync } from 'node:fs';
import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core';
import { describe, expect, it } from 'vitest';
import { comments } from '../../src/analytics/schema-comments.ts';
import type { Comment } from '../../src/records/note-parts.ts';
import { keyColumns } from '../../src/records/resource.ts';
import { resources } from '../../src/resources/index.ts';
import { intents } from '../../src/resources/tables/intents.ts';

/** `schema.table.column` and its type, as users rely on them. A change of this file is a change of the contract. */
const contract: Record<string, string> = JSON.parse(readFileSync(new URL('../fixtures/warehouse-columns.json', import.meta.url), 'utf8'));

const tables: PgTable[] = [...resources.flatMap((resource) => resource.tables.map(({ table }) => table)), intents];
const nameOf = (table: PgTable) => `${getTableConfig(table).schema}.${getTableConfig(table).name}`;
const tableNamed = (name: string) => tables.find((table) => nameOf(table) === name) ?? expect.fail(`there is no ${name}`);

const columns = tables.flatMap((table) =>
  getTableConfig(table).columns.map((column) => ({ table, name: `${nameOf(table)}.${column.name}`, column })),
);

describe('the warehouse', () => {
  it('has the columns of the contract, of their types, and no others', () => {
    expect(Object.fromEntries(columns.map(({ name, column }) => [name, column.getSQLType()]))).toEqual(contract);
  });

  it.each([
    ['chatrhub.agents', ['agent_id']],
    ['chatrhub.groups', ['group_id']],
    ['chatrhub.agent_groups', ['agent_id', 'group_id']],
    ['chatrhub.visitors', ['visitor_id']],
    ['chatrhub.chats', ['chat_id']],
    ['chatrhub.messages', ['message_id']],
    ['chatrhub.agent_activities', ['agent_id', 'snapshot_at']],
    ['chatrhub.tasks', ['task_id']],
    ['chatrhub.intents', ['intent_id']],
  ])('the key of %s is %j', (name, key) => {
    expect(keyColumns(tableNamed(name)).map((column) => column.name)).toEqual(key);
  });

  it('has a foreign key wherever an analyst would join', () => {
    const joined = columns.filter(
      ({ name, column }) =>
        /_(agent|group|visitor)_id$|\.(agent|group|visitor|chat|message)_id$/.test(name) &&
        !/(created_by|updated_by)_agent_id$|source_agent_group_id$/.test(name) &&
        !(column.primary && name.startsWith('chatrhub.')),
    );
    const referring = tables.flatMap((table) =>
      getTableConfig(table).foreignKeys.flatMap((key) => key.reference().columns.map((column) => `${nameOf(table)}.${column.name}`)),
    );
    expect([...referring].sort()).toEqual(expect.arrayContaining(joined.map(({ name }) => name)));
    expect(joined.length).toBeGreaterThanOrEqual(20);
  });

  it('knows the account of every row of chatrhub but intents', () => {
    const without = tables.filter((table) => getTableConfig(table).schema === 'chatrhub' && !(`${nameOf(table)}.client_id` in contract));
    expect(without.map(nameOf)).toEqual(['chatrhub.intents']);
    expect(columns.filter(({ column }) => column.name === 'client_id' && !column.notNull)).toEqual([]);
  });

  it('says of what it cannot know that it is absent: only keys, accounts and our own columns are never null', () => {
    const never = columns.filter(({ column }) => column.notNull && !column.primary && !column.hasDefault).map(({ column }) => column.name);
    expect([...new Set(never)].sort()).toEqual(['agent_id', 'client_id', 'group_id', 'snapshot_at', 'synced_at']);
  });

  it('explains every table and column, with its source', () => {
    const nameOfComment = ({ schema, table, column }: Comment) => [schema, table, column].filter(Boolean).join('.');
    const names = comments.map(nameOfComment);
    expect(names).toEqual(expect.arrayContaining([...Object.keys(contract), ...tables.map(nameOf)]));
    const sourced = / \[source: [a-z_0-9.-]+\]( \[pii: (visitor|employee|free text)\])?$/;
    expect(comments.filter(({ table, text }) => table && !sourced.test(text))).toEqual([]);
  });

  it('marks as personal all that is private, and of agents their names and addresses', () => {
    const isOfKey = (column: string) => column === 'synced_at' || column.endsWith('_id');
    const ofTables = comments.filter(({ schema, table }) => tables.map(nameOf).includes(`${schema}.${table}`));
    const unmarked = ofTables.filter(
      ({ schema, column, text }) => schema === 'chatrhub_private' && column && !isOfKey(column) && !text.includes('[pii: '),
    );
    const employees = ofTables.filter(({ text }) => text.endsWith('[pii: employee]')).map(({ column }) => column);
    expect([unmarked, employees]).toEqual([[], ['username', 'full_name', 'display_name', 'email', 'avatar_image']]);
  });

  it.each([
    ['visitor_contacts', 'email', 'visitors.email] [pii: visitor]'],
    ['message_bodies', 'body', 'messages.body] [pii: free text]'],
    ['chats', 'ended_reason', 'chats.ended_rsn_cd]'],
    ['tasks', 'task_id', 'q_tasks.id]'],
    ['visitors', 'channel', 'chatrhub-sync]'],
    ['chats', 'messages_synced_at', 'chatrhub-sync]'],
  ])('says where %s.%s comes from: %s', (table, column, source) => {
    expect(comments.find((comment) => comment.table === table && comment.column === column)?.text).toMatch(` [source: ${source}`);
  });
});

import { resolve } from 'node:path';
import { getTableConfig } from 'drizzle-orm/pg-core';
import { fieldsOf, keyColumns, type Row } from '../src/core/resource.ts';
import { copyRows } from '../src/db/copy.ts';
import { createDatabase, type Database } from '../src/db/database.ts';
import { loadBatch } from '../src/db/load.ts';
import { stagingType } from '../src/db/merge.ts';
import { migrate } from '../src/db/migrate.ts';
import agents from '../src/resources/agents.ts';
import { catalogue } from '../src/resources/catalogue.ts';
import chats from '../src/resources/chats.ts';
import messages from '../src/resources/messages.ts';
import visitors from '../src/resources/visitors.ts';
import { withPostgres } from './postgres.ts';

/*
 * How fast messages are loaded: 26 attributes into two tables with six indexes and six foreign keys; beside it, in the same run, what
 * plain COPY makes of the same rows in the same tables, without and with foreign keys. `npm run bench:load [-- rows]`
 */
const ROWS = Number(process.argv[2] ?? 200_000);
const BATCH = 5_000;
const PER_CHAT = 20;
const AGENTS = 20;

const message = (id: number, body: string): Row => {
  const chat = Math.ceil(id / PER_CHAT);
  const isAgent = id % 2 === 0;
  return {
    id,
    client_id: 77,
    chat_id: chat,
    from_agent_id: isAgent ? 1 + (chat % AGENTS) : null,
    from_visitor_id: isAgent ? null : chat,
    to_agent_id: isAgent ? null : 1 + (chat % AGENTS),
    to_visitor_id: isAgent ? chat : null,
    is_admin: false,
    is_interruption_blocked: false,
    bodyLength: body.length,
    batch_intent_id: isAgent ? null : String(id % 40),
    batch_intent_probability: isAgent ? null : (id % 100) / 100,
    final_manual_intent_id: null,
    ...Object.fromEntries(
      [1, 2, 3, 4, 5].flatMap((n) => [[`manual_intent_id_${n}`, null] as const, [`manual_user_id_${n}`, null] as const]),
    ),
    create_dt: new Date(1_700_000_000_000 + id * 1_000),
    body,
  };
};

const BODY = 'I would like to know when my order is going to arrive, it was meant to be here last week. Could you have a look?';
const range = (from: number, until: number) => Array.from({ length: until - from }, (_, i) => from + i);
const messagesOf = (from: number, changed: (id: number) => boolean = () => false) =>
  range(from, from + ROWS).map((id) => message(id, changed(id) ? `${BODY} Thanks.` : BODY));

await withPostgres(async (url) => {
  const database = createDatabase(url);
  try {
    await migrate(database, catalogue, resolve('drizzle'));
    await run(database);
  } finally {
    await database.close();
  }
});

async function run({ pool, transaction }: Database): Promise<void> {
  let asked = 0;
  const load = (rows: readonly Row[], resource = messages) => {
    asked += 1;
    return transaction((client) =>
      loadBatch(client, { resource, rows: [...rows], rejected: 0, isOwn: true }, new Date(asked * 1_000), false),
    );
  };
  const inBatches = async (rows: readonly Row[], size: number) => {
    for (let i = 0; i < rows.length; i += size) await load(rows.slice(i, i + size));
  };
  const time = async (work: () => Promise<unknown>): Promise<number> => {
    const began = performance.now();
    await work();
    return (performance.now() - began) / 1_000;
  };
  // What autovacuum does within a minute on a server that lives longer.
  const settle = () => pool.query('vacuum analyze');

  const parents = range(1, 1 + Math.ceil((2 * ROWS + BATCH) / PER_CHAT)).map((id) => ({ id, client_id: 77 }));
  await load(parents.slice(0, AGENTS), agents);
  await load(parents, visitors);
  await load(parents, chats);

  const fields = fieldsOf(messages).map((field) => ({ ...field, sqlType: stagingType(field.sqlType) }));
  for (const { table } of messages.tables) {
    for (const prefix of ['raw', 'keyed'])
      await pool.query(`create table ${prefix}_${nameOf(table)} (like ${pathOf(table)} including all)`);
    const { rows: foreignKeys } = await pool.query<{ definition: string }>(
      `select regexp_replace(pg_get_constraintdef(oid), '(chatrhub\\.)?messages\\(', 'keyed_messages(') as definition
       from pg_constraint where contype = 'f' and conrelid = $1::regclass`,
      [pathOf(table)],
    );
    for (const { definition } of foreignKeys) await pool.query(`alter table keyed_${nameOf(table)} add ${definition}`);
  }
  const copyPlain = (rows: readonly Row[], prefix: 'raw' | 'keyed') =>
    transaction(async (client) => {
      for (const [index, { table }] of messages.tables.entries()) {
        const keys = new Set(keyColumns(table).map(({ name }) => name));
        const columns = fields.filter((field) => field.table === index || keys.has(field.column));
        const synced = { key: 'synced_at', column: 'synced_at', sqlType: 'timestamp with time zone' };
        const into = [...columns, synced].map(({ column }) => column).join(', ');
        await copyRows(client, `copy ${prefix}_${nameOf(table)} (${into}) from stdin (format binary)`, [...columns, synced], rows);
      }
    });

  const lines: string[] = [];
  const report = (name: string, seconds: number, raw: number) =>
    lines.push(
      `${name.padEnd(56)}${Math.round(ROWS / seconds)
        .toLocaleString('en')
        .padStart(10)} rows/s${(raw / seconds).toFixed(2).padStart(8)}`,
    );
  const isChanged = (id: number) => id % 10 === 0;
  const synced = (rows: readonly Row[]) => rows.map((row) => ({ ...row, synced_at: new Date(0) }));

  for (const [name, from, send] of [
    ['whole, into empty tables', 1, load],
    [`in batches of ${BATCH.toLocaleString('en')}, into filled tables`, 1 + ROWS, (rows: readonly Row[]) => inBatches(rows, BATCH)],
  ] as const) {
    const [rows, changed] = [messagesOf(from), messagesOf(from, isChanged)];
    const filled = from === 1 ? 'into empty tables' : 'whole, into filled tables';
    const raw = await time(() => copyPlain(synced(rows), 'raw'));
    report(`plain COPY, ${filled}`, raw, raw);
    report(`plain COPY, with foreign keys, ${filled}`, await time(() => copyPlain(synced(rows), 'keyed')), raw);
    report(`${name}: first`, await time(() => send(rows)), raw);
    await settle();
    report(`${name}: unchanged`, await time(() => send(rows)), raw);
    report(`${name}: 10 % changed`, await time(() => send(changed)), raw);
    await settle();
  }

  const few = range(0, 100).map((i) => range(0, 10).map((n) => message(1 + 2 * ROWS + 10 * i + n, BODY)));
  for (const name of ['new', 'unchanged']) {
    const times: number[] = [];
    for (const rows of few) times.push(await time(() => load(rows)));
    const median = times.sort((a, b) => a - b)[times.length / 2] ?? Number.NaN;
    lines.push(`${`10 ${name} rows, into filled tables`.padEnd(56)}${(median * 1_000).toFixed(1).padStart(10)} ms`);
  }
  process.stdout.write(`${ROWS.toLocaleString('en')} messages, ratio to plain COPY\n${lines.join('\n')}\n`);
}

function nameOf(table: Parameters<typeof getTableConfig>[0]): string {
  return getTableConfig(table).name;
}

function pathOf(table: Parameters<typeof getTableConfig>[0]): string {
  const { schema, name } = getTableConfig(table);
  return `${schema}.${name}`;
}

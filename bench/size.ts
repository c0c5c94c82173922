import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { createAccount } from '../src/simulator/account/account.ts';
import { dayOf } from '../src/time/period.ts';
import type { Database } from '../src/warehouse/connection/database.ts';
import { openWorkbench } from './budget-workbench.ts';
import { withPostgres } from './postgres.ts';
import { type Bytes, CHATS_OF_AN_AGENT, type Sizes, scalingTables } from './size-tables.ts';

/*
 * What a chat, a message and a snapshot take on disk, with everything that belongs to them: every schema, index and note of a run. An invented
 * account, with as many chats for each agent as the tables assume, is synced into two empty warehouses, which differ in the messages alone: so
 * stored views are computed once, as after a night, and what there is but once hardly counts. `npm run bench:size -- --update` writes what follows
 * from it into docs/scaling.md.
 */

const AGENTS = 12;
const STAFF = ['agents', 'groups'];
const { values } = parseArgs({
  options: {
    chats: { type: 'string' },
    days: { type: 'string', default: '60' },
    update: { type: 'boolean', default: false },
  },
});
const PAGE = 'docs/scaling.md';
const [BEGIN, END] = ['<!-- bench:size -->', '<!-- /bench:size -->'];

const days = Number(values.days);
const account = createAccount({ seed: 1, agents: AGENTS, days, chats: Number(values.chats ?? AGENTS * CHATS_OF_AN_AGENT * days) });
const firstDay = dayOf(new Date(account.now().getTime() - days * 86_400_000));

const NOTHING: Bytes = new Map();
const grownBy = (before: Bytes, after: Bytes): Bytes =>
  new Map([...after].map(([table, bytes]) => [table, bytes - (before.get(table) ?? 0)]));
const each = (bytes: Bytes, count: number): Bytes => new Map([...bytes].map(([table, of]) => [table, of / count]));

let sizes: Sizes | undefined;
await withPostgres(async (url) => {
  const without = await measure(url, 'without_messages', [STAFF, ['visitors', 'chats']]);
  const { counted, grown } = await measure(url, 'with_messages', [STAFF, ['visitors', 'chats', 'messages'], ['agent_activities']]);
  const [[, ofChats = NOTHING], [, ofBoth = NOTHING, ofSnapshots = NOTHING]] = [without.grown, grown];
  sizes = {
    ...counted,
    perChat: each(ofChats, counted.chats),
    perMessage: each(grownBy(ofChats, ofBoth), counted.messages),
    perSnapshot: each(ofSnapshots, counted.snapshots),
  };
});
if (!sizes) throw new Error('nothing was measured');
const tables = scalingTables(sizes);
process.stdout.write(`${tables}\n`);
if (values.update) {
  const page = await readFile(PAGE, 'utf8');
  const [from, until] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || until < from) throw new Error(`${PAGE} has no ${BEGIN} and ${END}`);
  await writeFile(PAGE, `${page.slice(0, from + BEGIN.length)}\n${tables}\n${page.slice(until)}`);
}

type Counted = Omit<Sizes, 'perChat' | 'perMessage' | 'perSnapshot'>;

/** The bytes that some kinds of records after others (`stages`) add to an empty warehouse, and what it then holds. */
async function measure(url: string, name: string, stages: readonly (readonly string[])[]): Promise<{ grown: Bytes[]; counted: Counted }> {
  const bench = await openWorkbench(url, name, account);
  try {
    const grown: Bytes[] = [];
    let before = NOTHING;
    for (const only of stages) {
      await bench.sync(firstDay, only);
      // All chats wait for their messages where none are asked for, and none do when a night is over.
      if (!only.includes('messages')) await bench.database.pool.query('truncate chatrhub_sync.chat_backlog');
      const after = await bytesOf(bench.database);
      grown.push(grownBy(before, after));
      before = after;
    }
    const { rows } = await bench.database.pool.query<Counted>(
      `select (select count(*) from chatrhub.chats)::int as chats, (select count(*) from chatrhub.messages)::int as messages,
         (select count(*) from chatrhub.agent_activities)::int as snapshots, (select count(*) from chatrhub.agents)::int as agents,
         (select round(avg(body_length)) from chatrhub.messages)::int as "bodyLength",
         (select count(*) from chatrhub_sync.requests where resource = 'messages')::int as "messageRequests"`,
    );
    if (!rows[0]) throw new Error('the warehouse did not say what it holds');
    return { grown, counted: rows[0] };
  } finally {
    await bench.close();
  }
}

/** Tables with their indexes and what is stored beside them, in all schemas that are ours, once they are tidied up. */
async function bytesOf({ connectPatiently }: Database): Promise<Bytes> {
  const client = await connectPatiently();
  try {
    await client.query('vacuum analyze');
    const { rows } = await client.query<{ name: string; bytes: number }>(
      `select relnamespace::regnamespace || '.' || relname as name, pg_total_relation_size(c.oid) as bytes from pg_class c
       where relkind in ('r', 'm') and relnamespace::regnamespace::text like 'chatrhub%'`,
    );
    return new Map(rows.map(({ name, bytes }) => [name, bytes]));
  } finally {
    await client.end();
  }
}

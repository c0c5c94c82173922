import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { createAccount } from '../src/simulator/account/account.ts';
import { dayOf } from '../src/time/period.ts';
import type { Database } from '../src/warehouse/connection/database.ts';
import { openWorkbench } from './budget-workbench.ts';
import { withPostgres } from './postgres.ts';
import { type Sizes, scalingTables } from './size-tables.ts';

/*
 * What a chat, a message and a snapshot take on disk, with everything that belongs to them: every schema, index and note of a run. An invented
 * account is synced, one kind of record after the other, and what the warehouse has grown by is told. `npm run bench:size -- --update` writes
 * what follows from it into docs/scaling.md.
 */

const { values } = parseArgs({
  options: {
    chats: { type: 'string', default: '4000' },
    days: { type: 'string', default: '60' },
    update: { type: 'boolean', default: false },
  },
});
const PAGE = 'docs/scaling.md';
const [BEGIN, END] = ['<!-- bench:size -->', '<!-- /bench:size -->'];

const account = createAccount({ seed: 1, agents: 12, days: Number(values.days), chats: Number(values.chats) });
const firstDay = dayOf(new Date(account.now().getTime() - Number(values.days) * 86_400_000));

let sizes: Sizes | undefined;
await withPostgres(async (url) => {
  const bench = await openWorkbench(url, 'size', account);
  try {
    const sync = async (only: readonly string[]): Promise<number> => {
      const before = await bytesOf(bench.database);
      await bench.sync(firstDay, only);
      return (await bytesOf(bench.database)) - before;
    };
    const ofChats = await sync(['agents', 'groups', 'visitors', 'chats']);
    const ofMessages = await sync(['messages']);
    const ofSnapshots = await sync(['agent_activities']);
    const { rows } = await bench.database.pool.query<Omit<Sizes, 'perChat' | 'perMessage' | 'perSnapshot'>>(
      `select (select count(*) from chatrhub.chats)::int as chats, (select count(*) from chatrhub.messages)::int as messages,
         (select count(*) from chatrhub.agent_activities)::int as snapshots, (select count(*) from chatrhub.agents)::int as agents,
         (select round(avg(body_length)) from chatrhub.messages)::int as "bodyLength",
         (select count(*) from chatrhub_sync.requests where resource = 'messages')::int as "messageRequests"`,
    );
    const counted = rows[0];
    if (!counted) throw new Error('the warehouse did not say what it holds');
    sizes = {
      ...counted,
      perChat: ofChats / counted.chats,
      perMessage: ofMessages / counted.messages,
      perSnapshot: ofSnapshots / counted.snapshots,
    };
  } finally {
    await bench.close();
  }
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

/** Tables with their indexes and what is stored beside them, in all schemas that are ours, once they are tidied up. */
async function bytesOf({ connectPatiently }: Database): Promise<number> {
  const client = await connectPatiently();
  try {
    await client.query('vacuum analyze');
    const { rows } = await client.query<{ bytes: number }>(
      `select sum(pg_total_relation_size(c.oid))::int8 as bytes from pg_class c
       where relkind in ('r', 'm') and relnamespace::regnamespace::text like 'chatrhub%'`,
    );
    return rows[0]?.bytes ?? 0;
  } finally {
    await client.end();
  }
}

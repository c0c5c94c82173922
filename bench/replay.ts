import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { catalogue } from '../src/analytics/catalogue.ts';
import { replay } from '../src/history/replay.ts';
import { createLogger } from '../src/logger.ts';
import { parseAnswer } from '../src/records/parse-answer.ts';
import messages from '../src/resources/messages.ts';
import { createDatabase, type Database } from '../src/warehouse/connection/database.ts';
import { loadBatch } from '../src/warehouse/load/load.ts';
import { keepVersions } from '../src/warehouse/load/versions.ts';
import { migrate } from '../src/warehouse/schema/migrate.ts';
import { withPostgres } from './postgres.ts';

/*
 * What versions cost, and how long a replay takes: messages with 26 attributes, in answers of 2,000. While it replays, another session
 * counts the messages again and again: it must never wait, nor miss one.
 */

const MESSAGES = 200_000;
const ANSWER = 2_000;
const BODY = 'Good morning, how can I help you today? '.repeat(4);

const message = (id: number) => ({
  type: 'messages',
  id,
  attributes: {
    client_id: 77,
    chat_id: Math.ceil(id / 10),
    from_agent_id: id % 2 ? 1 + (id % 20) : null,
    from_visitor_id: id % 2 ? null : Math.ceil(id / 10),
    to_agent_id: id % 2 ? null : 1 + (id % 20),
    to_visitor_id: id % 2 ? Math.ceil(id / 10) : null,
    is_admin: false,
    is_interruption_blocked: false,
    body: `${BODY}${id}`,
    batch_intent_id: String(id % 50),
    batch_intent_probability: (id % 100) / 100,
    final_manual_intent_id: null,
    ...Object.fromEntries([1, 2, 3, 4, 5].flatMap((n) => [`manual_intent_id_${n}`, `manual_user_id_${n}`]).map((name) => [name, null])),
    create_dt: new Date(1_500_000_000_000 + 1_000 * id).toISOString(),
    from_agent: null,
  },
});

await withPostgres(async (url) => {
  const database = createDatabase(url);
  try {
    await migrate(database, catalogue, resolve('drizzle'));
    await run(database);
  } finally {
    await database.close();
  }
});

async function run(database: Database): Promise<void> {
  const say = (what: string, ms: number, more = '') =>
    process.stdout.write(`${what.padEnd(56)}${(ms / 1_000).toFixed(2).padStart(8)} s${more}\n`);
  const spent = { parse: 0, load: 0, versions: 0 };
  const timed = async <T>(part: keyof typeof spent, work: () => Promise<T> | T): Promise<T> => {
    const began = performance.now();
    const result = await work();
    spent[part] += performance.now() - began;
    return result;
  };
  for (const [round, name] of ['new', 'unchanged'].entries()) {
    for (let from = 1; from <= MESSAGES; from += ANSWER) {
      const data = Array.from({ length: ANSWER }, (_, i) => message(from + i));
      const askedAt = new Date(1_000 * (1 + round * MESSAGES + from));
      const { batches } = await timed('parse', () => parseAnswer({ data }, messages));
      await database.transaction(async (client) => {
        for (const batch of batches) await timed('load', () => loadBatch(client, batch, askedAt, false));
        for (const batch of batches) await timed('versions', () => keepVersions(client, batch, askedAt));
      });
    }
    for (const [part, ms] of Object.entries(spent)) say(`${MESSAGES.toLocaleString('en')} ${name} messages: ${part}`, ms);
    Object.assign(spent, { parse: 0, load: 0, versions: 0 });
    await database.pool.query('vacuum analyze');
  }

  const few = Array.from({ length: 100 }, (_, i) => parseAnswer({ data: [0, 1, 2, 3, 4].map((n) => message(1 + 5 * i + n)) }, messages));
  for (const { batches } of few) {
    await database.transaction(async (client) => {
      for (const batch of batches) await timed('load', () => loadBatch(client, batch, new Date(), false));
      for (const batch of batches) await timed('versions', () => keepVersions(client, batch, new Date()));
    });
  }
  say('100 answers with 5 unchanged messages: load', spent.load);
  say('100 answers with 5 unchanged messages: versions', spent.versions);

  const quiet = await startCounting(database);
  await sleep(3_000);
  say('nothing runs', 3_000, `; counting took ${(await quiet.end()).longestMs} ms at most`);

  const logger = createLogger({ level: 'silent', secrets: [], isTerminal: false });
  const options = { database, logger, signal: new AbortController().signal, only: undefined, limits: [], rateScope: 'account' as const };
  for (const [name, prepare] of [
    ['nothing to do', 'select 1'],
    ['a column added later', 'update chatrhub.messages set body_length = null'],
    ['empty tables', 'truncate chatrhub.chats, chatrhub.visitors, chatrhub.agents cascade'],
  ] as const) {
    await database.pool.query(prepare);
    await database.pool.query('vacuum analyze');
    const counting = await startCounting(database);
    const began = performance.now();
    const { status, resources } = await replay(options);
    const took = performance.now() - began;
    const { counts, longestMs, least } = await counting.end();
    const { inserted = 0, updated = 0 } = resources.messages ?? {};
    const memory = Math.round(process.memoryUsage().rss / 2 ** 20);
    say(
      `replay, ${name}`,
      took,
      `  ${status}, ${inserted} inserted, ${updated} updated, ${memory} MB; ${counts} counts took ${longestMs} ms at most, and saw ${least} at least`,
    );
  }
}

/** Counts the messages over and over, on the server, until it is ended: then how often, the longest time it took, and the fewest seen. */
async function startCounting({ connect, connectPatiently }: Database) {
  const [holder, counter] = [await connect(), await connectPatiently()];
  await holder.query('select pg_advisory_lock(1)');
  await counter.query('create temp table counted (counts int, longest_ms int, least int)');
  const counting = counter.query(`do $$
    declare n int; began timestamptz; counts int := 0; longest int := 0; least int;
    begin
      loop
        exit when pg_try_advisory_lock_shared(1);
        began := clock_timestamp();
        select count(*) into n from chatrhub.messages;
        longest := greatest(longest, extract(epoch from clock_timestamp() - began) * 1000);
        least := least(least, n);
        counts := counts + 1;
        perform pg_sleep(0.02);
      end loop;
      insert into counted values (counts, longest, least);
    end $$`);
  return {
    async end() {
      await holder.query('select pg_advisory_unlock(1)');
      holder.release();
      await counting;
      const { rows } = await counter.query<{ counts: number; longestMs: number; least: number }>(
        'select counts, longest_ms as "longestMs", least from counted',
      );
      await counter.end();
      return rows[0] ?? { counts: 0, longestMs: Number.NaN, least: Number.NaN };
    },
  };
}

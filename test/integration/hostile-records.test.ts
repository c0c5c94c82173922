import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { parseAnswer } from '../../src/records/parse-answer.ts';
import type { Resource } from '../../src/records/resource.ts';
import agents from '../../src/resources/agents.ts';
import chats from '../../src/resources/chats.ts';
import groups from '../../src/resources/groups.ts';
import tasks from '../../src/resources/tasks.ts';
import visitors from '../../src/resources/visitors.ts';
import { commitResponse } from '../../src/runs/commit-response.ts';
import { planRequest } from '../../src/source/request-plan.ts';
import type { Database } from '../../src/warehouse/connection/database.ts';
import { takeSeed } from '../support/seed.ts';
import { addRun, createWarehouse } from '../support/warehouse.ts';

const SEED = takeSeed('hostile records', 81);
const RESOURCES = [agents, groups, visitors, chats, tasks];
const ANSWERS = 40;
const RECORDS = 250;

let database: Database;
beforeAll(async () => {
  const warehouse = await createWarehouse();
  ({ database } = warehouse);
  return warehouse.close;
});

const HOSTILE_TEXT = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '\0',
    '\ud800',
    '\udc00\ud800',
    '\u202e',
    '"; drop table chatrhub.chats; --',
    '$1',
    "'",
    '\\',
    '%s',
    '\r\n',
    '1e400',
    'NaN',
  ),
  fc.constantFrom(
    '0000-00-00',
    '2018-02-30',
    'now',
    'infinity',
    '1529413200',
    '-0001-11-30',
    '2018-06-19T24:00:00Z',
    '9999-12-31T23:59:59Z',
  ),
  fc.constantFrom('[""]', '{"password": "x"}', '[[[[[[', '{"a": "\\u0000"}', 'true', '12abc', '0x10', ' 7 ', '', '9223372036854775808'),
  fc.string({ minLength: 9_000, maxLength: 9_500 }),
);
const HOSTILE_VALUE = fc.oneof(
  { weight: 4, arbitrary: HOSTILE_TEXT },
  {
    weight: 2,
    arbitrary: fc.constantFrom(null, true, false, 0, -1, 1.5, 2 ** 31, 2 ** 53, 2 ** 53 + 2, 1e308, Number.POSITIVE_INFINITY, -0),
  },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' }) },
  { weight: 1, arbitrary: fc.constantFrom([], {}, [[]], { data: null }, { id: 1 }, { type: 'agents', id: '7', attributes: {} }) },
);

/** A record whose key may be one, and whose attributes are those of its resource, others, or worse. */
const hostileRecord = (resource: Resource) => {
  const names = Object.keys(Object.assign({}, ...resource.tables)).filter((name) => /^[a-z_0-9]+$/.test(name));
  const attribute = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...names, ...Object.keys(resource.embeds ?? {})) },
    { weight: 1, arbitrary: fc.constantFrom('__proto__', 'constructor', 'toString', 'id', 'client_id') },
    { weight: 1, arbitrary: HOSTILE_TEXT },
  );
  const id = fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 1, max: 5_000 }) }, { weight: 2, arbitrary: HOSTILE_VALUE });
  const attributes = fc
    .array(fc.tuple(attribute, HOSTILE_VALUE), { maxLength: 12 })
    .map((entries) => ({ client_id: 77, ...Object.fromEntries(entries) }));
  const whole = fc.record({ type: fc.constantFrom(resource.type, resource.type, resource.type, null, 'report'), id, attributes });
  return fc.oneof({ weight: 20, arbitrary: whole }, { weight: 1, arbitrary: HOSTILE_VALUE });
};

/** Ids that are good are those of one record each. */
const withOwnId = (item: unknown, i: number): unknown =>
  typeof item === 'object' && item !== null && 'attributes' in item && 'id' in item && isGoodId(item.id)
    ? { ...item, id: 10_000 + i }
    : item;
const isGoodId = (id: unknown): boolean => typeof id === 'number' && id >= 1 && id <= 5_000;

it(`of ${ANSWERS * RECORDS} hostile records each is stored or kept aside with its reason, and none breaks the run`, {
  timeout: 180_000,
}, async () => {
  const { runId } = await addRun(database);
  let [received, stored, rejected] = [0, 0, 0];
  for (let answer = 0; answer < ANSWERS; answer++) {
    const resource = RESOURCES[answer % RESOURCES.length] as Resource;
    const seed = SEED * 1_000 + answer;
    const [data] = fc.sample(fc.array(hostileRecord(resource), { minLength: RECORDS, maxLength: RECORDS }), { seed, numRuns: 1 });
    // As it comes over the wire: what JSON cannot hold is not there.
    const document = JSON.parse(JSON.stringify({ data: data?.map(withOwnId) }));
    const parsed = parseAnswer(document, resource, { clientId: 77 });
    const { rows } = await database.pool.query<{ id: number }>(
      `insert into chatrhub_sync.requests (run_id, lane, resource, endpoint, path, attempt, granted_at, deadline_at)
       values ($1, 'sync', $2, '', '', 1, clock_timestamp(), clock_timestamp()) returning request_id as id`,
      [runId, resource.name],
    );
    const source = {
      runId,
      requestId: rows[0]?.id ?? 0,
      lane: 'sync' as const,
      askedAt: new Date(Date.UTC(2026, 0, 1, 0, answer)),
      listSays: () => new Set<string>(),
    };
    const outcomes = await commitResponse(database, planRequest(resource), parsed, source, async () => {});
    const own = outcomes.get(resource.name);
    expect(own, `seed ${seed}`).toBeDefined();
    if (!own) continue;
    // Records that come twice in one answer are one.
    expect(own.fetched, `seed ${seed}`).toBe(parsed.batches.find(({ isOwn }) => isOwn)?.came);
    expect(own.inserted + own.updated + own.unchanged + own.rejected, `seed ${seed}`).toBe(own.fetched);
    received += parsed.received;
    stored += own.fetched - own.rejected;
    rejected += own.rejected;
  }
  const { rows } = await database.pool.query<{ reasons: number; secrets: number; distinct: number }>(
    `select count(distinct reason)::int as reasons, count(*)::int as distinct,
       count(*) filter (where coalesce(value, '') like '%"password"%')::int as secrets from chatrhub_sync.rejected_records`,
  );
  process.stdout.write(`${received} records: ${stored} stored, ${rejected} kept aside, ${rows[0]?.distinct} notes\n`);
  expect(received).toBe(ANSWERS * RECORDS);
  // But for hostile ids that mean the same one, each record is there.
  expect(stored + rejected).toBeLessThanOrEqual(received);
  expect(stored + rejected).toBeGreaterThan(0.95 * received);
  expect(stored).toBeGreaterThan(received / 4);
  expect(rejected).toBeGreaterThan(received / 20);
  expect(rows[0]?.reasons).toBeGreaterThan(10);
  expect(rows[0]?.secrets).toBe(0);
});

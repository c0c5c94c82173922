import type { Resource, Row } from '../records/resource.ts';
import type { Client, Database } from '../warehouse/connection/database.ts';
import { createErased, type Erased, type Erasure, hmacPads } from './redact-erased.ts';

/**
 * What was erased, as the transaction of `client` has to keep it out; undefined when nothing was. To be asked before anything else: an
 * erasure waits until this transaction has ended, and what begins later sees it.
 */
export async function readErased(client: Client): Promise<Erased | undefined> {
  await client.query('lock table chatrhub_sync.erasures in row share mode');
  const { rows } = await client.query<Erasure>('select key, hash from chatrhub_sync.erasures');
  return rows.length > 0 ? createErased(rows) : undefined;
}

/** Waits for all who load records, and keeps them waiting until the transaction of `client` ends; the key to hash with, if there is one. */
export async function beginErasure(client: Client): Promise<string | undefined> {
  await client.query('lock table chatrhub_sync.erasures in exclusive mode');
  const { rows } = await client.query<{ key: string }>('select key from chatrhub_sync.erasures order by erased_at desc limit 1');
  return rows[0]?.key;
}

export async function noteErasures(client: Client, erasures: readonly Erasure[]): Promise<void> {
  await client.query(
    `insert into chatrhub_sync.erasures (hash, key) select hash, key from unnest($1::text[], $2::text[]) as x (hash, key)
     on conflict do nothing`,
    [erasures.map(({ hash }) => hash), erasures.map(({ key }) => key)],
  );
}

/** Whose records are parts of others, by the attribute that says of which. */
const OWNERS = {
  chat_id: 'select chat_id as id, visitor_id from chatrhub.chats where chat_id = any($1) and visitor_id is not null',
  message_id: `select m.message_id as id, v.visitor_id from chatrhub.messages m left join chatrhub.chats c using (chat_id)
    cross join lateral (values (c.visitor_id), (m.from_visitor_id), (m.to_visitor_id)) v (visitor_id)
    where m.message_id = any($1) and v.visitor_id is not null`,
} as const;

/** Of each of some records of a resource, by attribute, whether it is or belongs to somebody who was erased. */
export async function areErased(client: Client, resource: Resource, records: readonly Row[], erased: Erased): Promise<boolean[]> {
  const { visitors = [], name, through } = resource.belongsTo ?? {};
  const known = new Map<unknown, boolean>();
  const isErased = (visitor: unknown): boolean => {
    const is = known.get(visitor) ?? erased.has('visitors', visitor);
    known.set(visitor, is);
    return is;
  };
  const parts = new Set<number>();
  if (through) {
    const wholes = [...new Set(records.map((record) => Number(record[through] ?? Number.NaN)).filter(Number.isSafeInteger))];
    const { rows } = await client.query<{ id: number; visitor_id: number }>(OWNERS[through], [wholes]);
    for (const { id, visitor_id } of rows) if (isErased(visitor_id)) parts.add(id);
  }
  return records.map(
    (record) =>
      erased.has(resource.name, record.id) ||
      visitors.some((key) => isErased(record[key])) ||
      (name !== undefined && erased.has('xmpp_username', record[name])) ||
      (through !== undefined && parts.has(Number(record[through]))),
  );
}

/**
 * Visitors who were erased and of whom something personal is there again: a backup was restored, or what they had written was loaded
 * before it was known whose chat it belongs to.
 */
export async function readReturned({ pool }: Database): Promise<number[]> {
  const { rows: erasures } = await pool.query<Erasure>('select key, hash from chatrhub_sync.erasures');
  const returned = new Set<number>();
  for (const key of new Set(erasures.map((erasure) => erasure.key))) {
    const { inner, outer } = hmacPads(key);
    const hashes = erasures.filter((erasure) => erasure.key === key).map(({ hash }) => hash);
    const { rows } = await pool.query<{ id: number }>(RETURNED, [inner, outer, hashes]);
    for (const { id } of rows) returned.add(id);
  }
  return [...returned];
}

const RETURNED = `
  with erased as materialized (
    select visitor_id from chatrhub.visitors
    where encode(sha256($2::bytea || sha256($1::bytea || convert_to('visitors ' || visitor_id, 'UTF8'))), 'hex') = any($3)
  )
  select distinct visitor_id as id from (
    select visitor_id from erased join chatrhub_private.visitor_contacts c using (visitor_id)
    where num_nonnulls(c.name, c.company_name, c.street_address_1, c.street_address_2, c.zip_code, c.phone, c.email, c.current_url,
      c.referrer_url, c.ip_address, c.xmpp_username) > 0
    union all
    select visitor_id from erased join chatrhub.chats using (visitor_id) join chatrhub_private.chat_feedback f using (chat_id)
    where f.feedback is not null
    union all
    select visitor_id from erased join chatrhub.chats using (visitor_id) join chatrhub.messages using (chat_id)
    join chatrhub_private.message_bodies b using (message_id) where b.body is not null
  ) s`;

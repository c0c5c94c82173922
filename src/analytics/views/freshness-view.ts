import { getTableColumns, getTableName } from 'drizzle-orm';
import type { Resource } from '../../records/resource.ts';
import type { View } from '../../records/view.ts';
import { resources } from '../../resources/index.ts';

const CHANGED = 'greatest(created_at, updated_at)';

/** By which SQL some resources tell the latest moment of their records; the others tell when one was made or changed last. */
const LATEST: Readonly<Record<string, string>> = {
  visitors: 'select max(created_at) from chatrhub.visitors',
  chats: 'select max(created_at) from chatrhub.chats',
  // Messages follow their chats: those of the newest thousand chats tell, in place of reading them all.
  messages: `select max(m.created_at) from (select chat_id from chatrhub.chats where created_at is not null order by created_at desc limit 1000) c join chatrhub.messages m on m.chat_id = c.chat_id`,
  agent_activities: `select max(a.latest) from chatrhub.agents g cross join lateral (select max(snapshot_at) as latest from chatrhub.agent_activities a where a.agent_id = g.agent_id) a`,
};

function latestOf({ name, tables: [{ table }] }: Resource): string {
  const moment = 'updt_dt' in getTableColumns(table) ? CHANGED : 'created_at';
  return LATEST[name] ?? `select max(${moment}) from chatrhub.${getTableName(table)}`;
}

/** The kinds of record, in the order in which they are shown. */
const ENTITIES: Readonly<Record<string, string>> = Object.fromEntries(resources.map((resource) => [resource.name, latestOf(resource)]));

/**
 * The one definition of freshness: the status page, the metrics and the alerts read it, too. Whoever does not select `reaches_until_at`
 * does not pay for it.
 */
export const dataFreshness: View = {
  schema: 'chatrhub_bi',
  name: 'data_freshness',
  sql: `
with entities (entity, position) as (
  values ${Object.keys(ENTITIES)
    .map((entity, i) => `('${entity}', ${i})`)
    .join(', ')}
), expected as (
  select e.entity, e.position, f.last_read_at,
    coalesce(f.last_read_at, f.expected_since) + f.expected_within_seconds * interval '1 second' as next_expected_at
  from entities e left join chatrhub_sync.freshness f on f.resource = e.entity
)
select entity,
  case entity
    ${Object.entries(ENTITIES)
      .map(([entity, newest]) => `when '${entity}' then (${newest})`)
      .join('\n    ')}
  end as reaches_until_at,
  last_read_at, next_expected_at,
  coalesce(greatest(extract(epoch from now() - next_expected_at), 0), 0)::double precision as late_seconds,
  case when last_read_at is null then 'never' when next_expected_at < now() then 'stale' else 'fresh' end as freshness,
  (select count(*)::int from chatrhub_sync.doubts d where d.resource = entity and d.settled_at is null) as open_doubt_count
from expected order by position`,
  about: 'How fresh the copy is: one row per kind of record.',
  notes: {
    entity: 'Kind of record: a table of chatrhub.',
    reaches_until_at: 'The latest moment that the records tell of: when the newest chat began, for instance.',
    last_read_at:
      'When a sync last loaded an answer of the source, of tasks all four lists, or found nothing left to ask for; null for never.',
    next_expected_at:
      'When they ought to have been read again at the latest, by the schedule of syncs; agent_groups and visitors are read weekly. Null while no sync has said when it is due.',
    late_seconds: 'Seconds since next_expected_at; 0 while it is to come.',
    freshness: 'fresh, stale (late) or never (not read yet).',
    open_doubt_count: 'Claims about these records that lack evidence: chatrhub_sync.doubts that are not settled.',
  },
};

import type { View } from '../../records/view.ts';

/** Of what a resource's newest record is told; how long a copy of it counts as fresh: a day and a half where every sync asks, else nine days. */
export const ENTITIES: readonly { entity: string; newest: string; freshHours: number }[] = [
  { entity: 'agents', newest: 'greatest(created_at, updated_at)', freshHours: 36 },
  { entity: 'groups', newest: 'greatest(created_at, updated_at)', freshHours: 36 },
  { entity: 'agent_groups', newest: 'greatest(created_at, updated_at)', freshHours: 216 },
  { entity: 'visitors', newest: 'created_at', freshHours: 216 },
  { entity: 'chats', newest: 'created_at', freshHours: 36 },
  { entity: 'messages', newest: 'created_at', freshHours: 36 },
  { entity: 'agent_activities', newest: 'snapshot_at', freshHours: 36 },
  { entity: 'tasks', newest: 'greatest(created_at, updated_at)', freshHours: 36 },
];

/** SQL: the latest moment of a table. Messages follow their chats: those of the newest thousand chats tell, in place of reading them all. */
const newestOf = ({ entity, newest }: (typeof ENTITIES)[number]): string => {
  if (entity === 'messages')
    return `(select max(m.created_at) from (select chat_id from chatrhub.chats where created_at is not null order by created_at desc limit 1000) c join chatrhub.messages m on m.chat_id = c.chat_id)`;
  if (entity === 'agent_activities')
    return `(select max(a.latest) from chatrhub.agents g cross join lateral (select max(snapshot_at) as latest from chatrhub.agent_activities a where a.agent_id = g.agent_id) a)`;
  return `(select max(${newest}) from chatrhub.${entity})`;
};

export const dataFreshness: View = {
  schema: 'chatrhub_bi',
  name: 'data_freshness',
  sql: `
with entities (entity, position, fresh_hours, high_water_mark_at) as (
  values ${ENTITIES.map((entity, i) => `('${entity.entity}', ${i}, ${entity.freshHours}, ${newestOf(entity)})`).join(',\n    ')}
), loaded as (
  select resource as entity, max(loaded_at) as at from chatrhub_sync.requests where loaded_at is not null group by resource
), measured as (
  select e.*, greatest(l.at, (
    select max(r.finished_at) from chatrhub_sync.runs r
    where (r.details -> 'resources' -> e.entity ->> 'fetched')::bigint > 0 and r.command <> 'replay'
  )) as last_success_at
  from entities e left join loaded l on l.entity = e.entity
)
select entity, last_success_at, high_water_mark_at,
  extract(epoch from now() - last_success_at)::double precision as seconds_since_success,
  extract(epoch from now() - high_water_mark_at)::double precision as seconds_since_high_water_mark,
  case
    when last_success_at is null then 'never'
    when last_success_at >= now() - fresh_hours * interval '1 hour' then 'fresh'
    else 'stale' end as freshness
from measured order by position`,
  about: 'How fresh the copy is: one row per kind of record.',
  notes: {
    entity: 'Kind of record: a table of chatrhub.',
    last_success_at: 'When an answer of the source with such records was last loaded; null for never.',
    high_water_mark_at: 'The latest moment that the records tell of: when the newest chat began, for instance.',
    seconds_since_success: 'Seconds since last_success_at.',
    seconds_since_high_water_mark: 'Seconds since high_water_mark_at.',
    freshness:
      'fresh, stale or never: stale is what was not loaded for a day and a half, or, for visitors and agent_groups, which are read weekly, for nine days.',
  },
};

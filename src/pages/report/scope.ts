import { UsageError } from '../../errors.ts';
import type { Period } from '../../time/period.ts';
import type { Client } from '../../warehouse/connection/database.ts';
import { namesOf } from './names.ts';

export type Group = { id: number; name: string };

/** Which chats a report is about: those of some days, of all groups or of one. */
export type Scope = Period & { group: Group | undefined };

/** SQL: whether a row of a view of chats is in a scope; its values are those of `scopeValues`. */
export const IN_SCOPE = 'date_day >= $1::date and date_day < $2::date and ($3::bigint is null or group_id = $3)';
/** The parameters of the queries of a report: the first day, the day after the last one, and the number of the group, if one was chosen. */
export const scopeValues = ({ from, until, group }: Scope) => [from, until, group?.id ?? null];

/** Finds a group by its number or its name. Throws `UsageError`, with the groups there are, when none or more than one is called so. */
export async function findGroup(client: Client, wanted: string): Promise<Group> {
  const { rows } = await client.query<{ id: number; name: string | null }>(
    'select distinct group_id as id, group_name as name from chatrhub_bi.csat where group_id is not null order by name, id',
  );
  const byId = rows.filter(({ id }) => String(id) === wanted);
  const found = byId.length > 0 ? byId : rows.filter(({ name }) => name === wanted);
  const nameOf = namesOf('group', rows);
  const [group] = found;
  if (group && found.length === 1) return { id: group.id, name: nameOf(group.id) };
  if (group)
    throw new UsageError(
      `${found.length} groups are called ${wanted}: choose one by its number, ${found.map(({ id }) => id).join(' or ')}`,
    );
  throw new UsageError(
    rows.length === 0
      ? `there is no group ${wanted}: no chat here has a group`
      : `there is no group ${wanted} with chats here: there are ${rows.map(({ id }) => nameOf(id)).join(', ')}`,
  );
}

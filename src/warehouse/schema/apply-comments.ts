import pg from 'pg';
import type { Comment } from '../../records/note-parts.ts';

/** Writes the comments that differ from what the catalogue holds. */
export async function applyComments(client: pg.ClientBase, comments: readonly Comment[]): Promise<void> {
  const { rows } = await client.query<{ name: string; text: string | null }>(CURRENT);
  const current = new Map(rows.map(({ name, text }) => [name, text]));
  const changed = comments.filter((comment) => current.get(nameOf(comment)) !== comment.text);
  if (changed.length > 0) await client.query(changed.map(statement).join(';\n'));
}

const CURRENT = `
  select nspname::text as name, obj_description(oid, 'pg_namespace') as text from pg_namespace
  union all
  select n.nspname || '.' || c.relname || coalesce('.' || a.attname, ''), d.description
  from pg_description d
  join pg_class c on c.oid = d.objoid and d.classoid = 'pg_class'::regclass
  join pg_namespace n on n.oid = c.relnamespace
  left join pg_attribute a on a.attrelid = c.oid and a.attnum = d.objsubid and d.objsubid > 0
  where n.nspname like 'chatrhub%'`;

const nameOf = ({ schema, table, column }: Comment): string => [schema, table, column].filter((part) => part !== undefined).join('.');

function statement({ schema, table, column, kind: ofTable, text }: Comment): string {
  const kind = column ? 'column' : table ? (ofTable ?? 'table') : 'schema';
  const name = [schema, table, column].filter((part) => part !== undefined).map(pg.escapeIdentifier);
  return `comment on ${kind} ${name.join('.')} is ${pg.escapeLiteral(text)}`;
}

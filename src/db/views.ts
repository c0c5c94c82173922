import { createHash } from 'node:crypto';
import type pg from 'pg';

/** A view of schema chatrhub. */
export type ViewDefinition = { name: string; sql: string };

/**
 * Makes views, and the functions they use, where they are missing or are to be another: replaced in place, so that grants, comments and
 * what depends on them stay. A view that is as it should be is not touched, as that would wait for whoever reads it.
 */
export async function applyViews(client: pg.ClientBase, functions: readonly string[], views: readonly ViewDefinition[]): Promise<void> {
  for (const { name, sql } of views) {
    const hash = createHash('sha256')
      .update([...functions, sql].join('\n'))
      .digest('hex');
    const { rows } = await client.query<{ isMade: boolean }>(
      `select to_regclass('chatrhub.' || quote_ident($1)) is not null
         and exists (select from chatrhub_sync.views where name = $1 and hash = $2) as "isMade"`,
      [name, hash],
    );
    if (rows[0]?.isMade) continue;
    await client.query('begin');
    for (const statement of functions) await client.query(statement);
    await client.query(`create or replace view chatrhub."${name}" as ${sql}`);
    await client.query(
      'insert into chatrhub_sync.views (name, hash) values ($1, $2) on conflict (name) do update set hash = excluded.hash',
      [name, hash],
    );
    await client.query('commit');
  }
}

import type { View, ViewDefinition } from '../records/view.ts';

/** Where heavy views are computed to. */
export const STORE = 'chatrhub_bi_store';

/**
 * What the database holds for a view. One that is heavy is computed into the store, and shown by a plain view: information_schema, and the
 * tools that go by it, list no materialised ones.
 */
export function definitionsOf({ schema, name, sql, key }: View): ViewDefinition[] {
  if (!key) return [{ schema, name, sql }];
  const stored = { schema: STORE, name, sql, key };
  return schema === STORE ? [stored] : [stored, { schema, name, sql: `select * from ${STORE}.${name}` }];
}

import type { View, ViewDefinition } from '../records/view.ts';

/** Where heavy views are stored. */
export const STORE = 'chatrhub_bi_store';

/** What the database holds for a view: a table of what is stored of it, where something is, and the view that shows it. */
export function definitionsOf({ schema, name, sql, stored }: View): ViewDefinition[] {
  const shown = schema === STORE ? [] : [{ schema, name, sql }];
  return stored ? [{ schema: STORE, name, ...stored }, ...shown] : shown;
}

/** SQL: all that is stored of a view. */
export const allOf = (name: string): string => `select * from ${STORE}.${name}`;

import type { Pii } from './resource.ts';

/**
 * What a view says of a column: words of its own, with the table they are computed from where that is not the sync's doing; or those of a
 * column of chatrhub or chatrhub_private that it passes on, named `chats.tag`.
 */
export type ViewNote = string | { text: string; pii: Pii } | { like: string };

/**
 * By what a stored view is computed again: chats; tasks; days whose chats are others, on which chats or snapshots took another time, whose
 * turns of visitors are others, of whose chats the messages are, of which the snapshots are, of which the backlog is; or as a whole, as it
 * is small: before all others, as these read it, or after them.
 */
export type StoreUnit =
  | 'chats'
  | 'tasks'
  | 'days'
  | 'busy_days'
  | 'turn_days'
  | 'message_days'
  | 'snapshot_days'
  | 'task_days'
  | 'settings'
  | 'all';

/** A view that `migrate` makes, with the words that explain it. `notes` has every column, in any order. */
export type View = {
  schema: string;
  name: string;
  /** What is read by it; of a stored view, from what is stored. */
  sql: string;
  /**
   * What is heavy is stored, and costs what changed. The statement here computes the rows of the units that temporary tables of the refresh
   * name; `key` tells the rows apart.
   */
  stored?: { unit: StoreUnit; key: readonly string[]; sql: string; indexes?: readonly string[] };
  about: string;
  notes: Record<string, ViewNote>;
};

/** What making a view, or the table of what is stored of one, takes. */
export type ViewDefinition = Pick<View, 'schema' | 'name' | 'sql'> & {
  key?: readonly string[];
  unit?: StoreUnit;
  indexes?: readonly string[];
};

import type { Pii } from './resource.ts';

/**
 * What a view says of a column: words of its own, with the table they are computed from where that is not the sync's doing; or those of a
 * column of chatrhub or chatrhub_private that it passes on, named `chats.tag`.
 */
export type ViewNote = string | { text: string; pii: Pii } | { like: string };

/** A view that `migrate` makes, with the words that explain it. `notes` has every column, in any order. */
export type View = {
  schema: string;
  name: string;
  sql: string;
  /** The columns that tell its rows apart. A view that has them is heavy: it is computed when a run ends, not when it is read. */
  key?: readonly string[];
  about: string;
  notes: Record<string, ViewNote>;
};

/** What making a view takes. */
export type ViewDefinition = Pick<View, 'schema' | 'name' | 'sql' | 'key'>;

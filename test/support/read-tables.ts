import pg from 'pg';

export type Row = Record<string, unknown>;

/** Every table that facts of the account are kept in, and the columns that tell its rows apart. */
const KEYS = {
  'chatrhub.agents': ['agent_id'],
  'chatrhub.groups': ['group_id'],
  'chatrhub.agent_groups': ['agent_id', 'group_id'],
  'chatrhub.visitors': ['visitor_id'],
  'chatrhub.chats': ['chat_id'],
  'chatrhub.messages': ['message_id'],
  'chatrhub.agent_activities': ['agent_id', 'snapshot_at'],
  'chatrhub.tasks': ['task_id'],
  'chatrhub.intents': ['intent_id'],
  'chatrhub_private.visitor_contacts': ['visitor_id'],
  'chatrhub_private.message_bodies': ['message_id'],
  'chatrhub_private.chat_feedback': ['chat_id'],
  'chatrhub_private.task_variables': ['task_id'],
  'chatrhub_private.group_match_rules': ['group_id'],
} as const satisfies Record<string, readonly string[]>;

export type TableName = keyof typeof KEYS;
export type Tables = Record<TableName, Row[]>;

export const TABLE_NAMES: readonly TableName[] = Object.keys(KEYS) as TableName[];

/** Columns that tell of the copying and not of the account. */
const NOT_COMPARED = ['synced_at', 'messages_synced_at', 'source_missing_since'];

/**
 * What a warehouse holds, in the shape of `expectedTables`: bigint and numeric as number. Tables of the two schemas
 * that the oracle does not know are not read. `from` leaves out what `expectedTables` leaves out, and stubs of chats; with `only`, other
 * tables are empty.
 */
export async function readTables(
  pool: Pick<pg.Pool, 'query'>,
  { from, only = TABLE_NAMES }: { from?: Date; only?: readonly TableName[] } = {},
): Promise<Tables> {
  const { rows: columns } = await pool.query<{ table: TableName; columns: string[] }>(
    `select table_schema || '.' || table_name as "table", array_agg(column_name::text) as columns
     from information_schema.columns
     where table_schema || '.' || table_name = any($1) and not column_name = any($2)
     group by 1`,
    [only, NOT_COMPARED],
  );
  const tables = Object.fromEntries(TABLE_NAMES.map((name) => [name, []])) as unknown as Tables;
  for (const { table, columns: names } of columns) {
    const list = names.map((name) => pg.escapeIdentifier(name)).join(', ');
    const { rows } = await pool.query<Row>({ text: `select ${list} from ${table}`, types: NUMBERS });
    tables[table] = rows;
  }
  return sorted(from === undefined ? tables : since(tables, from));
}

/** int8 and numeric as numbers: the account has none too large. */
const NUMBERS: pg.CustomTypesConfig = {
  getTypeParser: (type, format) =>
    type === pg.types.builtins.INT8 || type === pg.types.builtins.NUMERIC ? Number : pg.types.getTypeParser(type, format),
};

function since(tables: Tables, from: Date): Tables {
  const chats = tables['chatrhub.chats'].filter(({ created_at }) => created_at instanceof Date && created_at >= from);
  const chatIds = new Set(chats.map(({ chat_id }) => chat_id));
  const messages = tables['chatrhub.messages'].filter(({ chat_id }) => chatIds.has(chat_id));
  const messageIds = new Set(messages.map(({ message_id }) => message_id));
  return {
    ...tables,
    'chatrhub.chats': chats,
    'chatrhub.messages': messages,
    'chatrhub.agent_activities': tables['chatrhub.agent_activities'].filter(({ snapshot_at }) => (snapshot_at as Date) >= from),
    'chatrhub_private.chat_feedback': tables['chatrhub_private.chat_feedback'].filter(({ chat_id }) => chatIds.has(chat_id)),
    'chatrhub_private.message_bodies': tables['chatrhub_private.message_bodies'].filter(({ message_id }) => messageIds.has(message_id)),
  };
}

/** Each table's rows by its key, so that equal tables are equal lists. */
export function sorted(tables: Tables): Tables {
  const byKey = (key: readonly string[]) => (a: Row, b: Row) =>
    key.map((name) => compare(a[name], b[name])).find((order) => order !== 0) ?? 0;
  return Object.fromEntries(TABLE_NAMES.map((name) => [name, tables[name].toSorted(byKey(KEYS[name]))])) as Tables;
}

function compare(a: unknown, b: unknown): number {
  const [left, right] = [a, b] as [number, number];
  return left < right ? -1 : left > right ? 1 : 0;
}

import { getTableColumns } from 'drizzle-orm';
import { getTableConfig, type PgColumn, type PgTable } from 'drizzle-orm/pg-core';

/*
 * The glossary.
 * resource   one type of record of the API, the tables it is copied into, and how it is asked for
 * attribute  a name inside a record of the API; the TypeScript key of a drizzle column is the attribute it holds
 * own        a record from its resource's own path, as opposed to an embedded copy inside another record
 * stub       a row (is_inferred) that stands in for a parent which was referred to and not seen yet
 */

/** What a column says of whom; the end of its comment in the database. */
export type Pii = 'visitor' | 'employee' | 'free text';
export type ColumnNote = string | { text: string; pii: Pii };

/** Words about a column with personal data of a visitor. */
export const visitorData = (text: string): ColumnNote => ({ text, pii: 'visitor' });
/** Words about a column with personal data of an employee. */
export const employeeData = (text: string): ColumnNote => ({ text, pii: 'employee' });
/** Words about a column in which anything may have been typed. */
export const freeText = (text: string): ColumnNote => ({ text, pii: 'free text' });

/** A table with the words that explain it and its columns to an analyst. Notes are by TypeScript key. */
export type DescribedTable = { table: PgTable; about: string; notes: Record<string, ColumnNote> };

/** Joins a table and its explanation; a column without a note, or a note without a column, does not compile. */
export function describe<T extends PgTable>(
  table: T,
  about: string,
  notes: { [K in keyof T['_']['columns']]: ColumnNote },
): DescribedTable {
  return { table, about, notes };
}

/** Values of one record by TypeScript key, coerced to the columns' types; a key that is missing was absent in the record. */
export type Row = Record<string, unknown>;

/** A record inside a record: under which attribute, of which resource, and where its parent repeats the id. */
type Embed = { resource: Resource; id: string };

/**
 * Over what a resource is asked for: nothing (one list), fixed combinations of parameters, each agent, or each chat of which it is wanted.
 * `of`: the resource of these agents or chats. What is said of their tables by name is what these two scopes are about.
 */
export type Scope = { over: 'nothing' } | { over: 'combinations'; of: readonly Record<string, string>[] } | EachAgent | EachChat;

/** `parameter`: the attribute with the agent's number, which is a part of the path, too. */
export type EachAgent = { over: 'eachAgent'; of: Resource; parameter: string };

/**
 * `chat`: the attribute with the chat's number, and the parameter that asks for it. `visitor`: the parameter that takes a user name and
 * asks for all chats of a visitor at once. `fewer`: parameters that leave some records out, so that what comes beside them tells whether all
 * came without. `isExpected`: whether a chat shows that it has such records. `fetchedAt`: the column of chats that
 * says when theirs were last fetched whole.
 */
export type EachChat = {
  over: 'eachChat';
  of: Resource;
  chat: string;
  visitor?: string;
  fewer?: Record<string, string>;
  isExpected?: (chat: Row) => boolean;
  fetchedAt?: string;
};

/** Whether one run asks for several lists of a resource: one of them is not all. What is read weekly is read by several runs. */
export const comesInParts = ({ every, scope }: Pick<Resource, 'every' | 'scope'>): boolean =>
  every === 'run' && (scope.over === 'combinations' || scope.over === 'eachAgent');

/** What a report counts: all records, or those whose attribute is there, or has a value. */
export type Counted = 'all' | { attribute: string; is?: number | boolean };

/**
 * The source's own report of how many records a resource has in some days, which takes the parameters of its window. `paths`: where it may
 * be; `total`: the attribute that counts all records; `counts`: what each attribute counts, by name; `means`: of which attribute each is
 * the mean.
 */
export type Report = {
  paths: readonly string[];
  total: string;
  counts: Readonly<Record<string, Counted>>;
  means: Readonly<Record<string, string>>;
};

/** Days after which a weekly list is asked for again: half a day short of a week, or a run that comes minutes earlier would skip it. */
export const WEEKLY_DAYS = 6.5;

export type Resource = {
  /** Its name everywhere outside the API: options, JSON, `resource` columns. */
  name: string;
  /** The API's word for it. */
  type: string;
  /** The first holds the key; the others have a row for each of its rows, under the same key. */
  tables: readonly [DescribedTable, ...DescribedTable[]];
  /** Below the API's root; `{name}` is filled from the scope. */
  path: string;
  scope: Scope;
  /** Its place in the order of asking: what matters most comes first, what changes little with what is left over. */
  order: number;
  /**
   * Parameters that take the first and the last day, when it is asked for by days. Where a record stands for a moment on a grid: how many
   * a day has, and the attribute that holds the moment.
   */
  window?: { from: string; until: string; rowsPerDay?: number; moment?: string };
  /**
   * Parameter that continues a list. `done`: which of the combinations are lists of records that are done with, and grow for ever, by their
   * parameters; the attribute that says so of a record; and the parameter, and attribute, that tells the lists of done and open ones apart.
   */
  pages?: { parameter: string; done?: { parameters: Record<string, string>; attribute: string; kind: string } };
  /** An attribute that no record ever changes: it tells whether two records with one id are one (`rejectNamesakes`). */
  constant?: string;
  /** Attributes that are true of records which the list may leave out though they are there: bots, for instance. */
  listOmits?: readonly string[];
  /** No account is without: what is not found is no empty list, but the wrong address. */
  isInAnyAccount?: true;
  /** What tells how many records a window has. */
  report?: Report;
  /**
   * Parameters that tell the records of a day apart, where not all of them come at once: the number of an agent, and beside it one of these.
   */
  filters?: { agent: string; others: readonly Record<string, string>[] };
  /** Parameters sent every time. */
  query?: Record<string, string>;
  /** What changes little is asked for once a week (`WEEKLY_DAYS`), with what the budget has left over. */
  every: 'run' | 'week';
  embeds?: Record<string, Embed>;
  /** Attributes that say nothing and are not stored: who and what wrote a record that never changes. */
  ignores?: readonly string[];
  /** An attribute that repeats the id, and is not stored. */
  idAgain?: string;
  /** Columns that are computed from the record; undefined means the record does not say. */
  derive?: Record<string, (row: Row) => unknown>;
  /** Attributes with whole seconds or counts: a fraction is rounded. */
  rounds?: readonly string[];
  /** Attributes of which an empty text means null, though their column is text. */
  emptyIsNull?: readonly string[];
  /** Attributes of private tables that PII_MODE leaves alone, as the sync needs them. */
  keepsPersonal?: readonly string[];
  /** Attributes and columns that analysts may see, and that go all the same when a visitor is erased. */
  erasedToo?: readonly string[];
  /** The attributes that a person is known by in a text of others: its records are people, who can be erased. */
  identifiers?: readonly string[];
  /**
   * How a record tells whose it is: attributes with the number of a visitor, with the user name of one, and with the number of the
   * record that it is part of. `mentions`: an attribute that may hold what somebody is known by, where nothing else tells.
   */
  belongsTo?: {
    visitors?: readonly string[];
    name?: string;
    through?: { attribute: string; of: Resource };
    mentions?: string;
  };
  /** False where each record says one thing once: then a version would only repeat its row. */
  keepsVersions?: false;
  /** A table of distinct values that are mentioned in these attributes. */
  vocabulary?: { table: PgTable; attributes: readonly string[] };
};

/** Declares a resource. */
export function defineResource(resource: Resource): Resource {
  return resource;
}

/** Attributes of the API are snake_case; columns that are ours have camelCase keys, which no attribute can reach. */
export const isOurs = (key: string): boolean => /[A-Z]/.test(key);

/** A column of a resource with what loading and coercing need. */
export type Field = {
  key: string;
  column: string;
  sqlType: string;
  isKey: boolean;
  isRequired: boolean;
  /** Computed from the record. */
  isOurs: boolean;
  isRounded: boolean;
  table: number;
};

const fieldCache = new WeakMap<Resource, readonly Field[]>();

/** Columns that records fill, over all tables of the resource, each once; the key's first. */
export function fieldsOf(resource: Resource): readonly Field[] {
  const cached = fieldCache.get(resource);
  if (cached) return cached;
  const keys = new Set(keyColumns(resource.tables[0].table).map((c) => c.name));
  const fields: Field[] = [];
  resource.tables.forEach(({ table }, index) => {
    for (const [key, column] of Object.entries(getTableColumns(table))) {
      const filled = !isOurs(key) || resource.derive?.[key] !== undefined;
      if (!filled || (index > 0 && keys.has(column.name))) continue;
      const isKey = keys.has(column.name);
      fields.push({
        key,
        column: column.name,
        sqlType: column.getSQLType(),
        isKey,
        isRequired: column.notNull && !column.hasDefault,
        isOurs: isOurs(key),
        isRounded: resource.rounds?.includes(key) ?? false,
        table: index,
      });
    }
  });
  fields.sort((a, b) => Number(b.isKey) - Number(a.isKey));
  fieldCache.set(resource, fields);
  return fields;
}

/** The column of a resource's tables that holds an attribute, and which table it is of; throws where none does. */
export function fieldOf(resource: Resource, attribute: string): Field {
  const field = fieldsOf(resource).find(({ key }) => key === attribute);
  if (!field) throw new TypeError(`no table of ${resource.name} holds ${attribute}`);
  return field;
}

/** The primary key's columns, in order. */
export function keyColumns(table: PgTable): PgColumn[] {
  const { columns, primaryKeys } = getTableConfig(table);
  return primaryKeys[0]?.columns ?? columns.filter((c) => c.primary);
}

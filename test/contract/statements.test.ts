import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canBeMissing } from '../../src/evidence/absence.store.ts';
import type { Resource } from '../../src/records/resource.ts';
import { resources } from '../../src/resources/index.ts';
import { type Described, describeStatement } from '../support/describe-statement.ts';
import { checkTypes, findStatements, type Samples, type Statement } from '../support/statements.ts';
import { createWarehouse } from '../support/warehouse.ts';

/*
 * Every statement of the program, prepared against the migrated schema; what the program says that its rows are is compared with what
 * PostgreSQL says. Statements that drizzle builds have the types of the tables, and are not among them.
 */

/** The loader builds its statements of the tables themselves; the invented account has none. */
const isLookedAt = (file: string): boolean => !/^(warehouse\/load|simulator)\//.test(file);

const of = (isOne: (resource: Resource) => unknown): { resource: Resource }[] => resources.filter(isOne).map((resource) => ({ resource }));
const named = (...names: string[]) => of(({ name }) => names.includes(name));
const withPrivate = resources.flatMap((resource) => resource.tables.slice(1).map(({ table }) => ({ resource, table })));
const stubbed = named('agents', 'groups', 'visitors', 'chats', 'messages');
const [messages] = named('messages').map(({ resource }) => resource);
const unmarked = messages && { ...messages, scope: { ...messages.scope, fetchedAt: undefined, visitor: undefined } };
const [people] = resources.filter(({ identifiers }) => identifiers);
const steps = ['day', 'week', 'month'].map((step) => ({ step }));

/** What statements are made of, besides what stands in their file. */
const SAMPLES: Samples = {
  'erasure/erasable.store.ts': withPrivate.flatMap((made) => [true, false].map((inVersions) => ({ ...made, people, inVersions }))),
  'erasure/erasures.store.ts': of(({ belongsTo }) => belongsTo?.through).map((made) => ({
    ...made,
    through: made.resource.belongsTo?.through,
  })),
  'evidence/absence.store.ts': [
    ...of(canBeMissing).map((made) => ({ ...made, scope: undefined, condition: 'true', by: 'creation' })),
    ...named('agent_groups').map((made) => ({ ...made, scope: { attribute: 'agent_id', id: 1 }, by: 'change' })),
  ],
  'evidence/account.store.ts': stubbed.flatMap(({ resource }) => resource.tables.slice(1).map(({ table }) => ({ resource, table }))),
  'evidence/chat-fetches.store.ts': [messages, unmarked].flatMap((resource) =>
    [{ chatId: 1 }, { visitorId: 1 }].map((chosen) => ({
      resource,
      of: chosen,
      fetchedAt: resource === messages ? 'messages_synced_at' : undefined,
    })),
  ),
  'evidence/visitor-fetches.store.ts': [messages, unmarked].map((resource) => ({
    resource,
    fetchedAt: resource === messages ? 'messages_synced_at' : undefined,
  })),
  'evidence/copies.store.ts': stubbed,
  'evidence/coverage.store.ts': of(({ window }) => window),
  'evidence/totals.store.ts': of(({ report }) => report).flatMap((made) => ['creation', 'change'].map((by) => ({ ...made, by }))),
  'evidence/wanted-chats.store.ts': [messages, unmarked].flatMap((resource) =>
    [true, false].map((anew) => ({
      resource,
      resources: [resource],
      looking: { anew },
      fetchedAt: resource === messages ? 'messages_synced_at' : undefined,
    })),
  ),
  'operations/status.store.ts': ['rows', 'statistics'].map((countsFrom) => ({ countsFrom })),
  'pages/report/report-figures.ts': steps,
  'pages/report/sections/bot-section.ts': steps.flatMap((made) =>
    [{}, { group: { id: 1, name: 'x' } }].map((scope) => ({ ...made, scope })),
  ),
  'pages/report/sections/breakdown-section.ts': [
    { dimension: { id: 'group_id', name: 'group_name' } },
    { dimension: { id: 'null::bigint', name: 'channel' } },
  ],
  'runs/fetch/lists.store.ts': of(({ pages }) => pages).flatMap((made) => [true, false].map((areDone) => ({ ...made, areDone }))),
  'runs/known-agents.store.ts': [
    ...of(({ scope }) => scope.over === 'eachAgent'),
    ...named('chats').map((made) => ({ ...made, attribute: 'agent_id' })),
  ],
  'runs/fetch/stored-span.store.ts': named('agent_activities').map((made) => ({ ...made, defaults: { agent_id: 1 } })),
  'runs/known-records.store.ts': of(({ report }) => report),
};

/** What cannot be looked at here, by what it is made of, and why. */
const NOT_COVERED: Readonly<Record<string, readonly string[]>> = {
  // Makes and fills temporary tables and the stored views, from texts of `analytics/views`: each refresh executes all of them.
  'analytics/store/refresh-store.store.ts': ['statement', 'rows, view', 'columns, view', 'view'],
  // Shows what an analyst's own line of SQL says, which the demo executes.
  'cli/demo-command.ts': ['sql'],
  // Passes on what others made.
  'warehouse/connection/database.ts': ['statement', 'first'],
  // Sets up each session of ours: every test executes it.
  'warehouse/connection/session-settings.ts': ['limits, timeoutMs'],
  // Definitions: `migrate` executes all of them in every database of the tests.
  'warehouse/schema/apply-comments.ts': ['comments, rows'],
  'warehouse/schema/apply-views.ts': [
    'statement',
    'index, view',
    'kind, view',
    'statement',
    'kind, name',
    'view',
    'view',
    'rows, view',
    'view',
    'index, view',
    'name, view',
    'view',
  ],
  'warehouse/schema/roles.ts': ['statement'],
  'warehouse/schema/view-dependants.ts': ['definition, options, path', 'statement'],
};

/** The statements of a text without parameters, which may be several; a body between $$ is of one. */
const partsOf = (text: string): string[] => text.split(/;(?=(?:[^$]*\$\$[^$]*\$\$)*[^$]*$)/).filter((part) => part.trim() !== '');

/** As which type of TypeScript a value arrives, by the number of PostgreSQL's type. */
const TYPES: Readonly<Record<number, string>> = {
  16: 'boolean',
  18: 'string',
  19: 'string',
  20: 'number',
  21: 'number',
  23: 'number',
  25: 'string',
  26: 'number',
  114: 'unknown',
  700: 'number',
  701: 'number',
  1007: 'readonly number[]',
  1009: 'readonly string[]',
  1022: 'readonly number[]',
  1043: 'string',
  1082: 'string',
  1184: 'Date',
  1700: 'string',
  2205: 'string',
  3802: 'unknown',
  1182: 'readonly Date[]',
  1003: 'readonly string[]',
};

const CHECK = `
/** What SQL that several statements share selects besides. */
type Besides = 'average_response_delay_seconds' | 'p90_first_response_seconds' | 'id';
type Known<T> = keyof { [K in keyof T as string extends K ? never : K]: T[K] };
type Wrong<T, D> =
  | { [K in Known<T>]: K extends keyof D ? (NonNullable<T[K]> extends D[K] ? never : [K, 'is', D[K]]) : [K, 'is not selected'] }[Known<T>]
  | (string extends keyof T ? never : { [K in keyof D]: K extends keyof T | Besides ? never : [K, 'is selected, and said of no row'] }[keyof D]);
type Right<T, D> = [Wrong<T, D>] extends [never] ? true : Wrong<T, D>;
`;

describe('the statements of the program', () => {
  let warehouse: Awaited<ReturnType<typeof createWarehouse>>;
  let statements: Statement[];
  const described: { statement: Statement; columns: Described }[] = [];
  const refused: string[] = [];
  beforeAll(async () => {
    warehouse = await createWarehouse();
    statements = await findStatements(SAMPLES, isLookedAt);
    const client = await warehouse.direct.pool.connect();
    for (const statement of statements)
      for (const text of statement.texts)
        for (const one of text.includes('$1') ? [text] : partsOf(text))
          await describeStatement(client, one).then(
            (columns) => described.push({ statement, columns }),
            (error: unknown) => refused.push(`${statement.file}:${statement.line} ${String(error)}`),
          );
    client.release();
  });
  afterAll(() => warehouse.close());

  it('are found, and all but these can be looked at', () => {
    expect(statements.length).toBeGreaterThan(200);
    const problems: Record<string, string[]> = {};
    for (const { file, problem } of statements) if (problem !== undefined) problems[file] = [...(problems[file] ?? []), problem];
    expect(problems).toEqual(NOT_COVERED);
  });

  it('fit the schema', () => {
    expect(refused).toEqual([]);
    expect(described.length).toBeGreaterThan(200);
  });

  it('have the rows that the program says they have', async () => {
    const checks = described.flatMap(({ statement: { file, line, row }, columns }, i) => {
      if (!row) return [];
      const types = columns.map(
        ({ name, type }) => `${JSON.stringify(name)}: ${TYPES[type] ?? `'a type without a place in this test: ${type}'`}`,
      );
      const place = `${file.replace(/\W/g, '_')}_${line}_${i}`;
      return `export const ${place}: Right<import('./src/${file}').${row}, { ${types.join('; ')} }> = true;`;
    });
    expect(checks.length).toBeGreaterThan(100);
    expect(await checkTypes(`${CHECK}${checks.join('\n')}\n`)).toBe('');
  });
});

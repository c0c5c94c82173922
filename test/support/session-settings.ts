import pg from 'pg';

/** Settings of a session by name. */
export type SessionSettings = Readonly<Record<string, string>>;

/** What decides how a server executes statements, and no result: all in parallel that can be, as where tables are large. */
const PARALLEL: SessionSettings = {
  max_parallel_workers_per_gather: '4',
  parallel_setup_cost: '0',
  parallel_tuple_cost: '0',
  min_parallel_table_scan_size: '0',
  min_parallel_index_scan_size: '0',
};
/** All is compiled; what takes the compiler long is left out. */
const COMPILED: SessionSettings = { jit: 'on', jit_above_cost: '0', jit_inline_above_cost: '-1', jit_optimize_above_cost: '-1' };

/** What roles are found to be set to, and makes text of values, plans, or refuses. */
const ODD: SessionSettings = {
  array_nulls: 'off',
  bytea_output: 'escape',
  check_function_bodies: 'off',
  client_min_messages: 'notice',
  datestyle: 'German',
  default_transaction_isolation: 'serializable',
  enable_hashagg: 'off',
  enable_hashjoin: 'off',
  escape_string_warning: 'off',
  extra_float_digits: '0',
  from_collapse_limit: '1',
  idle_in_transaction_session_timeout: '2min',
  idle_session_timeout: '2min',
  intervalstyle: 'sql_standard',
  join_collapse_limit: '1',
  lock_timeout: '1min',
  plan_cache_mode: 'force_generic_plan',
  quote_all_identifiers: 'on',
  row_security: 'off',
  search_path: '',
  standard_conforming_strings: 'off',
  statement_timeout: '2min',
  timezone: 'Asia/Kolkata',
  transform_null_equals: 'on',
  work_mem: '64kB',
  xmlbinary: 'hex',
};
/** What may be set besides for who only reads. */
export const ONLY_READS: SessionSettings = { default_transaction_read_only: 'on', default_transaction_deferrable: 'on' };
/** Names of months and days, and signs of numbers, in the first of these languages that the server's system knows. */
const LANGUAGES = ['de_DE.utf8', 'fr_FR.utf8', 'en_US.utf8', 'C.utf8', 'POSIX'];

/** What sessions can be like. */
export const SESSIONS = ['parallel', 'compiled', 'odd'] as const;

/** What a server can be set to, which differs by version and system, and whether it was built to compile. */
export type ServerSettings = {
  plain: SessionSettings;
  sessions: Readonly<Record<(typeof SESSIONS)[number], SessionSettings>>;
  compiles: boolean;
};

/** Reads what sessions of a server can be set to. */
export async function settingsOf(pool: Pick<pg.Pool, 'query'>): Promise<ServerSettings> {
  const { rows } = await pool.query<{ force: string; compiles: boolean; limits: string[] }>(
    `select pg_jit_available() as compiles,
       (select name from pg_settings where name in ('force_parallel_mode', 'debug_parallel_query')) as force,
       array(select name from pg_settings where name = 'transaction_timeout') as limits`,
  );
  const { force = '', compiles = false, limits = [] } = rows[0] ?? {};
  const language = await firstKnown(pool);
  const odd = {
    ...ODD,
    ...Object.fromEntries(['lc_monetary', 'lc_numeric', 'lc_time'].map((name) => [name, language])),
    ...Object.fromEntries(limits.map((name) => [name, '2min'])),
  };
  return {
    plain: { max_parallel_workers_per_gather: '0', jit: 'off' },
    sessions: { parallel: { ...PARALLEL, [force]: 'on' }, compiled: COMPILED, odd },
    compiles,
  };
}

async function firstKnown(pool: Pick<pg.Pool, 'query'>): Promise<string> {
  for (const language of LANGUAGES) {
    const isKnown = await pool.query(`select set_config('lc_time', $1, true)`, [language]).then(
      () => true,
      () => false,
    );
    if (isKnown) return language;
  }
  throw new Error(`the server knows none of the locales ${LANGUAGES.join(', ')}`);
}

/** Gives a role settings that its sessions begin with, as an administrator does. */
export async function alterRole(pool: Pick<pg.Pool, 'query'>, role: string, settings: SessionSettings): Promise<void> {
  await pool.query(
    Object.entries(settings)
      .map(([name, value]) => `alter role ${pg.escapeIdentifier(role)} set ${name} to ${pg.escapeLiteral(value)}`)
      .join('; '),
  );
}

/** Changes settings of a session, until its transaction, or what was done since its last savepoint, ends. */
export async function setLocal(client: pg.ClientBase, settings: SessionSettings): Promise<void> {
  await client.query('select set_config(name, value, true) from unnest($1::text[], $2::text[]) s (name, value)', [
    Object.keys(settings),
    Object.values(settings),
  ]);
}

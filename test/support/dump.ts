import type pg from 'pg';

/** All columns of all tables of a database as text, those of PostgreSQL itself left out; a row a line, after the table's name. */
export async function dumpDatabase(pool: Pick<pg.Pool, 'query'>): Promise<string> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, relname) as name from pg_stat_user_tables where schemaname not like 'pg\\_temp%'
     union select format('%I.%I', schemaname, matviewname) from pg_matviews order by 1`,
  );
  const dumped: string[] = [];
  for (const { name } of tables) {
    const { rows } = await pool.query<{ line: string }>(`select t::text as line from ${name} t`);
    dumped.push(...rows.map(({ line }) => `${name} ${line.replaceAll('\n', '\\n')}`));
  }
  return dumped.join('\n');
}

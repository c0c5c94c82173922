import pg from 'pg';

/** What must not be stored: the keys and passwords of the tests, and those that the simulated account sends, by what they begin with. */
const SECRETS = ['test-key', 'fake-canary', 'fake-password', 'fake-key'];

/** As it is, and as a column of bytes shows it. */
const formsOf = (secret: string): string[] => [secret, Buffer.from(secret).toString('hex')];

/**
 * The tables of our schemas, materialised views among them, in which one of the tests' secrets is, or one of `more`, in whatever column.
 * One statement for all of them; those without any page are left out, as it takes long to look at each.
 */
export async function findLeaks(client: pg.Pool | pg.Client, more: readonly string[] = []): Promise<string[]> {
  const { rows: tables } = await client.query<{ name: string }>(
    `select format('%I.%I', relnamespace::regnamespace, relname) as name from pg_class
     where relnamespace in (select oid from pg_namespace where nspname like 'chatrhub%') and relkind in ('r', 'm')
       and pg_relation_size(oid) > 0`,
  );
  if (tables.length === 0) return [];
  const searches = tables.map(
    ({ name }) => `select ${pg.escapeLiteral(name)} as place where exists (select from ${name} t where t::text like any($1))`,
  );
  const patterns = [...SECRETS, ...more].flatMap(formsOf).map((form) => `%${form.replace(/[\\%_]/g, '\\$&')}%`);
  const { rows } = await client.query<{ place: string }>(searches.join(' union all '), [patterns]);
  return rows.map(({ place }) => place).sort();
}

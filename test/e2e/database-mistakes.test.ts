import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { runCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createLogins } from '../support/logins.ts';
import { type Pooler, startPooler } from '../support/pooler.ts';

/** A migrated database and an empty one of its own for whoever is to make the schemas; users without rights; poolers before them. */
let cwd: string;
let migrated: TestDatabase;
let empty: TestDatabase;
let latin: TestDatabase;
let logins: ReturnType<typeof createLogins>;
let poolers: Record<'session' | 'transaction', Pooler>;

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'chatrhub-mistakes-'));
  await chmod(cwd, 0o755);
  migrated = await createTestDatabase(inject('migratedDatabase'));
  empty = await createTestDatabase();
  latin = await createTestDatabase(`template0 encoding 'LATIN1' locale 'C'`);
  logins = createLogins(empty.pool, empty.url);
  poolers = {
    session: await startPooler(migrated.url, { mode: 'session' }),
    transaction: await startPooler(migrated.url, { mode: 'transaction' }),
  };
});
afterAll(async () => {
  await Promise.all(Object.values(poolers).map(({ close }) => close()));
  await logins.remove();
  for (const database of [migrated, empty, latin]) await database.drop();
  await rm(cwd, { recursive: true });
});

/** A URL with other parts than those it has. */
const altered = (
  url: string,
  { params = {}, ...parts }: Partial<Pick<URL, 'password' | 'pathname'>> & { params?: Record<string, string> },
) => {
  const other = Object.assign(new URL(url), parts);
  for (const [name, value] of Object.entries(params)) other.searchParams.set(name, value);
  return other.href;
};

/** The URL of a user with just these rights in the empty database. */
const userWith = async (grants: string): Promise<string> => {
  const { name, url } = await logins.add();
  for (const grant of grants.split(';').filter(Boolean)) await empty.pool.query(`${grant.replace('DATABASE', empty.name)} ${name}`);
  return url;
};

type Mistake = { mistake: string; url: () => string | Promise<string>; says: RegExp[] };

const MISTAKES: readonly Mistake[] = [
  {
    mistake: 'a pooler in transaction mode',
    url: () => poolers.transaction.through(migrated.url),
    says: [/DATABASE_URL leads to a pooler in transaction or statement mode/, /pool_mode = session.*Neon.*Supabase.*RDS Proxy/],
  },
  {
    mistake: 'options that a pooler does not know',
    url: () => altered(poolers.session.through(migrated.url), { params: { options: '-c geqo=off' } }),
    says: [/unsupported startup parameter: options/, /remove the options that it names from DATABASE_URL/],
  },
  {
    mistake: 'an encoding that cannot hold every text',
    url: () => latin.url,
    says: [/encoding of this database is LATIN1/, /create database \w+_utf8 owner \w+ encoding 'UTF8' locale '[\w.-]+' template template0/],
  },
  {
    mistake: 'a user who may not make schemas',
    url: () => userWith(''),
    says: [/may not create schemas in this database; .*grant create on database test_\w+ to test_user_\w+/],
  },
  {
    mistake: 'a user who may not make temporary tables',
    url: async () => {
      await empty.pool.query(`revoke temporary on database ${empty.name} from public`);
      return userWith('grant create on database DATABASE to');
    },
    says: [/may not create temporary tables in this database; .*grant temporary on database test_\w+ to test_user_\w+/],
  },
  {
    mistake: 'a user who is no member of chatrhub_loader',
    url: async () => {
      const { username, password } = new URL(await userWith(''));
      return Object.assign(new URL(migrated.url), { username, password }).href;
    },
    says: [/the user of DATABASE_URL/, /member of chatrhub_loader|Grant that, or use the user who owns the schemas/],
  },
  {
    mistake: 'triggers that are switched off for a user who may not switch them on',
    url: async () => {
      const url = await userWith('grant create, temporary on database DATABASE to');
      await empty.pool.query(`alter role ${new URL(url).username} set session_replication_role to replica`);
      return url;
    },
    says: [/session_replication_role/, /alter role \.\.\. reset session_replication_role/],
  },
  {
    mistake: 'a wrong password',
    url: async () => altered(await userWith(''), { password: 'fake-other-password' }),
    says: [/password authentication failed/, /check user and password in DATABASE_URL/],
  },
  {
    mistake: 'a database that is not there',
    url: () => altered(empty.url, { pathname: '/not_there' }),
    says: [/"not_there" does not exist/, /create it, or check the name in DATABASE_URL/],
  },
  {
    mistake: 'a server that only reads',
    url: () => altered(empty.url, { params: { options: '-c default_transaction_read_only=on' } }),
    says: [/the database only reads/, /DATABASE_URL has to lead to a server that can be written to/],
  },
  {
    mistake: 'a server without TLS where it is demanded',
    url: () => altered(empty.url, { params: { sslmode: 'require' } }),
    says: [/does not support SSL/, /switch TLS on at the server, or remove sslmode from DATABASE_URL/],
  },
  {
    mistake: 'a word of sslmode that PostgreSQL does not know',
    url: () => altered(empty.url, { params: { sslmode: 'requrie' } }),
    says: [/DATABASE_URL: expected one of disable, allow, prefer, require, verify-ca, verify-full as sslmode, found "requrie"/],
  },
  {
    mistake: 'an authority that is to be checked and is not named',
    url: () => altered(empty.url, { params: { sslmode: 'verify-ca' } }),
    says: [/DATABASE_URL: sslmode=verify-ca needs sslrootcert/],
  },
  {
    mistake: 'a certificate file that is not there',
    url: () => altered(empty.url, { params: { sslmode: 'verify-full', sslrootcert: '/nowhere/ca.pem' } }),
    says: [/\/nowhere\/ca\.pem/, /check sslrootcert/],
  },
  {
    mistake: 'a standby where a server is to be written to',
    url: () => altered(empty.url, { params: { target_session_attrs: 'standby' } }),
    says: [/DATABASE_URL: expected one of any, read-write, primary as target_session_attrs/],
  },
];

describe('a mistake is told before anything is done, with exit 2, with what to do about it, and without the password:', () => {
  it.each(MISTAKES)('$mistake', async ({ url, says }) => {
    const DATABASE_URL = await url();
    const { code, stderr } = await runCli(['migrate'], { env: { DATABASE_URL }, cwd });
    for (const text of says) expect(stderr).toMatch(text);
    expect(code).toBe(2);
  });
});

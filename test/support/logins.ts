import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { createDatabase, type Database } from '../../src/warehouse/connection/database.ts';

/** A database user of a test's own, and connections as this user. */
export type Login = { name: string; url: string; database: Database };

/** Users of the server of `admin`. `remove` ends their connections, and removes them with all they own and may do in this database. */
export function createLogins(admin: Pick<pg.Pool, 'query'>, databaseUrl: string) {
  const logins: Login[] = [];
  return {
    /** `attributes` as in create role; a member of `memberOf`, if that is given. */
    async add({ attributes = '', memberOf }: { attributes?: string; memberOf?: string } = {}): Promise<Login> {
      const name = `test_user_${randomBytes(6).toString('hex')}`;
      const password = `fake-${randomBytes(6).toString('hex')}`;
      await admin.query(`create role ${name} login password '${password}' ${attributes}${memberOf ? ` in role ${memberOf}` : ''}`);
      const url = new URL(databaseUrl);
      url.username = name;
      url.password = password;
      const login = { name, url: url.href, database: createDatabase(url.href) };
      logins.push(login);
      return login;
    },
    async remove(): Promise<void> {
      for (const { name, database } of logins.splice(0)) {
        await database.close();
        await admin.query(`drop owned by ${name} cascade; drop role ${name}`);
      }
    },
  };
}

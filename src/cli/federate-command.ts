import { catalogue } from '../analytics/catalogue.ts';
import { type FederatedAccount, federationSql, passwordSetting } from '../analytics/federation.ts';
import { commentsOf } from '../records/note-parts.ts';
import { readVersion } from '../version.ts';
import { mayRead } from '../warehouse/schema/roles.ts';
import { describedTables } from '../warehouse/schema/table-comments.ts';
import { print } from './print.ts';

/** `chatrhub-sync federate`: prints the SQL of a database for analysts over the warehouses of many accounts. */
export function federateCommand(accounts: readonly FederatedAccount[]): void {
  const comments = [...catalogue.comments, ...describedTables.flatMap((table) => commentsOf(table))];
  const sql = federationSql(accounts, comments, ({ schema, name }) => mayRead('chatrhub_analyst', schema, name));
  print(`-- Many accounts in one database for analysts, made by chatrhub-sync ${readVersion()} federate. Run it in a database of its own, as who may make
-- extensions and servers, with the passwords as settings of the session:
--
--   PGOPTIONS='${accounts.map(({ name }) => `-c ${passwordSetting(name)}=...`).join(' ')}' psql -v ON_ERROR_STOP=1 -f this-file.sql analysts
--
-- All warehouses must be of this version. docs/scaling.md says more.
${sql}`);
}

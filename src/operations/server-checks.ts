import { adviseGrant, describeEncoding } from '../warehouse/schema/assert-privileges.ts';
import { type Finding, fail, ok, refuse, warn } from './finding.ts';
import type { ServerInfo } from './server-info.store.ts';

const OLDEST = 15;
const NEWEST = 18;
const GIB = 2 ** 30;

type Reporting = { zone: string; isKnown: boolean; counted?: string | undefined };

/**
 * Findings about a database server that answers. `pending`: how many migrations it lacks, or why they are not those of this version; `zone`
 * is known to it or not, and `counted` is the one that its warehouse counts in, where there is one.
 */
export function checkServer(server: ServerInfo, { pending, reporting }: { pending: number | Error; reporting: Reporting }): Finding[] {
  const major = Math.floor(server.version / 10_000);
  const version = `PostgreSQL ${major}.${server.version % 10_000}`;
  const findings: Finding[] = [];
  if (major < OLDEST) findings.push(fail('database version', version, `use PostgreSQL ${OLDEST} to ${NEWEST}`));
  else if (major > NEWEST)
    findings.push(warn('database version', `${version} is newer than the tested versions`, `tested are ${OLDEST} to ${NEWEST}`));
  else findings.push(ok('database version', version));
  const encoding = describeEncoding(server);
  if (encoding) findings.push(refuse('database', encoding.text, encoding.advice));
  if (server.isReadOnly) findings.push(fail('database', 'this server only reads', 'let DATABASE_URL lead to the primary'));
  return [
    ...findings,
    ...checkRights(server),
    checkMigrations(server, pending),
    checkZone(server, reporting),
    ok('size', `${(server.bytes / GIB).toFixed(2)} GiB`),
  ];
}

function checkRights(server: ServerInfo): Finding[] {
  const { user, hasSchemas, ownsSchemas, mayMakeSchemas, missingPrivileges: missing, missingRoles, publicly } = server;
  const findings: Finding[] = [];
  if (!hasSchemas && !mayMakeSchemas)
    findings.push(fail('rights', `${user} may not create schemas in this database`, adviseGrant('create', server)));
  else if (!server.mayMakeTemporaryTables)
    findings.push(fail('rights', `${user} may not create temporary tables in this database`, adviseGrant('temporary', server)));
  else if (missing.length > 0)
    findings.push(
      fail(
        'rights',
        `${user} may not: ${few(missing)}`,
        `as the owner of the schemas: run chatrhub-sync migrate, then grant chatrhub_loader to ${user}`,
      ),
    );
  else findings.push(ok('rights', `${user} ${ownsSchemas ? 'owns the schemas' : hasSchemas ? 'may load' : 'may create the schemas'}`));
  if (missingRoles.length > 0)
    findings.push(
      warn(
        'roles',
        `there are no ${missingRoles.join(', ')}`,
        'run chatrhub-sync migrate; if its user may not create roles, have an administrator run drizzle/roles.sql first',
      ),
    );
  if (publicly.length > 0)
    findings.push(
      warn('roles', `every user of the database may use ${few(publicly)}`, `revoke that: revoke all on ${publicly[0]} from public`),
    );
  return findings;
}

function checkMigrations({ hasSchemas, ownsSchemas }: ServerInfo, pending: number | Error): Finding {
  if (pending instanceof Error) return fail('migrations', 'the schemas are not those of this version', pending.message);
  if (!hasSchemas) return ok('migrations', 'the schemas do not exist yet: the first sync creates them');
  if (pending === 0) return ok('migrations', 'up to date');
  const text = `${pending} to be applied`;
  return ownsSchemas
    ? ok('migrations', `${text}: the next sync does it`)
    : fail('migrations', text, 'run chatrhub-sync migrate as the owner of the schemas');
}

function checkZone({ timeZone }: ServerInfo, { zone, isKnown, counted = zone }: Reporting): Finding {
  if (!isKnown)
    return fail('time zone', `the server does not know REPORTING_TIMEZONE ${zone}`, 'choose one of: select name from pg_timezone_names');
  if (counted !== zone)
    return warn(
      'time zone',
      `days are counted in ${counted}, and REPORTING_TIMEZONE is ${zone}`,
      'chatrhub-sync migrate, or the next sync, counts them as the setting says',
    );
  return ok('time zone', `days are counted in ${zone}; other sessions use ${timeZone}`);
}

const few = (names: readonly string[]): string =>
  names.length > 3 ? `${names.slice(0, 3).join('; ')} and ${names.length - 3} more` : names.join('; ');

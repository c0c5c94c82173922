import { describe, expect, it } from 'vitest';
import { mustWrite, problemOf, waysTo, withFirstHost } from '../../src/settings/database-ways.ts';

const urlsOf = (url: string) => waysTo(url).map(({ url }) => decodeURIComponent(url));

describe('the ways to a database', () => {
  it.each([
    ['postgres://u:p@db:5432/x', ['postgres://u:p@db:5432/x']],
    ['postgresql:///x?host=/run/postgresql', ['postgresql:///x?host=/run/postgresql']],
    ['postgres://u:p@/x?host=/run/postgresql', ['postgres://u:p@/x?host=/run/postgresql']],
    ['postgres://u:p@[::1]:5432/x', ['postgres://u:p@[::1]:5432/x']],
    ['postgres://u:p@db/x?sslmode=disable', ['postgres://u:p@db/x?sslmode=disable&uselibpqcompat=true']],
    [
      'postgres://u:p@db/x?sslmode=allow',
      ['postgres://u:p@db/x?sslmode=disable&uselibpqcompat=true', 'postgres://u:p@db/x?sslmode=prefer&uselibpqcompat=true'],
    ],
    [
      'postgres://u:p@db/x?sslmode=prefer',
      ['postgres://u:p@db/x?sslmode=prefer&uselibpqcompat=true', 'postgres://u:p@db/x?sslmode=disable&uselibpqcompat=true'],
    ],
    ['postgres://u:p@db/x?sslmode=require', ['postgres://u:p@db/x?sslmode=require&uselibpqcompat=true']],
    ['postgres://u:p@db/x?sslmode=verify-full&sslrootcert=system', ['postgres://u:p@db/x?sslmode=verify-full']],
    ['postgres://u:p@db/x?sslrootcert=system', ['postgres://u:p@db/x?sslmode=verify-full']],
    [
      'postgres://u:p@one:5432,two:5433/x?target_session_attrs=read-write&sslmode=verify-full',
      ['postgres://u:p@one:5432/x?sslmode=verify-full', 'postgres://u:p@two:5433/x?sslmode=verify-full'],
    ],
    ['postgres://u:p@db/x?statement_timeout=5000&lock_timeout=1', ['postgres://u:p@db/x']],
  ])('of %s', (url, ways) => {
    expect(urlsOf(url)).toEqual(ways);
  });

  it('are those to a server that can be written to, where that is demanded', () => {
    expect(['read-write', 'primary', 'any'].map((attrs) => mustWrite(`postgres://u@a,b/x?target_session_attrs=${attrs}`))).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('begin with the first host, which makes a URL of it that Node takes', () => {
    expect(withFirstHost('postgres://u:p@one:1,two:2/x?a=b')).toBe('postgres://u:p@one:1/x?a=b');
    expect(withFirstHost('postgres://u:p@one:1/x?a=b,c')).toBe('postgres://u:p@one:1/x?a=b,c');
  });
});

describe('parameters that cannot be meant', () => {
  it.each([
    ['postgres://u@db/x?sslmode=requrie', 'sslmode, found "requrie"'],
    ['postgres://u@db/x?sslmode=no-verify', 'expected one of disable, allow, prefer, require, verify-ca, verify-full as sslmode'],
    ['postgres://u@db/x?sslmode=', 'as sslmode'],
    ['postgres://u@db/x?sslmode=verify-ca', 'needs sslrootcert'],
    ['postgres://u@db/x?sslmode=require&sslrootcert=system', 'needs sslmode=verify-full, found "require"'],
    ['postgres://u@db/x?target_session_attrs=standby', 'expected one of any, read-write, primary as target_session_attrs'],
    ['postgres://u@one,,two/x', 'a host between each two commas'],
    ['postgres://u@/x?host=one,two', 'several hosts before the database'],
  ])('of %s are told', (url, problem) => {
    expect(problemOf(url)).toContain(problem);
  });

  it('are not quoted where they are no word', () => {
    expect(problemOf('postgres://u@db/x?sslmode=fake canary')).not.toContain('canary');
  });

  it.each([
    'postgres://u:p@db/x',
    'postgres://u:p@db/x?sslmode=verify-ca&sslrootcert=/ca.pem',
    'postgres://u:p@a:1,b:2/x?target_session_attrs=primary&sslmode=require',
  ])('are none of %s', (url) => {
    expect(problemOf(url)).toBeUndefined();
  });
});

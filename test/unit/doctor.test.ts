import { describe, expect, it } from 'vitest';
import { checkClocks, checkSchedule } from '../../src/operations/clock-checks.ts';
import { checkServer } from '../../src/operations/server-checks.ts';
import type { ServerInfo } from '../../src/operations/server-info.store.ts';

const server: ServerInfo = {
  version: 170_004,
  timeZone: 'Europe/Berlin',
  now: new Date('2026-01-01T00:00:00Z'),
  bytes: 2 ** 31,
  isReadOnly: false,
  encoding: 'UTF8',
  database: 'warehouse',
  locale: 'C.UTF-8',
  user: 'ann',
  mayMakeTemporaryTables: true,
  hasSchemas: true,
  ownsSchemas: true,
  mayMakeSchemas: false,
  missingPrivileges: [],
  missingRoles: [],
  publicly: [],
};
const well = { pending: 0, reporting: { zone: 'UTC', isKnown: true } };
/** What is not well, as `outcome check`. */
const troubles = (changes: Partial<ServerInfo>, state: Partial<Parameters<typeof checkServer>[1]> = {}) =>
  checkServer({ ...server, ...changes }, { ...well, ...state })
    .filter(({ outcome }) => outcome !== 'ok')
    .map(({ outcome, check }) => `${outcome} ${check}`);

describe('of a database server', () => {
  it.each<[string, Partial<ServerInfo>, string[]]>([
    ['nothing is said when all is well', {}, []],
    ['a version that is too old fails', { version: 140_012 }, ['fail database version']],
    ['a version that is newer than any tested is told', { version: 190_001 }, ['warn database version']],
    ['an encoding that cannot hold every text fails', { encoding: 'LATIN1' }, ['fail database']],
    ['a standby fails', { isReadOnly: true }, ['fail database']],
    ['tables that may not be written fail', { ownsSchemas: false, missingPrivileges: ['insert on chatrhub.chats'] }, ['fail rights']],
    ['a database in which no schema may be made fails', { hasSchemas: false }, ['fail rights']],
    ['an empty database in which they may be made is well', { hasSchemas: false, mayMakeSchemas: true }, []],
    ['no temporary tables fails', { mayMakeTemporaryTables: false }, ['fail rights']],
    ['roles that are missing are told', { missingRoles: ['chatrhub_analyst'] }, ['warn roles']],
    ['what is open to everybody is told', { publicly: ['chatrhub.chats'] }, ['warn roles']],
  ])('%s', (_, changes, expected) => {
    expect(troubles(changes)).toEqual(expected);
  });

  it('migrations that are missing are for its owner to apply, others fail', () => {
    expect(troubles({}, { pending: 2 })).toEqual([]);
    expect(troubles({ ownsSchemas: false }, { pending: 2 })).toEqual(['fail migrations']);
    expect(troubles({}, { pending: new Error('newer') })).toEqual(['fail migrations']);
  });

  it('a reporting time zone that it does not know fails', () => {
    expect(troubles({}, { reporting: { zone: 'Mars/Olympus', isKnown: false } })).toEqual(['fail time zone']);
  });

  it('a warehouse that counts in another time zone than the setting is told, with what would change it', () => {
    const found = checkServer(server, { ...well, reporting: { zone: 'UTC', isKnown: true, counted: 'Asia/Kolkata' } });
    expect(found.find(({ check }) => check === 'time zone')).toEqual({
      check: 'time zone',
      outcome: 'warn',
      text: 'days are counted in Asia/Kolkata, and REPORTING_TIMEZONE is UTC',
      advice: 'chatrhub-sync migrate, or the next sync, counts them as the setting says',
    });
  });
});

it('clocks that differ by a minute or more are told, with which is ahead', () => {
  const machine = new Date('2026-01-01T00:00:00Z');
  const at = (seconds: number) => ({ at: new Date(machine.getTime() + seconds * 1_000), machine });
  const found = checkClocks({ one: at(59), two: at(3_600), three: at(-61), four: undefined });
  expect(found.map(({ outcome, text }) => `${outcome} ${text}`)).toEqual([
    'ok one and this machine differ by 59 s',
    'warn two is 3600 s ahead of this machine',
    'warn three is 61 s behind this machine',
  ]);
});

describe('of the schedule', () => {
  it('says when it comes next, or that it never does', () => {
    expect(checkSchedule(new Date('2026-03-29T01:00:00Z'))).toMatchObject({
      outcome: 'ok',
      text: expect.stringContaining('2026-03-29T01:00'),
    });
    expect(checkSchedule(undefined)).toMatchObject({ outcome: 'warn' });
  });
});

import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase } from '../../src/warehouse/connection/database.ts';
import { classifyError } from '../../src/warehouse/connection/error-class.ts';
import { makeCertificate } from '../support/certificate.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startTlsFront } from '../support/tls-front.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** What asks for TLS as PostgreSQL's clients do is answered with this letter, and then as `go` does; returns the URL. */
async function answer(letter: 'S' | 'N', go: (socket: Socket) => void = () => {}): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.write(letter, () => go(socket)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  return `postgres://u:p@127.0.0.1:${(server.address() as AddressInfo).port}/x?sslmode=verify-full`;
}

/** What somebody is told who connects to it; throws when it is tried again, as all is that a person has not to change. */
async function adviceOf(url: string): Promise<string | undefined> {
  const database = createDatabase(url, {
    onAway: (error) => {
      throw error;
    },
  });
  closing.push(database.close);
  const error = await database.pool.query('select 1').then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(classifyError(error)).toMatchObject({ is: 'settings' });
  return classifyError(error)?.advice;
}

describe('TLS that DATABASE_URL asks for', () => {
  it('and the server does not speak is a setting to change, not an outage to wait for', async () => {
    expect(await adviceOf(await answer('N'))).toContain('remove sslmode from DATABASE_URL');
  });

  it('with a file that is not there says which it is', async () => {
    const url = `${await answer('S')}&sslrootcert=/nowhere/ca.crt`;
    expect(await adviceOf(url)).toContain('check sslrootcert');
  });

  it.each([
    ['that nobody has vouched for', {}, 'sslrootcert'],
    ['that has expired', { validAt: new Date('2020-01-01T00:00:00Z') }, 'not valid at this time'],
  ])('with a certificate %s ends before a password is sent, and says what to do', async (_, wanted, advice) => {
    const heard: Buffer[] = [];
    const url = await answer('S', (socket) => {
      const secured = new TLSSocket(socket, { isServer: true, ...makeCertificate(wanted) });
      secured.on('error', () => {}).on('data', (data) => heard.push(data));
    });
    expect(await adviceOf(url)).toContain(advice);
    expect(heard).toEqual([]);
  });
});

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
  return test.drop;
});

describe('sslmode means what it means to PostgreSQL', () => {
  const OURS = { address: '127.0.0.1' };
  const ANOTHERS = { address: '127.0.0.2' };

  it.each<[mode: string, server: { address: string } | undefined, expected: string]>([
    ['disable', undefined, 'plain'],
    ['disable', OURS, '28000'],
    ['allow', undefined, 'plain'],
    ['allow', ANOTHERS, 'tls'],
    ['prefer', undefined, 'plain'],
    ['prefer', ANOTHERS, 'tls'],
    ['require', undefined, 'NO_TLS'],
    ['require', ANOTHERS, 'tls'],
    ['require&sslrootcert=', ANOTHERS, 'tls'],
    ['verify-ca&sslrootcert=', ANOTHERS, 'tls'],
    ['verify-full&sslrootcert=', OURS, 'tls'],
    ['verify-full&sslrootcert=', ANOTHERS, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['verify-full', OURS, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ])('%s, of a server with a certificate for %o: %s', async (mode, wanted, expected) => {
    const directory = await mkdtemp(join(tmpdir(), 'chatrhub-tls-'));
    closing.push(() => rm(directory, { recursive: true }));
    const certificate = wanted && makeCertificate(wanted);
    const file = join(directory, 'authority.pem');
    await writeFile(file, certificate?.cert ?? '');
    const front = await startTlsFront(test.url, certificate);
    closing.push(front.close);
    const database = createDatabase(`${front.through(test.url)}?sslmode=${mode.replace(/=$/, `=${file}`)}`, {
      patience: { firstMs: 0, laterMs: 0 },
    });
    closing.unshift(database.close);
    const code = await database.pool.query('select 1').then(
      () => front.seen.at(-1),
      (error: { code: string }) => error.code,
    );
    expect(code).toBe(expected);
  });
});

describe('several hosts in DATABASE_URL', () => {
  it('are tried in turn: who is away is left for the next one, which is kept', async () => {
    const { host } = new URL(test.url);
    const database = createDatabase(test.url.replace(host, `127.0.0.1:1,${host}`), { patience: { firstMs: 0, laterMs: 0 } });
    closing.unshift(database.close);
    expect((await database.pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    const patient = await database.connectPatiently();
    expect(`${patient.host}:${patient.port}`).toBe(host);
    await patient.end();
  });

  it('of which none can be written to, although that is demanded, are waited for and then told', async () => {
    const { host } = new URL(test.url);
    const standby = new URL(test.url);
    standby.searchParams.set('options', '-c default_transaction_read_only=on');
    standby.searchParams.set('target_session_attrs', 'read-write');
    const database = createDatabase(standby.href.replace(host, `${host},${host}`), { patience: { firstMs: 0, laterMs: 0 } });
    closing.unshift(database.close);
    const error: unknown = await database.pool.query('select 1').catch((reason: unknown) => reason);
    expect(classifyError(error)).toMatchObject({ is: 'unavailable', advice: expect.stringContaining('target_session_attrs') });
  });
});

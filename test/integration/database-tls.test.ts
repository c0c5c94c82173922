import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { createDatabase } from '../../src/warehouse/connection/database.ts';
import { classifyError } from '../../src/warehouse/connection/error-class.ts';
import { makeCertificate } from '../support/certificate.ts';

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
    expect(await adviceOf(await answer('N'))).toContain('take sslmode out of DATABASE_URL');
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

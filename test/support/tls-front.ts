import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';

/** What a client sends first when it wants TLS: a length of 8, and a number. */
const SSL_REQUEST = Buffer.from('0000000804d2162f', 'hex');
const FIELDS = Buffer.from('SFATAL\0C28000\0Mno pg_hba.conf entry for host, no encryption\0\0');

/** What stands before a PostgreSQL. `seen` says of each connection that was handed on whether it came with TLS. */
export type TlsFront = { through(url: string): string; seen: ('tls' | 'plain')[]; close(): Promise<void> };

/**
 * Gives the server of `target`, which has none, TLS with a certificate, and refuses who comes without, as pg_hba.conf can; without a
 * certificate it takes nobody with TLS.
 */
export async function startTlsFront(target: string, certificate?: { key: string; cert: string }): Promise<TlsFront> {
  const { hostname, port } = new URL(target);
  const seen: ('tls' | 'plain')[] = [];
  const sockets = new Set<Socket>();
  const handOn = (near: Duplex, first?: Buffer) => {
    const far = connect(Number(port), hostname);
    sockets.add(far);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const)
      from.on('error', () => to.destroy()).on('close', () => to.destroy());
    if (first) far.write(first);
    near.pipe(far).pipe(near);
  };
  const greet = (socket: Socket) =>
    socket.once('data', (first) => {
      if (first.equals(SSL_REQUEST) && certificate) {
        socket.write('S', () => {
          seen.push('tls');
          handOn(new TLSSocket(socket, { isServer: true, ...certificate }));
        });
      } else if (first.equals(SSL_REQUEST)) {
        greet(socket);
        socket.write('N');
      } else if (certificate) {
        const head = Buffer.alloc(5, 'E');
        head.writeInt32BE(FIELDS.length + 4, 1);
        socket.end(Buffer.concat([head, FIELDS]));
      } else {
        seen.push('plain');
        handOn(socket, first);
      }
    });
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    greet(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    through: (url) => Object.assign(new URL(url), { host: `127.0.0.1:${(server.address() as AddressInfo).port}` }).href,
    seen,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

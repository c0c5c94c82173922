import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** What a proxy was asked: `CONNECT host:port` or `GET http://...`, what it was told of who asks, and all bytes that came after. */
type Asked = { line: string; login: string | undefined; headers: IncomingMessage['headers']; sent: string };

export type TestProxy = { url: string; asked: Asked[]; close(): Promise<void> };

/**
 * A proxy of a test's own on loopback, with TLS when it has a certificate. Whatever it is asked for, it leads to `target` (a URL); or it
 * answers each CONNECT with a status, or hangs up, or says nothing. With a `login` (`user:password`) it wants that one.
 */
export async function startProxy(
  target: string,
  { answer, login, identity }: { answer?: number | 'end' | 'silence'; login?: string; identity?: { key: string; cert: string } } = {},
): Promise<TestProxy> {
  const asked: Asked[] = [];
  const open = new Set<Socket>();
  const isWelcome = ({ headers }: IncomingMessage) => login === undefined || headers['proxy-authorization'] === basic(login);
  const note = ({ method, url, headers }: IncomingMessage): Asked => {
    const one = { line: `${method} ${url}`, login: headers['proxy-authorization'], headers, sent: '' };
    asked.push(one);
    return one;
  };
  const server = identity ? createTlsServer(identity) : createServer();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.on('error', () => {}).on('close', () => open.delete(socket));
  });
  server.on('connect', (request, near: Socket) => {
    const one = note(request);
    near.on('error', () => {});
    if (answer === 'silence') return;
    if (answer === 'end') return void near.destroy();
    const status = isWelcome(request) ? (answer ?? 200) : 407;
    near.write(`HTTP/1.1 ${status} Answer\r\n\r\n`);
    if (status !== 200) return void near.end();
    const far = connect(Number(new URL(target).port), '127.0.0.1');
    far.on('error', () => near.destroy());
    near.on('data', (bytes) => {
      one.sent += bytes.toString('latin1');
    });
    near.pipe(far).pipe(near);
    near.on('close', () => far.destroy());
  });
  // What is asked of the proxy itself goes to the target as it would behind a tunnel.
  server.on('request', async (request, response) => {
    note(request);
    if (!isWelcome(request)) return void response.writeHead(407).end();
    const { status } = await fetch(new URL(new URL(request.url ?? '').pathname, target), { method: request.method ?? 'GET' });
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http${identity ? 's' : ''}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

const basic = (login: string) => `Basic ${Buffer.from(login).toString('base64')}`;

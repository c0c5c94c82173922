import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export type TestServer = { url: string; close(): Promise<void> };

/** An HTTP server of a test's own on loopback, with TLS when it has a certificate. `close` ends its open connections too. */
export async function serve(listener: RequestListener, identity?: { key: string; cert: string }): Promise<TestServer> {
  const server = identity ? createTlsServer(identity, listener) : createServer(listener);
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    url: `http${identity ? 's' : ''}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

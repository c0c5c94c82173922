import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** When a client gets a backend of its own: for as long as it is connected, for each transaction, for each statement. */
export type PoolMode = 'session' | 'transaction' | 'statement';

/**
 * A pooler as PgBouncer is one, as far as clients can tell the difference. It refuses what it does not know of a client's first message, and
 * names itself instead of a backend. `connections` counts the clients that there were.
 */
export type Pooler = { through(url: string): string; readonly connections: number; close(): Promise<void> };

/** What PgBouncer takes of a client's first message. */
const KNOWN = ['user', 'database', 'application_name', 'client_encoding', 'datestyle', 'timezone', 'standard_conforming_strings'];

type Backend = { socket: Socket; client: Client | undefined };
type Client = { socket: Socket; backend: Backend | undefined; waiting: Buffer[] };

/**
 * Stands before the server of `target`, without TLS. Backends are those of the first `size` clients, which log in through it; whoever comes
 * later is logged in, and then served by one of these. With `namesBackend` it hands on the key of the backend that a client logged in with.
 */
export async function startPooler(
  target: string,
  { mode, size = 2, namesBackend = false }: { mode: PoolMode; size?: number; namesBackend?: boolean },
): Promise<Pooler> {
  const idle: Backend[] = [];
  const queue: Client[] = [];
  const sockets = new Set<Socket>();
  let backends = 0;
  let connections = 0;

  const give = (backend: Backend, client: Client) => {
    backend.client = client;
    client.backend = backend;
    for (const bytes of client.waiting.splice(0)) backend.socket.write(bytes);
  };

  /** A backend that is free again is the next to be used, as in PgBouncer. */
  const free = (backend: Backend) => {
    if (backend.client) backend.client.backend = undefined;
    backend.client = undefined;
    const next = queue.shift();
    if (next) give(backend, next);
    else idle.push(backend);
  };

  /** Logs a client in on a new backend, which joins the pool then, if there is room in it. */
  const logIn = (client: Client, startup: Buffer) => {
    const { hostname, port } = new URL(target);
    const backend: Backend = { socket: connect(Number(port), hostname), client };
    client.backend = backend;
    backends += 1;
    const isOfPool = mode === 'session' || backends <= size;
    sockets.add(backend.socket);
    backend.socket.on('error', () => {}).on('close', () => client.socket.destroy());
    backend.socket.write(startup);
    let isIn = false;
    eachMessage(backend.socket, (type, message) => {
      const isKey = type === 'K' && !namesBackend;
      if (isKey) message.writeInt32BE(connections, 5);
      backend.client?.socket.write(message);
      if (type !== 'Z' || mode === 'session') return;
      const isOver = mode === 'statement' || message.toString('latin1', 5, 6) === 'I';
      if (isOver && (isIn || isOfPool)) free(backend);
      else if (isOver) {
        client.backend = undefined;
        backend.socket.removeAllListeners('close').destroy();
      }
      isIn = true;
    });
  };

  const server = createServer((socket) => {
    connections += 1;
    const client: Client = { socket, backend: undefined, waiting: [] };
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', (startup) => {
      const unknown = namesOf(startup).find((name) => !KNOWN.includes(name.toLowerCase()));
      if (unknown) return void socket.end(refusal(`unsupported startup parameter: ${unknown}`));
      logIn(client, startup);
      socket.on('data', (bytes) => {
        const isEnd = bytes.toString('latin1', 0, 1) === 'X';
        if (isEnd && mode !== 'session') return void socket.end();
        if (client.backend) return void client.backend.socket.write(bytes);
        client.waiting.push(bytes);
        const backend = idle.pop();
        if (backend) give(backend, client);
        else if (!queue.includes(client)) queue.push(client);
      });
    });
    socket.on('close', () => mode === 'session' && client.backend?.socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    through: (url) => Object.assign(new URL(url), { host: `127.0.0.1:${port}` }).href,
    get connections() {
      return connections;
    },
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** The names in a client's first message: after its length and version, each with its value. */
const namesOf = (startup: Buffer): string[] =>
  startup
    .toString('utf8', 8)
    .split('\0')
    .filter((text, i) => i % 2 === 0 && text !== '');

/** An ErrorResponse with the code that PgBouncer gives to all it says itself. */
function refusal(text: string): Buffer {
  const fields = Buffer.from(`SFATAL\0C08P01\0M${text}\0\0`);
  const head = Buffer.alloc(5, 'E');
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

/** Tells of each message of a server, whole: a letter, the length of what follows, and that. */
function eachMessage(socket: Socket, tell: (type: string, message: Buffer) => void): void {
  let rest = Buffer.alloc(0);
  socket.on('data', (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    while (rest.length >= 5 && rest.length > rest.readInt32BE(1)) {
      const end = rest.readInt32BE(1) + 1;
      tell(String.fromCharCode(rest[0] ?? 0), rest.subarray(0, end));
      rest = rest.subarray(end);
    }
  });
}

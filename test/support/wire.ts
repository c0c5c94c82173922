import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a server that can be cut. */
export type Wire = {
  /** An address of the server, as one that leads through the wire. */
  through(url: string): string;
  /** Ends every connection there is, and takes no other until it is open again. */
  shut(): Promise<void>;
  open(): Promise<void>;
  /** Every connection there is hands nothing on any more, and does not end. */
  silence(): void;
  /** Lets the next `times` commits reach the server, and cuts their connections before it answers. */
  cutAtCommit(times?: number): void;
  /** How many connections were cut at a commit. */
  readonly commitsCut: number;
  close(): Promise<void>;
};

/** Stands before the server of `target`, which may change. */
export async function startWire(target: () => string): Promise<Wire> {
  type Pair = { near: Socket; far: Socket; isSilent: boolean };
  const pairs = new Set<Pair>();
  let commitsLeft = 0;
  let commitsCut = 0;

  const server = createServer((near) => {
    const { hostname, port } = new URL(target());
    const far = connect(Number(port), hostname);
    const pair: Pair = { near, far, isSilent: false };
    let isCommitting = false;
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      for (const socket of [near, far]) socket.destroy();
    };
    for (const socket of [near, far]) socket.on('error', end).on('close', end);
    near.on('data', (bytes) => {
      if (pair.isSilent) return;
      if (commitsLeft > 0 && bytes.includes('commit\0')) {
        commitsLeft -= 1;
        isCommitting = true;
      }
      far.write(bytes);
    });
    far.on('data', (bytes) => {
      if (isCommitting) {
        commitsCut += 1;
        end();
      } else if (!pair.isSilent) near.write(bytes);
    });
  });
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', () => resolve()));
  const stop = () => new Promise<void>((resolve) => (server.listening ? server.close(() => resolve()) : resolve()));
  const shut = async () => {
    const closing = stop();
    for (const { near, far } of pairs) for (const socket of [near, far]) socket.destroy();
    await closing;
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    through(url) {
      const address = new URL(url);
      address.host = `127.0.0.1:${port}`;
      return address.href;
    },
    shut,
    open: () => listen(port),
    silence() {
      for (const pair of pairs) pair.isSilent = true;
    },
    cutAtCommit(times = 1) {
      commitsLeft += times;
    },
    get commitsCut() {
      return commitsCut;
    },
    close: shut,
  };
}

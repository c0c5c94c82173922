import { connect } from 'node:net';
import { Worker } from 'node:worker_threads';

/** Listens and then stands still, so that nobody accepts. */
const STANDSTILL = `
  const { parentPort, workerData } = require('node:worker_threads');
  const server = require('node:net').createServer();
  server.listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    setImmediate(() => Atomics.wait(workerData, 0, 0));
  });`;

/** More than its queue takes. */
const WAITING = 6;
const QUEUE = 2;

/** A port of this machine to which no connection comes about, and none is refused: its queue of them is full. */
export async function startDeaf(): Promise<{ url: string; close(): Promise<void> }> {
  const worker = new Worker(STANDSTILL, { eval: true, workerData: new Int32Array(new SharedArrayBuffer(4)) });
  const port = await new Promise<number>((resolve, reject) => worker.once('message', resolve).once('error', reject));
  const sockets = Array.from({ length: WAITING }, () => connect(port, '127.0.0.1').on('error', () => {}));
  // Those beyond it were sent off before these were there.
  await Promise.all(sockets.slice(0, QUEUE).map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      for (const socket of sockets) socket.destroy();
      await worker.terminate();
    },
  };
}

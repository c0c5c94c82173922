// Loaded by `node --import` before the built program (Node 20 runs no TypeScript): lets it die at a failpoint, as TEST_DIE_AT says.
import { onReach } from '../../dist/failpoint.js';

const [point, hit, end] = (process.env.TEST_DIE_AT ?? '').split(' ');
let hits = 0;
onReach((reached) => {
  if (reached !== point) return;
  hits += 1;
  if (hits !== Number(hit)) return;
  process.stderr.write(`dies at ${point}\n`);
  if (end === 'throw') throw new Error(`thrown at ${point}`);
  process.kill(process.pid, end);
});

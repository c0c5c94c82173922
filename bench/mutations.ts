import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { MUTATIONS } from './judge-mutations.ts';

/*
 * Leaves out each condition of the judge once, and sees the tests of the judge fail: `npm run mutations`. Exit code 1 when one passes. The
 * mutants live in a copy.
 */

/** The tests of the judge. */
const TESTS = ['test/unit/judge.test.ts', 'test/unit/received.test.ts', 'test/unit/list-filter.test.ts'];

const copy = resolve('node_modules/.cache/mutants');
rmSync(copy, { recursive: true, force: true });
mkdirSync(copy, { recursive: true });
for (const part of ['src', ...TESTS, 'package.json', 'tsconfig.json']) cpSync(part, resolve(copy, part), { recursive: true });
symlinkSync(resolve('node_modules'), resolve(copy, 'node_modules'));
writeFileSync(resolve(copy, 'vitest.config.mjs'), `export default { test: { include: ${JSON.stringify(TESTS)} } };\n`);

const passes = (): boolean => spawnSync('npx', ['vitest', 'run'], { cwd: copy, stdio: 'ignore' }).status === 0;
if (!passes()) throw new Error('the tests of the judge fail without any mutation');
let survivors = 0;
for (const { file, from, to } of MUTATIONS) {
  const whole = readFileSync(file, 'utf8');
  writeFileSync(resolve(copy, file), whole.replace(from, to));
  if (passes()) {
    survivors += 1;
    process.stdout.write(`not noticed: ${file}: ${from} -> ${to || 'nothing'}\n`);
  }
  writeFileSync(resolve(copy, file), whole);
}
process.stdout.write(`${MUTATIONS.length - survivors} of ${MUTATIONS.length} mutations of the judge are noticed\n`);
if (survivors > 0) process.exitCode = 1;

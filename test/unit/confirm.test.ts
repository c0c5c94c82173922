import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { confirm } from '../../src/cli/erase-command.ts';

it.each([
  ['5\n', true],
  [' 5 \n', true],
  ['yes\n', false],
  ['55\n', false],
  ['\n', false],
  ['', false],
])('whoever answers %j to the question for visitor 5 is understood: %s', async (answer, expected) => {
  const [stdin, stderr] = [new PassThrough(), new PassThrough()];
  const asked = confirm('Sure? ', 5, { stdin, stderr });
  stdin.end(answer);
  expect(await asked).toBe(expected);
  expect(String(stderr.read())).toContain('Sure?');
});

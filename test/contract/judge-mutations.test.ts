import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { MUTATIONS } from '../../bench/judge-mutations.ts';

it('leaves out conditions that the judge has: `npm run mutations` takes minutes, so it is not a part of the tests', () => {
  const textOf = (file: string): string => readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), 'utf8');
  expect(MUTATIONS.filter(({ file, from }) => !textOf(file).includes(from))).toEqual([]);
});

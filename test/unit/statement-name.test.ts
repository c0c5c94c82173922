import { expect, it, vi } from 'vitest';

const load = async () => (await import('../../src/warehouse/connection/statement-name.ts')).statementName;

it('a prepared statement has a name that no other process gives one, which PostgreSQL does not cut', async () => {
  const ours = await load();
  vi.resetModules();
  const theirs = await load();
  expect(ours('grant')).toBe(ours('grant'));
  expect(ours('grant')).not.toBe(theirs('grant'));
  expect(ours('x'.repeat(50)).length).toBeLessThan(64);
});

import { describe, expect, it } from 'vitest';
import { useClientBench } from '../support/client.ts';

const used = useClientBench();

describe('a 429 makes everybody stand back, and is asked again', () => {
  const blockedUntil = async () =>
    (await used.bench.database.pool.query<{ blocked_until: Date }>('select blocked_until from chatrhub_sync.budget')).rows[0]
      ?.blocked_until;

  it('for as long as Retry-After says', async () => {
    used.bench.failAgents({ status: 429, headers: { 'retry-after': '0.2' } });
    const { askedAt } = await used.bench.get(used.bench.clientOf());
    const [first, ...others] = await used.bench.attempts();
    expect(first).toMatchObject({ attempt: 1, status: 429, isSettled: true });
    expect(others).toMatchObject([{ attempt: 2, status: 200 }]);
    expect(askedAt.getTime()).toBeGreaterThanOrEqual((await blockedUntil())?.getTime() ?? Number.POSITIVE_INFINITY);
    const { rows } = await used.bench.database.pool.query<{ ms: number }>(
      `select extract(epoch from max(granted_at) - min(settled_at))::float8 * 1000 as ms from chatrhub_sync.requests where run_id = $1`,
      [used.runId],
    );
    expect(rows[0]?.ms).toBeGreaterThanOrEqual(1_200);
  });

  it('for the shortest window, then twice as long, when there is none; more often than an error may be met', async () => {
    used.bench.failAgents({ status: 429 }, 5);
    const limits = [
      { count: 1_000, windowMs: 50 },
      { count: 1_000, windowMs: 200 },
    ];
    await used.bench.get(used.bench.clientOf({ limits }));
    expect((await used.bench.attempts()).map(({ attempt, status }) => [attempt, status])).toEqual([
      ...[1, 2, 3, 4, 5].map((n) => [n, 429]),
      [6, 200],
    ]);
    const { rows } = await used.bench.database.pool.query<{ ms: number }>(
      `select extract(epoch from granted_at - lag(settled_at) over (order by request_id))::float8 * 1000 as ms
       from chatrhub_sync.requests where run_id = $1 order by request_id offset 1`,
      [used.runId],
    );
    for (const [i, leastMs] of [50, 100, 200, 200, 200].entries()) expect(rows[i]?.ms).toBeGreaterThanOrEqual(leastMs);
  });

  it('up to a day; a longer wait is a failure of the source, which says until when', async () => {
    used.bench.failAgents({ status: 429, headers: { 'retry-after': '315360000' } });
    const failure = { failure: 'server', status: 429, message: expect.stringMatching(/429 and asks to wait until 20\d\d-/) };
    await expect(used.bench.get(used.bench.clientOf())).rejects.toMatchObject(failure);
    expect(Number(await blockedUntil()) - Date.now()).toBeGreaterThan(86_000_000);
    expect(Number(await blockedUntil()) - Date.now()).toBeLessThan(86_500_000);
    await used.bench.database.pool.query('update chatrhub_sync.budget set blocked_until = null');
  });

  it('and says nothing secret', () => used.bench.expectDiscretion());
});

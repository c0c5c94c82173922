import { setTimeout as sleep } from 'node:timers/promises';
import type { Eta } from './eta.ts';
import type { BudgetLine } from './run-report.ts';

/** How far a run is; the run writes it, whoever shows it reads it. */
export type Progress = {
  /** The resource that is being asked for. */
  resource: string;
  /** Requests whose answers are in, and the rows they brought. */
  requests: number;
  rows: number;
  /** Requests left, as far as they are known, by resource. */
  left: Record<string, number>;
  /** Until when no request will be granted, and why. */
  waiting: { until: Date; reason: string } | undefined;
};

/** What is shown of a run under way. `finishesAt` is what the limits allow. */
export type ProgressView = {
  resource: string;
  resourceLeft: number;
  requestsDone: number;
  requestsLeft: number;
  rows: number;
  budget: BudgetLine[];
  finishesAt: Date;
  waiting: { until: Date; reason: string } | undefined;
};

/** The progress of a run that begins. */
export const createProgress = (): Progress => ({ resource: '', requests: 0, rows: 0, left: {}, waiting: undefined });

/** Shows how far a run is, again and again, until it is ended. */
export function watchProgress(
  progress: Progress,
  { everyMs, show }: { everyMs: number; show(view: ProgressView): unknown },
  readEta: (left: Readonly<Record<string, number>>) => Promise<Eta>,
): { end(): Promise<void> } {
  const over = new AbortController();
  const watch = async () => {
    for (;;) {
      await sleep(everyMs, undefined, { signal: over.signal });
      const { resource, requests, rows, left, waiting } = progress;
      const { budget, finishesAt } = await readEta(left);
      over.signal.throwIfAborted();
      await show({
        resource,
        resourceLeft: left[resource] ?? 0,
        requestsDone: requests,
        requestsLeft: Object.values(left).reduce((sum, count) => sum + count, 0),
        rows,
        budget,
        finishesAt,
        waiting: waiting && waiting.until.getTime() > Date.now() ? waiting : undefined,
      });
    }
  };
  // Whatever keeps it from looking concerns the run too, which says so.
  const watching = watch().catch(() => {});
  return {
    async end() {
      over.abort();
      await watching;
    },
  };
}

/** A run under way as a line of the log. */
export const describeProgress = ({
  resource,
  resourceLeft,
  requestsDone,
  requestsLeft,
  rows,
  budget,
  finishesAt,
  waiting,
}: ProgressView) => ({
  resource,
  left: resourceLeft,
  requests_done: requestsDone,
  requests_left: requestsLeft,
  rows,
  budget: budget.map(({ used, limit, window }) => `${used}/${limit} ${window}`).join(', '),
  finishes_at: finishesAt.toISOString(),
  ...(waiting ? { waiting_until: waiting.until.toISOString(), waiting_for: waiting.reason } : {}),
});

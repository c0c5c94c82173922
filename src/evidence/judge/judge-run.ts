import type { Period } from '../../time/period.ts';
import type { RunStatus } from '../../warehouse/run-log.ts';
import type { OpenDoubt } from '../doubts.ts';

/** How a run can end. */
export type EndStatus = Exclude<RunStatus, 'running'>;

/**
 * The outcome of a run. `end`: what ended it before its work was done, if anything did: a signal, its own time, a source that is silent, or
 * something that keeps any run from working.
 */
export type RunEvidence = {
  end: 'signal' | 'duration' | 'source' | 'failure' | undefined;
  errors: number;
  doubtsOfLoss: number;
  left: number;
  hasRows: boolean;
};

/** The status of a run, which is never better than its worst part. */
export function judgeRun({ end, errors, doubtsOfLoss, left, hasRows }: RunEvidence): EndStatus {
  if (end === 'signal') return 'interrupted';
  if (end === 'failure' || (errors > 0 && !hasRows)) return 'failed';
  if (errors > 0 || doubtsOfLoss > 0) return 'partial';
  return left > 0 ? 'incomplete' : 'complete';
}

/** The doubts of possible loss that are a run's own: about resources that it chose, and days that it looks after. */
export const doubtsOfRun = (doubts: readonly OpenDoubt[], resources: readonly string[], days: Partial<Period>): OpenDoubt[] =>
  doubts.filter(
    (doubt) =>
      doubt.mayBeMissing &&
      resources.includes(doubt.resource) &&
      (doubt.days === undefined ||
        ((days.from === undefined || doubt.days.until > days.from) && (days.until === undefined || doubt.days.from < days.until))),
  );

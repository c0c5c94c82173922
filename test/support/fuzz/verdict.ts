import type { RunReport } from '../../../src/runs/run-report.ts';
import type { Difference } from './compare.ts';
import { PARENTS } from './tables.ts';

/**
 * `exact`: complete, and equal. `cautious`: equal, and not called complete. `partial`: not equal, not called complete, and what differs is
 * named. `wrong`: not equal and called complete, or something differs that the run does not name.
 */
export type Verdict = 'exact' | 'cautious' | 'partial' | 'wrong';

/** What a run says that it lacks, or is not sure of: doubts, errors, and what was left for the next one. */
function saidBy(report: RunReport): string[] {
  // Runs of a version that knows no doubts have none.
  const { doubts = [] } = report as { doubts?: readonly { resource: string }[] };
  const left = Object.entries(report.backlog).flatMap(([resource, requests]) => (requests > 0 ? [resource] : []));
  return [...new Set([...doubts, ...report.errors].map(({ resource }) => resource).concat(left))];
}

/** What a run is worth that ended so, and left these differences. */
export function judge(report: RunReport, differences: readonly Difference[]): { verdict: Verdict; said: string[] } {
  const said = saidBy(report);
  const isComplete = report.status === 'complete';
  if (differences.length === 0) return { verdict: isComplete ? 'exact' : 'cautious', said };
  const isNamed = ({ subject, via = [] }: Difference) =>
    ['all', subject, ...via, ...PARENTS[subject as keyof typeof PARENTS]].some((resource) => said.includes(resource));
  return { verdict: !isComplete && differences.every(isNamed) ? 'partial' : 'wrong', said };
}

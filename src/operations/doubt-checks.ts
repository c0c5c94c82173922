import { findLoss, NO_LOSS, type ShownDoubts, splitRemedy, tellFirst } from '../evidence/doubt-summary.ts';
import { type Finding, ok, warn } from './finding.ts';

/** Whether records may be missing: the first such doubt, how many more there are, and what settles it. */
export function checkDoubts(shown: ShownDoubts): Finding {
  const loss = findLoss(shown);
  if (!loss) return ok('doubts', NO_LOSS);
  const { problem, remedy } = splitRemedy(loss.first.text);
  return warn('doubts', tellFirst(`${problem}.`, loss.count), remedy || 'see chatrhub-sync status');
}

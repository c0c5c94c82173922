import { type Subject, type Switch, variantsOf } from './oddity-variant.ts';

const ALL: readonly Subject[] = ['agents', 'groups', 'agent_groups', 'visitors', 'chats', 'messages', 'agent_activities', 'tasks'];

/** What happens in an account, and to its server. */
export const ACCOUNT_SWITCHES: readonly Switch[] = [
  {
    name: 'leaver',
    of: ['agents', 'agent_activities'],
    variants: [0, 1].map((leavesAfter) => ({ label: `after ${leavesAfter}`, outcome: 'exact', account: { leavesAfter } })),
  },
  { name: 'late', of: ['chats'], variants: [{ label: 'changes', outcome: 'exact', account: { isLate: true, days: 14 } }] },
  { name: 'restless', of: ALL, variants: [{ label: 'always', outcome: 'exact', account: { isRestless: true } }] },
  {
    name: 'clockAhead',
    of: [],
    // The doctor warns of clocks that differ by five minutes.
    variants: variantsOf('clockAhead', [-4, 4]),
  },
  { name: 'staleHours', of: ALL, variants: variantsOf('staleHours', [3]) },
  {
    name: 'retryAfter',
    of: ALL,
    variants: [
      { label: 'second run', outcome: 'exact', set: { retryAfter: 7200 }, from: 1, until: 2 },
      { label: 'first run', outcome: 'exact', set: { retryAfter: 7200 }, until: 1 },
    ],
  },
];

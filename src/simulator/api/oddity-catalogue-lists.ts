import type { Complaint } from './complaints.ts';
import type { Cut, CutList } from './cuts.ts';
import type { Endpoint } from './endpoint.ts';
import { type Outcome, type Subject, type Switch, type Variant, variantsOf } from './oddity-variant.ts';

/** Where a list is cut, small accounts having about twice as many. */
const CUT_AT: Readonly<Record<CutList, number>> = {
  agents: 3,
  groups: 3,
  visitors: 8,
  agent_groups: 1,
  chats: 10,
  messages: 6,
  agent_activities: 300,
};
/** Where these are cut without a word, other switches say so. */
const SAYS_MORE: readonly CutList[] = ['chats', 'messages', 'agent_activities'];

const OUTCOME_OF_HINT: Readonly<Record<Cut['says'], Outcome>> = {
  nothing: 'unseen',
  total: 'partial',
  next: 'exact',
  elsewhere: 'partial',
};

/** What the records of each endpoint are compared as. */
export const SUBJECTS: Readonly<Record<Endpoint, Subject>> = {
  agents: 'agents',
  groups: 'groups',
  agent_groups: 'agent_groups',
  visitors: 'visitors',
  chats: 'chats',
  report: 'chats',
  messages: 'messages',
  agent_activities: 'agent_activities',
  q_tasks: 'tasks',
};

const cutVariants = (list: CutList): Variant[] =>
  (['nothing', 'total', 'next', 'elsewhere'] as const)
    .filter((says) => says !== 'nothing' || !SAYS_MORE.includes(list))
    .flatMap((says) =>
      (['oldest', 'newest'] as const).map((keeps) => ({
        label: `${says}, ${keeps}`,
        outcome: OUTCOME_OF_HINT[says],
        set: { cuts: { [list]: { at: CUT_AT[list], keeps, says } } },
      })),
    );

const complaintVariants = (endpoint: Endpoint): Variant[] =>
  (['errors', 'error', 'success', 'status'] as const).flatMap((as) =>
    (['nothing', 'no data', 'records'] as const).flatMap((beside) =>
      (['once', 'always'] as const).map((times) => {
        const complaint: Complaint = { as, beside, times };
        // Without the report all chats can be had, and nothing proves it.
        const outcome = times === 'once' || endpoint === 'report' ? 'exact' : 'partial';
        return { label: `${as} beside ${beside}, ${times}`, outcome, set: { complaints: { [endpoint]: complaint } } };
      }),
    ),
  );

const taskVariants: Variant[] = [
  ...(['offset', 'page', 'ignored'] as const).flatMap((after) =>
    (['asc', 'desc', 'changed'] as const).map((taskOrder) => ({
      label: `${after}, ${taskOrder}`,
      outcome: 'exact' as const,
      set: { after, taskOrder },
      steady: { taskPageSize: 4 },
    })),
  ),
  ...(['asc', 'desc'] as const).map((taskOrder) => ({
    label: `id, ${taskOrder}`,
    outcome: 'exact' as const,
    set: { after: 'id' as const, taskOrder },
    steady: { taskPageSize: 3 },
  })),
  // Above the newest there is nothing: no number leads to what is older.
  { label: 'above, desc', outcome: 'partial', set: { after: 'above', taskOrder: 'desc' }, steady: { taskPageSize: 5 } },
];

/** Lists that are cut, fail, leave out, or have nothing. */
export const LIST_SWITCHES: readonly Switch[] = [
  ...(Object.keys(CUT_AT) as CutList[]).map((list) => ({ name: `cut ${list}`, of: [list], variants: cutVariants(list) })),
  ...(Object.keys(SUBJECTS) as Endpoint[]).map((endpoint) => ({
    name: `complaint ${endpoint}`,
    of: [SUBJECTS[endpoint]],
    variants: complaintVariants(endpoint),
  })),
  ...(['agent_groups', 'visitors', 'messages', 'agent_activities', 'q_tasks'] as const).map((endpoint) => ({
    name: `lacks ${endpoint}`,
    of: [SUBJECTS[endpoint]],
    variants: [{ label: 'always', outcome: 'unseen' as const, set: { lacks: [endpoint] } }],
  })),
  {
    name: 'agentsLeftOut',
    of: ['agents', 'agent_groups', 'agent_activities'],
    variants: variantsOf('agentsLeftOut', ['bots', 'terminated'], 'unseen'),
  },
  { name: 'groupsLeftOut', of: ['groups'], variants: variantsOf('groupsLeftOut', ['system', 'terminated'], 'unseen') },
  { name: 'linksGone', of: ['agent_groups'], variants: [{ label: 'later', outcome: 'unseen', set: { linksGone: true }, from: 1 }] },
  {
    name: 'scopeIgnored',
    of: ['agent_groups', 'agent_activities', 'tasks'],
    variants: (['agent_groups', 'agent_activities', 'q_tasks'] as const).map((list) => ({
      label: list,
      of: [SUBJECTS[list]],
      outcome: list === 'agent_activities' ? 'partial' : 'exact',
      set: { scopeIgnored: [list] },
    })),
  },
  { name: 'tasks', of: ['tasks'], variants: taskVariants },
];

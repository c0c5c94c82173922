import { createRandom } from './random.ts';
import type { Agent } from './simulated-agents.ts';
import { addSeconds, DAY, HOUR, startOfLocalDay } from './time.ts';
import { type Audit, auditedChange, createdAudit, type Timeline } from './timeline.ts';

const MATCH_SUBJECTS = ['phone', 'email', 'currentUrl', 'referrerUrl', 'company', 'state', 'zip', 'city', 'country'] as const;
export type MatchSubject = (typeof MATCH_SUBJECTS)[number];

export type Group = Audit & {
  readonly id: number;
  readonly name: string;
  readonly kind: string;
  readonly isSystem: boolean;
  readonly isTerminated: boolean;
  /** Patterns that route a visitor here; most lists are empty. */
  readonly matches: Readonly<Record<MatchSubject, readonly string[]>>;
};

export type AgentGroup = Audit & { readonly agentId: number; readonly groupId: number; readonly isAssigned: boolean };

const FIRST_ID = 10204;
const NO_MATCHES: Group['matches'] = {
  phone: [],
  email: [],
  currentUrl: [],
  referrerUrl: [],
  company: [],
  state: [],
  zip: [],
  city: [],
  country: [],
};
const GROUPS: readonly { name: string; isSystem?: boolean; isTerminated?: boolean; matches?: Partial<Group['matches']> }[] = [
  { name: 'All agents', isSystem: true },
  { name: 'Sales', matches: { phone: ['6125550100', '6125550101'], country: ['US'] } },
  { name: 'Support', matches: { currentUrl: ['/help/', 'a"quoted\\path'], zip: ['02108'] } },
  { name: 'Kundendienst Süd', matches: { city: ['Zürich', 'Nul\u0000stadt'], email: ['@example.com'] } },
  { name: 'Old campaign', isTerminated: true },
];

/** The account's routing groups, all there before `before`. */
export function createGroups(seed: string | number, before: Date): Timeline<Group>[] {
  const random = createRandom(seed, 'groups');
  let id = FIRST_ID;
  return GROUPS.map(({ name, isSystem = false, isTerminated = false, matches }, index) => {
    id += index === 0 ? 0 : random.int(1, 20);
    const audit = createdAudit(addSeconds(before, -random.int(1, 900) * DAY));
    const first = {
      id,
      name,
      kind: isSystem ? 'SYSTEM' : 'CUSTOM',
      isSystem,
      isTerminated,
      matches: { ...NO_MATCHES, ...matches },
      ...audit,
    };
    return { first, changes: [] };
  });
}

/** Every eighth day a group gets another name. */
export function changeGroups(seed: string | number, day: number, groups: readonly Timeline<Group>[]): void {
  const random = createRandom(seed, 'group changes', day);
  if (!random.chance(1 / 8)) return;
  const { first, changes } = random.pick(groups);
  changes.push(auditedChange<Group>(addSeconds(startOfLocalDay(day), 11 * HOUR), 4, { name: `${first.name} ${day}` }));
}

/** Links of agents and groups: every agent and every group has at least one; some were taken back (`isAssigned: false`). */
export function linkAgents(
  seed: string | number,
  agents: readonly Timeline<Agent>[],
  groups: readonly Timeline<Group>[],
  before: Date,
): Timeline<AgentGroup>[] {
  const random = createRandom(seed, 'agent groups');
  return agents.flatMap((agent, row) =>
    groups
      .filter((_, column) => row % groups.length === column || (row === 0 && column >= agents.length) || random.chance(0.35))
      .map((group) => ({
        first: {
          agentId: agent.first.id,
          groupId: group.first.id,
          isAssigned: random.chance(0.8),
          ...createdAudit(addSeconds(before, -random.int(1, 20) * HOUR)),
        },
        changes: [],
      })),
  );
}

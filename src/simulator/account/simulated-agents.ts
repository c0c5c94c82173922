import { FIRST_NAMES, LAST_NAMES } from './people.ts';
import { createRandom, type Random } from './random.ts';
import { addSeconds, DAY, HOUR, MINUTE, startOfLocalDay } from './time.ts';
import { type Audit, asOf, auditedChange, createdAudit, type Timeline } from './timeline.ts';

export type Agent = Audit & {
  readonly id: number;
  readonly username: string;
  readonly fullName: string;
  readonly displayName: string | null;
  readonly email: string | null;
  readonly avatarImage: string | null;
  readonly authorizationLevel: number;
  readonly isBot: boolean;
  readonly isTakingChats: boolean;
  readonly isTemporaryLogin: boolean;
  readonly isProfileSetUp: boolean;
  readonly isUnsubscribed: boolean;
  readonly isAssignedTrainingTasks: boolean;
  readonly isEmailedTrainingTasks: boolean;
  readonly isAssignedOperationalTasks: boolean;
  readonly isEmailedOperationalTasks: boolean;
  readonly operationalTaskVariable: string | null;
  readonly operationalTaskValues: readonly string[];
  readonly isTerminated: boolean;
};

const FIRST_ID = 4;
/** 1 agent, 3 supervisor, 5 administrator; the last one is a level the documentation does not know. */
const LEVELS = [5, 1, 1, 3, 1, 1, 1, 1, 1, 3, 1, 2] as const;

/**
 * The account's agents, numbered upwards, all there before `before`.
 * The last one or two are bots, the one ahead of them is terminated, all others work.
 */
export function createAgents(seed: string | number, count: number, before: Date): Timeline<Agent>[] {
  if (!Number.isInteger(count) || count < 4) throw new RangeError(`agents must be a whole number of at least 4, not ${count}`);
  const random = createRandom(seed, 'agents');
  const bots = count < 8 ? 1 : 2;
  let id = FIRST_ID - 1;
  return Array.from({ length: count }, (_, index) => {
    id += index === 0 ? 1 : random.int(1, 3);
    const isBot = index >= count - bots;
    const first = agent(random, id, index, isBot, before);
    return { first: { ...first, isTerminated: index === count - bots - 1 }, changes: [] };
  });
}

function agent(random: Random, id: number, index: number, isBot: boolean, before: Date): Agent {
  const [name, surname] = [random.pick(FIRST_NAMES), random.pick(LAST_NAMES)];
  const isRouted = random.chance(0.3);
  return {
    id,
    username: random.chance(0.5) ? `agent.${id}` : id.toString(16).padStart(24, 'abc0'),
    fullName: isBot ? `Assistant ${id} \u{1F916}` : `${name} ${surname}`,
    displayName: random.chance(0.7) ? name : null,
    email: isBot ? '' : random.pick([`agent${id}@example.com`, `agent${id}@example.com`, '', null]),
    avatarImage: random.chance(0.4) ? `agent-${id}.png` : null,
    authorizationLevel: isBot ? 1 : (LEVELS[index % LEVELS.length] ?? 1),
    isBot,
    isTakingChats: random.chance(0.8),
    isTemporaryLogin: random.chance(0.1),
    isProfileSetUp: random.chance(0.6),
    isUnsubscribed: random.chance(0.3),
    isAssignedTrainingTasks: random.chance(0.3),
    isEmailedTrainingTasks: random.chance(0.2),
    isAssignedOperationalTasks: isRouted,
    isEmailedOperationalTasks: random.chance(0.2),
    operationalTaskVariable: isRouted ? 'department' : null,
    operationalTaskValues: isRouted ? ['service', 'Werkstatt "Süd"'] : [],
    isTerminated: false,
    ...createdAudit(addSeconds(before, -random.int(1, 900) * DAY)),
  };
}

/** What changes among the agents on one local day: a switch is flipped every day, a name changes now and then. */
export function changeAgents(seed: string | number, day: number, agents: readonly Timeline<Agent>[]): void {
  const random = createRandom(seed, 'agent changes', day);
  const working = agents.filter(({ first }) => !first.isTerminated);
  const morning = addSeconds(startOfLocalDay(day), 8 * HOUR + random.int(0, 59) * MINUTE);
  const chosen = random.pick(working);
  chosen.changes.push(auditedChange<Agent>(morning, chosen.first.id, { isTakingChats: !asOf(chosen, morning)?.isTakingChats }));
  if (!random.chance(0.3)) return;
  const renamed = random.pick(working);
  const fullName = `${random.pick(FIRST_NAMES)} ${random.pick(LAST_NAMES)}`;
  renamed.changes.push(auditedChange<Agent>(addSeconds(morning, 5 * HOUR), agents[0]?.first.id ?? FIRST_ID, { fullName }));
}

/** The last one of those who work leaves on the evening of a local day, after working hours. */
export function dismiss(agents: readonly Timeline<Agent>[], day: number): void {
  const leaver = agents.findLast(({ first }) => !first.isBot && !first.isTerminated);
  leaver?.changes.push(auditedChange<Agent>(addSeconds(startOfLocalDay(day), 22 * HOUR), FIRST_ID, { isTerminated: true }));
}

import { createRandom, type Random } from './random.ts';
import type { Agent } from './simulated-agents.ts';
import type { Chat } from './simulated-chats.ts';
import type { AgentGroup, Group } from './simulated-groups.ts';
import { addSeconds, DAY, HOUR, startOfLocalDay } from './time.ts';
import { asOf, auditedChange, type Timeline } from './timeline.ts';

/** Chats that are deleted are at most so old. */
const RECENT_DAYS = 5;

/** What can go. */
export type Stirred = {
  readonly agents: readonly Timeline<Agent>[];
  readonly groups: readonly Timeline<Group>[];
  readonly agentGroups: readonly Timeline<AgentGroup>[];
  readonly chats: readonly Timeline<Chat>[];
};

/** What goes and comes back on one day: a link, an agent or a group, and a chat; and who belongs to which group. */
export function stir(seed: string | number, day: number, { agents, groups, agentGroups, chats }: Stirred): void {
  const random = createRandom(seed, 'restless', day);
  const morning = addSeconds(startOfLocalDay(day), random.int(7, 10) * HOUR);
  moveLink(random.pick(agentGroups), morning);
  if (random.chance(0.5)) remove(random, random.pick(agentGroups), morning);
  if (random.chance(0.2)) remove(random, random.pick(groups), morning);
  if (random.chance(0.2)) remove(random, random.pick(agents), morning);
  const recent = chats.filter(({ first }) => first.createdAt < morning && first.createdAt >= addSeconds(morning, -RECENT_DAYS * DAY));
  if (recent.length > 0) remove(random, random.pick(recent), morning);
}

function moveLink(link: Timeline<AgentGroup>, at: Date): void {
  const now = asOf(link, at);
  if (now) link.changes.push(auditedChange<AgentGroup>(at, 4, { isAssigned: !now.isAssigned }));
}

/** Deletes what is there: for one to three days, or for ever. */
function remove<T extends { readonly createdAt: Date }>(random: Random, timeline: Timeline<T>, at: Date): void {
  const until = random.chance(0.7) ? addSeconds(at, random.int(1, 3) * DAY) : undefined;
  if (asOf(timeline, at)) timeline.absences = [...(timeline.absences ?? []), { from: at, until }];
}

import { createRandom, hashOf } from './random.ts';
import { addSeconds, HOUR, isWeekend, localDay, MINUTE, secondsBetween, startOfLocalDay } from './time.ts';

export type Activity = { readonly agentId: number; readonly snapshotAt: Date; readonly status: 'available' | 'unavailable' | 'offline' };

/** The snapshots of one agent, every `step` seconds of [from, until): made up on demand, never held. */
export function activitiesBetween(seed: string | number, agentId: number, from: Date, until: Date, step: number): Activity[] {
  const first = Math.ceil(from.getTime() / 1000 / step);
  const end = Math.ceil(until.getTime() / 1000 / step);
  const statusAt = shiftOf(seed, agentId);
  return Array.from({ length: Math.max(0, end - first) }, (_, index) => {
    const snapshotAt = new Date((first + index) * step * 1000);
    return { agentId, snapshotAt, status: statusAt(snapshotAt) };
  });
}

/** Eight hours from the agent's own starting hour, a lunch half-way, few weekends; full half-hours in between. */
function shiftOf(seed: string | number, agentId: number): (at: Date) => Activity['status'] {
  const random = createRandom(seed, 'shift', agentId);
  const start = random.int(7, 13) * HOUR;
  const isWeekendWorker = random.chance(0.2);
  return (at) => {
    const day = localDay(at);
    const worked = secondsBetween(addSeconds(startOfLocalDay(day), start), at);
    const isLunch = worked >= 4 * HOUR && worked < 4.5 * HOUR;
    if (worked < 0 || worked >= 8.5 * HOUR || isLunch || (isWeekend(day) && !isWeekendWorker)) return 'offline';
    return hashOf(seed, agentId, day, Math.floor(worked / (30 * MINUTE))) % 5 === 0 ? 'unavailable' : 'available';
  };
}

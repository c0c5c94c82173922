import type { Activity } from '../account/activity.ts';
import type { Snapshot } from '../account/snapshot.ts';
import { addSeconds, DAY, HOUR, MINUTE } from '../account/time.ts';
import type { Oddities } from './oddities.ts';
import { periodAsked } from './queries.ts';

const STEP = 5 * MINUTE;
/** What is not history yet begins so long after the present: within a step or two the clocks may differ. */
const AHEAD_FROM = 3 * STEP;

/** The snapshots of some agents in the period asked for, as many as the source gives, and those that it makes up. */
export function activityAsked(snapshot: Snapshot, agentIds: readonly number[], query: URLSearchParams, oddities: Oddities): Activity[] {
  const { agent_activities: newest } = oddities.datesIgnored;
  const all = agentIds
    .flatMap((id) => (newest === undefined ? historyOf(snapshot, id, query, oddities) : snapshot.activitiesOf(id)))
    .sort((a, b) => a.snapshotAt.getTime() - b.snapshotAt.getTime());
  const rows = newest === undefined ? all : all.slice(-newest);
  const kept = lastOrFirst(withinDays(rows, oddities), oddities.activityCap, oddities);
  return kept.flatMap((row, place) => (oddities.activityTwice && place % 11 === 5 ? [row, row] : [row]));
}

/** An agent's rows of the period, with those that are foretold. */
function historyOf(snapshot: Snapshot, agentId: number, query: URLSearchParams, oddities: Oddities): Activity[] {
  const { from, until } = periodAsked(query, oddities);
  const history = [...snapshot.activitiesOf(agentId, from, until)];
  const isKnown = oddities.activityAhead > 0 && snapshot.activitiesOf(agentId).length > 0;
  return isKnown ? [...history, ...ahead(addSeconds(snapshot.at, oddities.staleHours * HOUR), agentId, until, oddities)] : history;
}

/** What is foretold of the hours to come. */
function ahead(now: Date, agentId: number, until: Date, { activityAhead }: Oddities): Activity[] {
  const first = Math.ceil(addSeconds(now, AHEAD_FROM).getTime() / 1000 / STEP) * STEP;
  const end = Math.min(until.getTime() / 1000, now.getTime() / 1000 + activityAhead * HOUR);
  return Array.from({ length: Math.max(0, Math.ceil((end - first) / STEP)) }, (_, index) => ({
    agentId,
    snapshotAt: new Date((first + index * STEP) * 1000),
    status: 'offline',
  }));
}

/** The rows of the first or the last days that have any. */
function withinDays(rows: readonly Activity[], oddities: Oddities): readonly Activity[] {
  const dayOf = ({ snapshotAt }: Activity) => Math.floor(snapshotAt.getTime() / 1000 / DAY);
  const days = new Set(lastOrFirst([...new Set(rows.map(dayOf))], oddities.activityDays, oddities));
  return rows.filter((row) => days.has(dayOf(row)));
}

const lastOrFirst = <T>(list: readonly T[], count: number, { activityKeeps }: Oddities): readonly T[] =>
  activityKeeps === 'oldest' ? list.slice(0, count) : list.slice(Math.max(0, list.length - count));

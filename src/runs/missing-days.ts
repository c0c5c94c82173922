import { readCoverage, readRowsPerDay } from '../evidence/coverage.store.ts';
import type { Resource } from '../records/resource.ts';
import { type Missing, planMissing, planRequest, rowsPerDayAfter, scopeName } from '../source/request-plan.ts';
import { daysIn, type Period } from '../time/period.ts';
import type { Database } from '../warehouse/connection/database.ts';
import { isIdle, isOfAgents, type KnownAgent, type OfAgents } from './known-agents.store.ts';
import type { Asked, Turn } from './planner.ts';
import { reported } from './reported-resource.ts';

/** Days that one scope of a resource lacks. `rowsIn`: how many rows are to be expected of a period. */
type MissingDays = { agent?: KnownAgent; covered: readonly Period[]; missing: Missing; rowsIn: (period: Period) => number };

export type MissingDaysOptions = {
  database: Database;
  range: Period;
  /** Asks the source how many records it has, when nothing else tells; in the name of the piece of work that needs it. */
  volumeOf?(resource: Resource, period: Period, turn: Turn & { claimKey: string }): Promise<number | undefined>;
  /** How many of the records that a report counts a day is expected to have, when days next to the missing ones do not tell. */
  rowsPerDay?: number | undefined;
  agentsOf: (database: Database, resource: OfAgents) => Promise<KnownAgent[]>;
  /** As if nothing had been read yet. */
  anew: boolean;
};

/** Finds the days that each scope of a resource lacks. With a `turn` the source may be asked how many rows to expect. */
export type FindMissing = (resource: Resource, asked: readonly Asked[], turn?: Turn) => Promise<MissingDays[]>;

/** A guess, where nothing tells how many rows a day has: the first answer corrects it. */
const UNKNOWN_PER_DAY = 300;

/** Reads which days of a range are covered; remembers how many rows a day has. */
export function createFindMissing({ database, range, volumeOf, rowsPerDay, agentsOf, anew }: MissingDaysOptions): FindMissing {
  const perDay = new Map<Resource, number>(rowsPerDay === undefined ? [] : [[reported, rowsPerDay]]);

  const missingOf = (covered: readonly Period[] | undefined, scope: string, asked: readonly Asked[]) =>
    planMissing(
      range,
      covered ?? [],
      asked.flatMap(({ planned: { days } }) => (days?.scope === scope ? [days.period] : [])),
    );

  async function findOfAll(resource: Resource, covered: readonly Period[] | undefined, asked: readonly Asked[], turn?: Turn) {
    const days = missingOf(covered, '', asked);
    const [oldest, newest] = [days[0], days.at(-1)];
    if (!oldest || !newest) return [];
    const hull = { from: oldest.from, until: newest.until };
    let near = perDay.get(resource) ?? (await readRowsPerDay(database, resource, newest.until));
    if (near === undefined && turn && volumeOf) {
      const { claimKey } = planRequest(resource, { period: hull });
      near = ((await volumeOf(resource, hull, { ...turn, claimKey })) ?? UNKNOWN_PER_DAY * daysIn(hull)) / daysIn(hull);
    }
    if (near !== undefined) perDay.set(resource, near);
    const expected = near ?? UNKNOWN_PER_DAY;
    const missing = { days, rowsPerDay: densityAfter(asked, '', expected) };
    return [{ covered: [], missing, rowsIn: (period: Period) => expected * daysIn(period) }];
  }

  async function findOfAgents(resource: OfAgents, covered: ReadonlyMap<string, readonly Period[]>, asked: readonly Asked[]) {
    const expected = resource.window?.rowsPerDay ?? UNKNOWN_PER_DAY;
    return (await agentsOf(database, resource)).map((agent) => {
      const scope = scopeName(resource, agent.agentId);
      const createdAt = agent.createdAt?.toISOString().slice(0, 10) ?? range.from;
      return {
        agent,
        covered: covered.get(scope) ?? [],
        missing: { days: missingOf(covered.get(scope), scope, asked), rowsPerDay: densityAfter(asked, scope, expected) },
        rowsIn: (period: Period) => (isIdle(agent) || period.until <= createdAt ? 0 : expected * daysIn(period)),
      };
    });
  }

  return async (resource, asked, turn) => {
    const covered = anew ? new Map<string, Period[]>() : await readCoverage(database, resource.name);
    return isOfAgents(resource) ? findOfAgents(resource, covered, asked) : findOfAll(resource, covered.get(''), asked, turn);
  };
}

/** How many rows a day has, as the latest answer of a scope tells; `first` before there was one. */
function densityAfter(asked: readonly Asked[], scope: string, first: number): number {
  const last = asked.findLast(({ planned: { days }, received }) => days?.scope === scope && received !== undefined);
  return last?.planned.days ? rowsPerDayAfter(last.planned.days.period, last.received ?? 0) : first;
}

import type { Answer } from '../records/answer.ts';
import type { Resource } from '../records/resource.ts';
import { CLOCKS_DIFFER_MS } from '../time/clock-difference.ts';
import { type Period, ZONES_MS } from '../time/period.ts';
import { RECENT_MS } from './copies.ts';
import type { Received } from './received.ts';

/**
 * A list of everything there is of a resource, as this run read it. `judged`: when it was judged last, so many records that it lacks had been
 * shown; and how long it was when an earlier run had read it.
 */
export type SeenList = {
  received: Received;
  keys: ReadonlySet<string>;
  askedAt: Date;
  readAt: Date;
  judged?: { shown: number; previous: number | undefined };
};

/** Records that a list of days lacks, though their last change is of these days. `isProved`: whether these days came whole. */
export type LeftDays = { keys: readonly string[]; days: Period; askedAt: Date; isProved: boolean };

/**
 * What a run has seen so far that its later judgements need: its lists; which records copies of the last days show; how many records each
 * answer to a question about a chat or visitor had, by resource, and by their number; of which resources answers for visitors leave some
 * out, and of which a chat had none that should have some; which days came whole; which records are no longer listed on their days, as
 * they are gone or have changed since.
 */
export type Sightings = {
  lists: Map<Resource, SeenList>;
  shown: Map<Resource, Map<string, Date | undefined>>;
  sizes: Map<string, Map<number, number>>;
  leavesOut: Set<Resource>;
  lacksContent: Set<Resource>;
  proved: Map<Resource, Period[]>;
  left: LeftDays[];
  /** The record that named the latest moment, and the latest one that another named: the clock of the source may be ahead. */
  newest: { key: string; at: number };
  latest: number;
};

/** What a run has seen when it begins. */
export const noSightings = (): Sightings => ({
  lists: new Map(),
  shown: new Map(),
  sizes: new Map(),
  leavesOut: new Set(),
  lacksContent: new Set(),
  proved: new Map(),
  left: [],
  newest: { key: '', at: 0 },
  latest: 0,
});

/** Notes the latest changes that records name, save those that stand for moments. */
export function noteLatest(sightings: Sightings, { batches }: Pick<Answer, 'batches'>): void {
  for (const { resource, rows } of batches) {
    if (resource.window?.moment) continue;
    for (const { id, create_dt: made, updt_dt: changed } of rows) {
      const at = Math.max(timeOf(made), timeOf(changed));
      if (at <= sightings.latest) continue;
      const { newest } = sightings;
      const key = `${resource.name} ${id}`;
      if (key === newest.key) newest.at = Math.max(at, newest.at);
      else if (at <= newest.at) sightings.latest = at;
      else Object.assign(sightings, { newest: { key, at }, latest: newest.at });
    }
  }
}

const timeOf = (moment: unknown): number => (moment instanceof Date ? moment.getTime() : 0);

/**
 * The moment by the clock of the source, as far as its records tell: ours, or a later one that two of them name. One alone is believed where
 * a time zone explains it: else it may say what it likes.
 */
export function sourceNow({ newest, latest }: Pick<Sightings, 'newest' | 'latest'>, now: Date): Date {
  const at = newest.at - now.getTime() <= ZONES_MS.first ? newest.at : latest;
  return at > now.getTime() + CLOCKS_DIFFER_MS ? new Date(at) : now;
}

/** Whether no chat that was asked about had any record of a resource, and one should have had: the others may have some, too. */
export function isSilent({ sizes, lacksContent }: Sightings, resource: Resource): boolean {
  return lacksContent.has(resource) && [...(sizes.get(`${resource.name} by chat`)?.values() ?? [])].every((size) => size === 0);
}

/** Notes the records that copies in an answer show as present, save those that their list may leave out. */
export function noteShown({ shown }: Sightings, { batches }: Pick<Answer, 'batches'>, now: Date): void {
  for (const { resource, isOwn, rows, carriedAt } of batches) {
    if (isOwn || resource.scope.over !== 'nothing' || resource.window) continue;
    const seen = shown.get(resource) ?? new Map<string, Date | undefined>();
    shown.set(resource, seen);
    for (const [i, row] of rows.entries()) {
      const isRecent = (carriedAt[i]?.getTime() ?? 0) > now.getTime() - RECENT_MS;
      const isOmitted = resource.listOmits?.some((attribute) => row[attribute] === true) ?? false;
      if (isRecent && !isOmitted) seen.set(String(row.id), row.create_dt instanceof Date ? row.create_dt : undefined);
    }
  }
}

/** How many records copies of the last days show that a list lacks. What was made after the list was read cannot be in it. */
export function countShownBeside({ shown }: Sightings, resource: Resource, { keys, readAt }: Pick<SeenList, 'keys' | 'readAt'>): number {
  const latest = readAt.getTime() - CLOCKS_DIFFER_MS;
  return [...(shown.get(resource) ?? [])].filter(([key, madeAt]) => !keys.has(key) && (madeAt?.getTime() ?? 0) < latest).length;
}

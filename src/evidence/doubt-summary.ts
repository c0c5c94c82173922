import { count } from '../counted.ts';
import { type Reason, SETTLED_BY } from './doubts.ts';

/** An open doubt as it is shown to people and programs. `since` is ISO 8601 in UTC; `text` is one sentence that says it all. */
export type ShownDoubt = { resource: string; subject: string; reason: Reason; since: string; may_be_missing: boolean; text: string };

/** How many doubts of one resource and reason are open, and since when the oldest one is. */
export type DoubtCount = Pick<ShownDoubt, 'resource' | 'reason' | 'may_be_missing' | 'since'> & { count: number };

/** What is open: `doubts` may be only the oldest of each resource and reason, `doubt_counts` counts them all. Possible loss comes first. */
export type ShownDoubts = { doubts: readonly ShownDoubt[]; doubt_counts: readonly DoubtCount[] };

/** The first doubts of one resource and reason, and in words how many more there are. */
export type DoubtGroup = { doubts: readonly ShownDoubt[]; more: string | undefined };

/** The doubts of one kind, with what that kind means to whoever uses the data. */
export type DoubtSection = { mayBeMissing: boolean; heading: string; groups: readonly DoubtGroup[] };

/** What is said where no doubt of loss is open. */
export const NO_LOSS = 'nothing says that records are missing';

const HEADINGS = [
  { mayBeMissing: true, heading: 'Records may be missing' },
  { mayBeMissing: false, heading: `Not proved, though ${NO_LOSS}` },
] as const;

/** So many of one resource and reason are shown one by one: hundreds of chats say the same. */
const MOST_TOLD = 3;

/** What doubts have in common that are counted together. */
const kindOf = ({ resource, reason, may_be_missing }: Omit<DoubtCount, 'count' | 'since'>): string =>
  `${resource} ${reason} ${may_be_missing}`;

/** Counts doubts that are all there, by resource and reason, in their order. */
export function countDoubts(doubts: readonly ShownDoubt[]): DoubtCount[] {
  const counts = new Map<string, DoubtCount>();
  for (const { resource, reason, may_be_missing, since } of doubts) {
    const first = { resource, reason, may_be_missing, since, count: 0 };
    const known = counts.get(kindOf(first)) ?? first;
    counts.set(kindOf(first), { ...known, count: known.count + 1 });
  }
  return [...counts.values()];
}

/** Sums doubts up for people: possible loss first, of each resource and reason the first few and how many more. Empty kinds are left out. */
export function sumUpDoubts({ doubts, doubt_counts }: ShownDoubts): DoubtSection[] {
  return HEADINGS.map(({ mayBeMissing, heading }) => ({
    mayBeMissing,
    heading,
    groups: doubt_counts
      .filter(({ may_be_missing }) => may_be_missing === mayBeMissing)
      .map((group) => {
        const told = doubts.filter((doubt) => kindOf(doubt) === kindOf(group)).slice(0, MOST_TOLD);
        const rest = group.count - told.length;
        return { doubts: told, more: rest > 0 ? `and ${count(rest)} more of ${group.resource}, for the same reason` : undefined };
      }),
  })).filter(({ groups }) => groups.length > 0);
}

/** The doubts of possible loss, of the named resources or of all: the first one, and how many there are. Undefined when there are none. */
export function findLoss(
  { doubts, doubt_counts }: ShownDoubts,
  only: readonly string[] | null = null,
): { first: ShownDoubt; count: number } | undefined {
  const isLoss = ({ resource, may_be_missing }: Pick<ShownDoubt, 'resource' | 'may_be_missing'>) =>
    may_be_missing && (only?.includes(resource) ?? true);
  const first = doubts.find(isLoss);
  return first && { first, count: doubt_counts.filter(isLoss).reduce((sum, group) => sum + group.count, 0) };
}

/** A doubt's sentence, and how many more there are of `open` doubts. */
export const tellFirst = (text: string, open: number): string =>
  open > 1 ? `${text} And ${count(open - 1)} more; chatrhub-sync status says which.` : text;

/** A doubt's sentence in two: what is in doubt, and what settles it. */
export function splitRemedy(text: string): { problem: string; remedy: string } {
  const at = text.lastIndexOf(SETTLED_BY);
  if (at < 0) return { problem: text, remedy: '' };
  return { problem: text.slice(0, at), remedy: text.slice(at + SETTLED_BY.length).replace(/\.$/, '') };
}

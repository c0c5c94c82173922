import type { AccountOptions } from '../account/account.ts';
import type { Oddities } from './oddities.ts';

/**
 * What a program can make of a source: get everything; get less, which the source says itself, so that it must say so too; or get what it
 * shows, and never hear of the rest.
 */
export type Outcome = 'exact' | 'partial' | 'unseen';

/** What a program calls the records of an endpoint. */
export type Subject = 'agents' | 'groups' | 'agent_groups' | 'visitors' | 'chats' | 'messages' | 'agent_activities' | 'tasks';

/** One value of a switch. */
export type Variant = {
  /** Tells it from the others of its switch. */
  readonly label: string;
  /** What is less, or less sure, with it, where that is not all that its switch names. */
  readonly of?: readonly Subject[];
  readonly outcome: Outcome;
  /** What is odd about the answers, and about the account. */
  readonly set?: Partial<Oddities>;
  /** What is so in every run, also where the rest is not. */
  readonly steady?: Partial<Oddities>;
  readonly account?: Partial<AccountOptions>;
  /** It begins with this run, counted from 0, and ends before that one. */
  readonly from?: number;
  readonly until?: number;
};

/** Something that sources can be odd in: one of its variants at a time. `of`: what is less, or less sure, than elsewhere. */
export type Switch = { readonly name: string; readonly of: readonly Subject[]; readonly variants: readonly Variant[] };

/** A variant for each value of one oddity. */
export function variantsOf<K extends keyof Oddities>(name: K, values: readonly Oddities[K][], outcome: Outcome = 'exact'): Variant[] {
  return values.map((value) => ({ label: String(value), outcome, set: { [name]: value } }));
}

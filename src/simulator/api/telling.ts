import type { Visitor } from '../account/simulated-visitors.ts';
import type { Snapshot } from '../account/snapshot.ts';
import type { Oddities } from './oddities.ts';

/** A text that looks like a document, and is a name. */
const NESTED_NAME = `${'['.repeat(66)}"token"${']'.repeat(66)}`;

type Telling = Pick<Oddities, 'nestedNames' | 'sharedNames'>;

/** A visitor in the source: the name that was typed, and the user name, which another may share. */
export function visitorTold(visitor: Visitor, { visitors }: Snapshot, { nestedNames, sharedNames }: Telling): Visitor {
  const name = nestedNames && visitor.id % 3 === 0 ? { name: NESTED_NAME } : {};
  if (!sharedNames) return { ...visitor, ...name };
  const ids = [...visitors.keys()];
  const place = ids.indexOf(visitor.id);
  const namesake = place % 2 === 1 ? visitors.get(ids[place - 1] ?? 0) : undefined;
  return { ...visitor, ...name, xmppUsername: namesake?.xmppUsername ?? visitor.xmppUsername };
}

/** Whose messages a user name finds: those of the first visitor who has it. */
export function visitorNamed(username: string, snapshot: Snapshot): number | undefined {
  return [...snapshot.visitors.values()].find(({ xmppUsername }) => xmppUsername === username)?.id;
}

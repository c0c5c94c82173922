import type { OfChats } from '../../evidence/chat-fetches.store.ts';
import { FACT_DAYS, readFact, readFacts, rememberFact } from '../../evidence/facts.store.ts';
import type { Database } from '../../warehouse/connection/database.ts';

/** How messages are asked for: a source may cut what one way brings, and not, or elsewhere, what the other does. */
export type Way = 'visitor' | 'chat';

/**
 * What the source has shown of its answers with messages, in one way of asking. `cap`: how many one has at most, where it cuts; `wholeAt`: up
 * to how many an answer was found to be whole; `longest`: how many the longest had.
 */
export type MessageFacts = { cap: number | undefined; wholeAt: number; longest: number };

const NAMES = { cap: 'cap', wholeAt: 'whole_at', longest: 'longest' } as const;
const factOf = ({ name }: OfChats, way: Way, fact: keyof MessageFacts): string =>
  way === 'visitor' ? `${name}.${NAMES[fact]}` : `${name}.${NAMES[fact]}_by_chat`;
/** What asking by visitor brings, and what it leaves out. */
const byVisitorFact = ({ name }: OfChats): string => `${name}.by_visitor`;
const lacksFact = ({ name }: OfChats): string => `${name}.by_visitor_lacks`;

/** What is known of a way of asking for messages. */
export async function readMessageFacts(database: Database, resource: OfChats, way: Way): Promise<MessageFacts> {
  const facts = Object.keys(NAMES) as (keyof MessageFacts)[];
  const found = await readFacts(
    database,
    facts.map((fact) => factOf(resource, way, fact)),
    FACT_DAYS,
  );
  const sizeOf = (fact: keyof MessageFacts): number | undefined => {
    const text = found.get(factOf(resource, way, fact));
    return text === undefined ? undefined : Number(text);
  };
  return { cap: sizeOf('cap'), wholeAt: sizeOf('wholeAt') ?? 0, longest: sizeOf('longest') ?? 0 };
}

/** Remembers a size of answers, and which answer has shown it. */
export const rememberSize = (
  database: Database,
  resource: OfChats,
  way: Way,
  fact: keyof MessageFacts,
  size: number,
  evidence: string,
): Promise<boolean> => rememberFact(database, factOf(resource, way, fact), String(size), evidence);

/** Whether messages that are asked for by visitor do not say of which chat they are, so that they are asked for by chat. */
export const readNeedsChat = async (database: Database, resource: OfChats): Promise<boolean> =>
  (await readFact(database, byVisitorFact(resource), FACT_DAYS)) !== undefined;

/** Remembers that so many messages which were asked for by visitor did not say of which chat they are. */
export const rememberNeedsChat = (database: Database, resource: OfChats, count: number): Promise<boolean> =>
  rememberFact(
    database,
    byVisitorFact(resource),
    'without chat',
    `${count} ${resource.name} asked for by visitor do not say of which chat they are`,
  );

/** Whether asking by visitor was found to leave out messages that asking by chat brings. */
export const readLeavesOut = async (database: Database, resource: OfChats): Promise<boolean> =>
  (await readFact(database, lacksFact(resource), FACT_DAYS)) !== undefined;

/** Remembers that asking by chat brought more than asking by visitor. Returns whether that is news. */
export const rememberLeavesOut = (database: Database, resource: OfChats, evidence: string): Promise<boolean> =>
  rememberFact(database, lacksFact(resource), 'some', evidence);

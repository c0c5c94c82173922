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

const WITHOUT_CHAT = 'without chat';
const REFUSED = 'refused';
/** A single refusal may concern that visitor. */
const REFUSED_ONCE = 'refused, seen once';
const ANSWERED = 'answered';

const readByVisitor = (database: Database, resource: OfChats): Promise<string | undefined> =>
  readFact(database, byVisitorFact(resource), FACT_DAYS);

/** Whether messages are asked for by chat, as those by visitor do not say of which chat they are, or are refused. */
export async function readNeedsChat(database: Database, resource: OfChats): Promise<boolean> {
  const known = await readByVisitor(database, resource);
  return known === WITHOUT_CHAT || known === REFUSED;
}

/** Remembers that so many messages which were asked for by visitor did not say of which chat they are. */
export const rememberNeedsChat = (database: Database, resource: OfChats, count: number): Promise<boolean> =>
  rememberFact(
    database,
    byVisitorFact(resource),
    WITHOUT_CHAT,
    `${count} ${resource.name} asked for by visitor do not say of which chat they are`,
  );

/** Remembers that asking by visitor was refused, and by chat answered: it is asked by chat when that is seen twice in a row. */
export async function rememberRefused(database: Database, resource: OfChats, evidence: string): Promise<void> {
  const isSecond = (await readByVisitor(database, resource)) === REFUSED_ONCE;
  await rememberFact(database, byVisitorFact(resource), isSecond ? REFUSED : REFUSED_ONCE, evidence);
}

/** Remembers that asking by visitor is answered, where it was refused before. */
export async function rememberAnswered(database: Database, resource: OfChats, label: string): Promise<void> {
  if ((await readByVisitor(database, resource)) === REFUSED_ONCE)
    await rememberFact(database, byVisitorFact(resource), ANSWERED, `${label} was answered`);
}

/** Whether asking by visitor was found to leave out messages that asking by chat brings. */
export const readLeavesOut = async (database: Database, resource: OfChats): Promise<boolean> =>
  (await readFact(database, lacksFact(resource), FACT_DAYS)) !== undefined;

/** Remembers that asking by chat brought more than asking by visitor. Returns whether that is news. */
export const rememberLeavesOut = (database: Database, resource: OfChats, evidence: string): Promise<boolean> =>
  rememberFact(database, lacksFact(resource), 'some', evidence);

/** What asking by chat brings. */
const byChatFact = ({ name }: OfChats): string => `${name}.by_chat`;

/** Whether an answer for a chat holds the messages of all chats of its visitor. */
export const readBringsVisitor = async (database: Database, resource: OfChats): Promise<boolean> =>
  (await readFact(database, byChatFact(resource), FACT_DAYS)) !== undefined;

/** Remembers that an answer for a chat held its messages, and those of others of its visitor. */
export const rememberBringsVisitor = (database: Database, resource: OfChats, chats: number): Promise<boolean> =>
  rememberFact(database, byChatFact(resource), 'visitor', `an answer for one chat held messages of ${chats} of its visitor`);

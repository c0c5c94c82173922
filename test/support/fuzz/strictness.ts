import type { Snapshot } from '../../../src/simulator/account/snapshot.ts';
import type { Row } from '../read-tables.ts';
import type { Seen } from './crawl.ts';
import type { LastRead } from './source.ts';
import { type Compared, KINDS, LEAN, RATED } from './tables.ts';

/** How a row of the source is held against the warehouse: all of it, some columns, that it is there, or not at all. */
export type Strictness = { columns?: readonly string[]; mayBeNull?: readonly string[] } | 'there' | 'any';

/** What decides how strict one may be. */
export type Situation = {
  now: Snapshot;
  /** Rows of activity that are younger are not demanded: where answers are cut, nobody can tell whether these were there yet. */
  activityUntil: Date;
  /** What can be seen; undefined where all can. */
  seen: Seen | undefined;
  /** The subjects of which the source says that there is more: all of them is to be there. */
  claimed: ReadonlySet<string>;
  lastRead: LastRead;
  /** Chats from here on were asked for, and changes of chats from there on. */
  loadedFrom: Date;
  lookbackFrom: Date;
  /** A backfill leaves what is younger than its days to the sync. */
  until: Date | undefined;
  /** The subjects that the sync before a backfill said it lacks. */
  lacking: ReadonlySet<string>;
  /** The weekly look at older chats is due in this run, and shows what changed. */
  isWeekly: boolean;
  /** Chats vanish and come back. Behind the lookback only totals tell of it, in which two of them may cancel out. */
  isRestless: boolean;
  isLean: boolean;
  /** The report counts what the list has, so that it can prove that a chat is gone. */
  isCounted: boolean;
  /** Copies inside chats are whole and of the present, and say when they changed: without that a null replaces nothing. */
  hasCopies: boolean;
};

const WHOLE = {};
/** A backfill reads no others: what the sync before it lacked of them stays so. */
const OF_DAYS = ['chats', 'messages', 'agent_activities'];

export function strictnessOf(table: Compared, row: Row, situation: Situation): Strictness {
  const { subject, type, keyOf } = KINDS[table];
  const { seen, claimed, isLean, until, lacking } = situation;
  const sight = type && seen && !claimed.has(subject) ? seen.of(type, keyOf(row)) : 'whole';
  if (sight === undefined) return 'any';
  if (until && !OF_DAYS.includes(subject) && lacking.has(subject)) return 'any';
  const own = RULES[subject]?.(row, situation) ?? WHOLE;
  if (own === WHOLE && sight === 'partly') return 'there';
  return own === WHOLE && isLean ? { mayBeNull: LEAN[table] ?? [] } : own;
}

type Rule = (row: Row, situation: Situation) => Strictness;

const ofChat = (chatId: unknown, { now, loadedFrom, lookbackFrom, until, isWeekly, isRestless }: Situation): Strictness => {
  const createdAt = now.chats.get(Number(chatId))?.createdAt;
  if (!createdAt || createdAt < loadedFrom || (until && createdAt >= until)) return 'any';
  if (createdAt >= lookbackFrom) return WHOLE;
  if (isWeekly) return { columns: RATED };
  return isRestless ? 'any' : 'there';
};

const ofMessage: Rule = (row, situation) => {
  const { message_id: id, chat_id: chatId } = row;
  const chat =
    chatId ?? [...situation.now.chats.keys()].find((each) => situation.now.messagesOf(each).some((message) => message.id === id));
  const { seen, now } = situation;
  // Of a chat that nobody lists there may be messages among those of its visitor: who asks by chat does not meet them.
  if (ofChat(chat, situation) === 'any' || (seen && !seen.isListed('chats', Number(chat)))) return 'any';
  // A label that was given later is seen in a task, which a backfill does not read.
  const labels = [...now.tasks.values()].filter(({ messageId }) => messageId === id);
  const areTasksRead = !situation.until || !situation.lacking.has('tasks');
  if (areTasksRead && (!seen || labels.every((task) => seen.of('q_tasks', task.id)))) return WHOLE;
  return { columns: Object.keys(row).filter((column) => !column.includes('manual')) };
};

const RULES: Readonly<Record<string, Rule>> = {
  chats: ({ chat_id: id }, situation) => ofChat(id, situation),
  messages: ofMessage,
  // Without a list between, a visitor is known by what chats embed.
  visitors: ({ visitor_id: id }, { now, seen, lastRead, hasCopies, loadedFrom, lookbackFrom }) => {
    const visitor = now.visitors.get(Number(id));
    const listedAt = lastRead.get('/visitors.json');
    if (!visitor || (listedAt && (visitor.updatedAt ?? visitor.createdAt) <= listedAt)) return WHOLE;
    const since = loadedFrom > lookbackFrom ? loadedFrom : lookbackFrom;
    const isListed = (chatId: number) => !seen || seen.isListed('chats', chatId);
    const isMet = [...now.chats.values()].some((chat) => chat.visitorId === id && chat.createdAt >= since && isListed(chat.id));
    if (isMet) return hasCopies ? WHOLE : 'any';
    return listedAt && visitor.createdAt <= listedAt ? 'there' : 'any';
  },
};

import type { Chat } from '../account/simulated-chats.ts';
import type { Message } from '../account/simulated-messages.ts';
import type { Task } from '../account/simulated-tasks.ts';
import type { Snapshot } from '../account/snapshot.ts';
import { addSeconds, MINUTE } from '../account/time.ts';
import type { Oddities } from './oddities.ts';
import { periodOf, shortened } from './period-asked.ts';
import type { Resource } from './presenter.ts';
import { visitorNamed } from './telling.ts';

const CHAT_FILTERS: Readonly<Record<string, (chat: Chat, value: string) => boolean>> = {
  agent_id: (chat, value) => chat.agentId === Number(value),
  visitor_id: (chat, value) => chat.visitorId === Number(value),
  group_id: (chat, value) => chat.groupId === Number(value),
  tag: (chat, value) => chat.tag === value,
  rating: (chat, value) => chat.overallRating === ['poor_chats', 'ok_chats', 'great_chats'].indexOf(value) + 1,
  missed: (chat, value) => (value === 'missed_chats') === (chat.isMissed === true),
};

const LEFT_OUT: Readonly<Record<Oddities['chatsLeftOut'], (chat: Chat) => boolean>> = {
  none: () => false,
  open: ({ isEnded }) => !isEnded,
  internal: ({ visitorId }) => visitorId === null,
};

/** The moment of a chat that days are held against. */
const MOMENTS: Readonly<Record<Oddities['chatsBy'], (chat: Chat) => Date>> = {
  creation: ({ createdAt }) => createdAt,
  change: ({ createdAt, updatedAt }) => updatedAt ?? createdAt,
};

/** The chats of the period asked for that pass the filters given. */
export function chatsAsked(chats: Iterable<Chat>, query: URLSearchParams, oddities: Oddities, filters = Object.keys(CHAT_FILTERS)): Chat[] {
  const { from, until } = shortened(periodAsked(query, oddities), oddities);
  const asked = filters.filter((name) => query.has(name));
  const momentOf = MOMENTS[oddities.chatsBy];
  return [...chats].filter(
    (chat) =>
      momentOf(chat) >= from &&
      momentOf(chat) < until &&
      !LEFT_OUT[oddities.chatsLeftOut](chat) &&
      asked.every((name) => CHAT_FILTERS[name]?.(chat, query.get(name) ?? '') ?? true),
  );
}

/** The chats that a list shows: of the period asked for, or the newest of all where the source ignores that. */
export function chatsListed(chats: Iterable<Chat>, query: URLSearchParams, oddities: Oddities): readonly Chat[] {
  const { chats: newest } = oddities.datesIgnored;
  if (newest === undefined) return chatsWithinCap(chatsAsked(chats, query, oddities), oddities);
  return chatsAsked(chats, new URLSearchParams({ ...Object.fromEntries(query), ...ANY_DAYS }), oddities).slice(-newest);
}

const ANY_DAYS = { start_date: '2000-01-01', end_date: '2100-01-01' };

/** As many of the chats as one answer holds. */
const chatsWithinCap = (chats: readonly Chat[], { chatCap, chatCapKeeps }: Oddities): readonly Chat[] =>
  chatCapKeeps === 'oldest' ? chats.slice(0, chatCap) : chats.slice(Math.max(0, chats.length - chatCap));

const BY_VISITOR: Readonly<Record<Oddities['byVisitor'], (chat: Chat) => boolean>> = {
  all: () => true,
  'not transferred': ({ transferredToAgentId }) => transferredToAgentId === null,
  'without chat': () => true,
  nobody: () => false,
  everybody: () => true,
};

/** The messages of one chat, or of all chats of one visitor; undefined when the query names neither. */
export function messagesAsked(snapshot: Snapshot, query: URLSearchParams, oddities: Oddities): readonly Message[] | undefined {
  const [chatId, username] = [query.get('chat_id'), query.get('visitor_username')];
  if (chatId === null && username === null) return undefined;
  const visitorId = username === null ? undefined : visitorNamed(username, snapshot);
  const has = BY_VISITOR[username === null ? 'all' : oddities.byVisitor];
  const visitorOfChat = oddities.byChat === 'visitor' ? snapshot.chats.get(Number(chatId))?.visitorId : undefined;
  const isOfChat = ({ id, visitorId: of }: Chat) => id === Number(chatId) || (typeof visitorOfChat === 'number' && of === visitorOfChat);
  const isOfVisitor = ({ visitorId: of }: Chat) => oddities.byVisitor === 'everybody' || (visitorId !== undefined && of === visitorId);
  const isAsked = (chat: Chat) => (chatId === null || isOfChat(chat)) && (username === null || isOfVisitor(chat)) && has(chat);
  const readable = addSeconds(snapshot.at, -oddities.messageDelay * MINUTE);
  return [...snapshot.chats.values()]
    .filter(isAsked)
    .flatMap(({ id }) => snapshot.messagesOf(id))
    .filter(({ isAdmin, createdAt }) => createdAt <= readable && (!isAdmin || query.get('include_admin') === 'true'))
    .slice(0, oddities.messageCap);
}

/** The tasks of one type that are done, or that are not. */
export function tasksAsked({ tasks }: Snapshot, query: URLSearchParams, { scopeIgnored }: Oddities): Task[] {
  const isAsked = (isComplete: boolean) => scopeIgnored.includes('q_tasks') || isComplete === (query.get('is_resolved') === '1');
  return [...tasks.values()].filter(({ type, isComplete }) => type === query.get('task_type') && isAsked(isComplete));
}

const TASK_ORDERS: Readonly<Record<Oddities['taskOrder'], (tasks: readonly Task[]) => readonly Task[]>> = {
  asc: (tasks) => tasks,
  desc: (tasks) => tasks.toReversed(),
  changed: (tasks) =>
    tasks.toSorted((a, b) => (a.updatedAt ?? a.createdAt).getTime() - (b.updatedAt ?? b.createdAt).getTime() || a.id - b.id),
};

/** The page of tasks that `after` leads to; `tasks` come in rising order. */
export function taskPage(tasks: readonly Task[], after: number, { after: meaning, taskOrder, taskPageSize }: Oddities): Task[] {
  const ordered = TASK_ORDERS[taskOrder](tasks);
  const isBeyond = ({ id }: Task) => after === 0 || (taskOrder === 'desc' ? id < after : id > after);
  const pages: Readonly<Record<Oddities['after'], () => Task[]>> = {
    offset: () => ordered.slice(after, after + taskPageSize),
    id: () => ordered.filter(isBeyond).slice(0, taskPageSize),
    above: () => ordered.filter(({ id }) => id > after).slice(0, taskPageSize),
    page: () => ordered.slice(after * taskPageSize, (after + 1) * taskPageSize),
    ignored: () => [...ordered],
  };
  return pages[meaning]();
}

/** The rows whose attributes equal the parameters of the same name; `names` are the parameters that filter. */
export function matching(rows: readonly Resource[], query: URLSearchParams, names: readonly string[]): Resource[] {
  const asked = names.filter((name) => query.has(name));
  return rows.filter(({ attributes }) => asked.every((name) => attributes[name] === query.get(name)));
}

/** The moments [from, until) that `start_date` and `end_date` mean. */
export function periodAsked(query: URLSearchParams, oddities: Pick<Oddities, 'endDate' | 'dateZoneHours'>): { from: Date; until: Date } {
  return periodOf(query.get('start_date') ?? '', query.get('end_date') ?? '', oddities);
}

import type { Chat } from './chats.ts';
import type { Message } from './messages.ts';
import type { Oddities } from './oddities.ts';
import { periodOf } from './period.ts';
import type { Resource } from './presenter.ts';
import type { Snapshot } from './snapshot.ts';
import type { Task } from './tasks.ts';

const CHAT_FILTERS: Readonly<Record<string, (chat: Chat, value: string) => boolean>> = {
  agent_id: (chat, value) => chat.agentId === Number(value),
  visitor_id: (chat, value) => chat.visitorId === Number(value),
  group_id: (chat, value) => chat.groupId === Number(value),
  tag: (chat, value) => chat.tag === value,
  rating: (chat, value) => chat.overallRating === ['poor_chats', 'ok_chats', 'great_chats'].indexOf(value) + 1,
  missed: (chat, value) => (value === 'missed_chats') === (chat.isMissed === true),
};

/** The chats created in the period asked for that pass the filters given. */
export function chatsAsked({ chats }: Snapshot, query: URLSearchParams, oddities: Oddities, filters = Object.keys(CHAT_FILTERS)): Chat[] {
  const { from, until } = periodAsked(query, oddities);
  const asked = filters.filter((name) => query.has(name));
  return [...chats.values()].filter(
    (chat) =>
      chat.createdAt >= from && chat.createdAt < until && asked.every((name) => CHAT_FILTERS[name]?.(chat, query.get(name) ?? '') ?? true),
  );
}

/** The messages of one chat, or of all chats of one visitor; undefined when the query names neither. */
export function messagesAsked(snapshot: Snapshot, query: URLSearchParams): Message[] | undefined {
  const [chatId, username] = [query.get('chat_id'), query.get('visitor_username')];
  if (chatId === null && username === null) return undefined;
  const isAsked = ({ id, visitorId }: Chat) =>
    (chatId === null || id === Number(chatId)) &&
    (username === null || (visitorId !== null && snapshot.visitors.get(visitorId)?.xmppUsername === username));
  return [...snapshot.chats.values()]
    .filter(isAsked)
    .flatMap(({ id }) => snapshot.messagesOf(id))
    .filter(({ isAdmin }) => !isAdmin || query.get('include_admin') === 'true');
}

/** The tasks of one type that are done, or that are not. */
export function tasksAsked({ tasks }: Snapshot, query: URLSearchParams): Task[] {
  return [...tasks.values()].filter(
    ({ type, isComplete }) => type === query.get('task_type') && isComplete === (query.get('is_resolved') === '1'),
  );
}

/** The page of tasks that `after` leads to; `tasks` come in rising order. */
export function taskPage(tasks: readonly Task[], after: number, { after: meaning, taskOrder, taskPageSize }: Oddities): Task[] {
  const ordered = taskOrder === 'asc' ? tasks : tasks.toReversed();
  const isBeyond = ({ id }: Task) => after === 0 || (taskOrder === 'asc' ? id > after : id < after);
  const pages = {
    offset: () => ordered.slice(after, after + taskPageSize),
    id: () => ordered.filter(isBeyond).slice(0, taskPageSize),
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
export function periodAsked(query: URLSearchParams, oddities: Oddities): { from: Date; until: Date } {
  return periodOf(query.get('start_date') ?? '', query.get('end_date') ?? '', oddities);
}

import type { Account } from '../../../src/simulator/account/account.ts';
import { createAnswering } from '../../../src/simulator/api/answering.ts';
import { NO_ODDITIES, type Oddities } from '../../../src/simulator/api/oddities.ts';
import { type Day, startOf } from '../../../src/time/period.ts';

/** How well a record can be seen: in its own list or in a current and whole copy, or in some other way. */
type Sight = 'whole' | 'partly';

/** What a reader sees who asks for everything: the sight of a record by its type and number; links by agent and group, activity by agent. */
export type Seen = { of(type: string, key: string | number): Sight | undefined; isListed(type: string, key: string | number): boolean };

type Found = { type: string; id: number; attributes?: Record<string, unknown> };

/** What a program gets round by asking in another way, or once more, or by reading carefully. */
const OVERCOME = {
  ...(({ types, ids, times, embed, emptyAs, emptyEverywhere, numbers, single, complaints, retryAfter, withoutClient }) => ({
    types,
    ids,
    times,
    embed,
    emptyAs,
    emptyEverywhere,
    numbers,
    single,
    complaints,
    retryAfter,
    withoutClient,
  }))(NO_ODDITIES),
  chatCap: Number.POSITIVE_INFINITY,
  longestRange: Number.POSITIVE_INFINITY,
  refusesFuture: false,
  activityCap: Number.POSITIVE_INFINITY,
  activityDays: Number.POSITIVE_INFINITY,
  taskPageSize: Number.POSITIVE_INFINITY,
  chatsBy: 'creation',
  endDate: 'inclusive',
  dateZoneHours: 0,
} as const;

/** Asks a source for all that it has, in every way that a program may; chats, and what is in them, only from a day on. */
export function crawl(account: Account, oddities: Oddities, from: Day): Seen {
  const answering = createAnswering(account);
  const open: Oddities = { ...oddities, ...OVERCOME, ...(oddities.after === 'above' ? {} : { after: 'ignored' }) };
  const sights = new Map<string, Sight>();
  const listed = new Set<string>();
  const keyOf = (type: string, key: string | number) => `${type} ${key}`;

  function note(key: string, sight: Sight): void {
    if (sights.get(key) !== 'whole') sights.set(key, sight);
  }

  function look(value: unknown, depth: number, isOfChat: boolean): void {
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) {
      for (const item of value) look(item, depth, isOfChat);
      return;
    }
    const { type, id, attributes } = value as Found;
    if (typeof type !== 'string' || attributes === undefined) return;
    const number = type === 'agent_groups' ? `${attributes.agent_id}/${attributes.group_id}` : id;
    const isWhole = depth === 0 || type === 'messages' || (isOfChat && oddities.copies === 'now');
    note(keyOf(type, number), isWhole ? 'whole' : 'partly');
    if (depth === 0) listed.add(keyOf(type, number));
    for (const inner of Object.values(attributes)) look(inner, depth + 1, type === 'chats');
  }

  function ask(path: string, parameters: Record<string, string> = {}): void {
    const route = answering.routeOf(path);
    for (let page = 1; route !== undefined; page++) {
      const answer = answering.answer(route, path, new URLSearchParams({ ...parameters, page: String(page) }), open);
      if (typeof answer === 'string') return;
      const { data, links } = answer.body as { data?: unknown; links?: { next: string | null } };
      look(data, 0, false);
      if (!links?.next?.startsWith('/')) return;
    }
  }

  const seenOf = (type: string) => [...sights.keys()].filter((key) => key.startsWith(`${type} `)).map((key) => key.slice(type.length + 1));
  const chats = [...account.asOf().chats.values()].filter(({ createdAt }) => createdAt >= startOf(from));
  for (const list of ['agents', 'groups', 'visitors']) ask(`/${list}.json`);
  ask('/chats.json', { start_date: from, end_date: '2100-01-01' });
  for (const task_type of ['operational', 'machine_learning'])
    for (const is_resolved of ['0', '1']) ask('/q_tasks.json', { after: '0', task_type, is_resolved });
  for (const { id } of chats) ask('/messages.json', { chat_id: String(id), include_admin: 'true' });
  for (const { xmppUsername } of account.asOf().visitors.values())
    ask('/messages.json', { visitor_username: xmppUsername, include_admin: 'true' });
  for (const id of seenOf('agents')) {
    ask(`/agent_groups/${id}.json`);
    if (!oddities.lacks.includes('agent_activities')) note(keyOf('agent_activities', id), 'whole');
  }
  return { of: (type, key) => sights.get(keyOf(type, key)), isListed: (type, key) => listed.has(keyOf(type, key)) };
}

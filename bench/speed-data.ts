import type { Activity } from '../src/simulator/account/activity.ts';
import { activityAttributes, messageAttributes } from '../src/simulator/api/record-attributes.ts';

/** Records as the API spells them, in the simulator's shapes; number `from` until before `until`. */
export type MakeRecords = (from: number, until: number, options?: { isChanged?: (id: number) => boolean }) => object[];

export const CLIENT_ID = 77;
export const AGENTS = 20;
export const PER_CHAT = 20;

const BODY = 'I would like to know when my order is going to arrive, it was meant to be here last week. Could you have a look?';
const STATUSES = ['available', 'unavailable', 'offline'] as const;
const STEP_MS = 300_000;
/** A round second, as the API knows no fraction of one. */
const BEGAN_MS = 1_500_000_000_000;

/** Messages, each chat's and visitor's together, half of them an agent's. */
export const makeMessages: MakeRecords = (from, until, { isChanged = () => false } = {}) =>
  range(from, until).map((id) => {
    const chat = Math.ceil(id / PER_CHAT);
    const [agent, visitor] = [{ agentId: agentOf(chat) }, { visitorId: chat }];
    const isAgent = id % 2 === 0;
    const attributes = messageAttributes({
      id,
      chatId: chat,
      from: isAgent ? agent : visitor,
      to: isAgent ? visitor : agent,
      isAdmin: false,
      isInterruptionBlocked: false,
      body: `${BODY} ${id}${isChanged(id) ? ' Thanks.' : ''}`,
      intentId: isAgent ? null : String(id % 40),
      intentProbability: isAgent ? null : (id % 100) / 100,
      labels: [],
      finalIntentId: null,
      createdAt: new Date(BEGAN_MS + id * 1_000),
    });
    return { type: 'messages', id, attributes: { ...attributes, client_id: CLIENT_ID, from_agent: null } };
  });

/** Snapshots of agents, 288 a day of each, an agent's day after its last. */
export const makeSnapshots: MakeRecords = (from, until, { isChanged = () => false } = {}) =>
  range(from, until).map((id) => {
    const shift = isChanged(id) ? 1 : 0;
    const activity: Activity = {
      agentId: 1 + (id % AGENTS),
      snapshotAt: new Date(BEGAN_MS + Math.floor(id / AGENTS) * STEP_MS),
      status: STATUSES[(Math.floor(id / 50) + shift) % STATUSES.length] ?? 'offline',
    };
    return { type: 'agent_activities', id, attributes: { ...activityAttributes(activity), client_id: CLIENT_ID } };
  });

/** Agents, visitors and chats that so many messages refer to, as rows. */
export const parentsOf = (messages: number): { id: number; client_id: number }[] =>
  range(1, 2 + Math.ceil(messages / PER_CHAT)).map((id) => ({ id, client_id: CLIENT_ID }));

/** Bytes of an answer with these records. */
export const answerOf = (records: readonly object[]): Buffer => Buffer.from(JSON.stringify({ data: records }));

export const range = (from: number, until: number): number[] => Array.from({ length: Math.max(0, until - from) }, (_, i) => from + i);

const agentOf = (chat: number): number => 1 + (chat % AGENTS);

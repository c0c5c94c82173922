import type { Answer, Asked } from '../../src/records/answer.ts';
import { parseAnswer } from '../../src/records/parse-answer.ts';
import type { Resource, Row } from '../../src/records/resource.ts';
import agents from '../../src/resources/agents.ts';

/** A moment, so many seconds into a day. */
export const at = (seconds: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds));

/** A record as the API sends it, of account 1 unless its attributes say otherwise. */
export const record = (type: string, id: unknown, attributes: Row = {}) => ({ type, id, attributes: { client_id: 1, ...attributes } });
export const agent = (id: unknown, attributes: Row = {}) => record('agents', id, attributes);
export const chat = (id: unknown, attributes: Row = {}) => record('chats', id, attributes);

/** Parses the `data` of an answer for the list of agents. */
export const parseAgents = (data: unknown, asked?: Asked): Answer => parseAnswer({ data }, agents, asked);

/** The rows an answer holds for a resource; none when it does not speak of it. */
export const rowsOf = (answer: Answer, resource: Resource): Row[] =>
  answer.batches.find((batch) => batch.resource === resource)?.rows ?? [];
export const agentRows = (data: unknown, asked?: Asked): Row[] => rowsOf(parseAgents(data, asked), agents);

/** What was kept aside: key, attribute (null: the whole record), reason. */
export const reasons = ({ rejects }: Answer) => rejects.map(({ recordKey, attribute, reason }) => [recordKey, attribute, reason]);

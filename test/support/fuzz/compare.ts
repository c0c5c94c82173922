import { isDeepStrictEqual } from 'node:util';
import type { Row, Tables } from '../read-tables.ts';
import { type Situation, type Strictness, strictnessOf } from './strictness.ts';
import { type Compared, KINDS } from './tables.ts';

/** A row that is not as the source has it. `via`: what else it comes with, where its own list leaves it out. */
export type Difference = { subject: string; what: string; via?: readonly string[] };

/** The rows that the source had once: what went may stay. */
export type EverHad = Map<Compared, Set<string>>;

/** Notes what the source has. */
export function noteThere(had: EverHad, tables: Tables): void {
  for (const table of Object.keys(KINDS) as Compared[]) {
    const known = had.get(table) ?? new Set();
    had.set(table, known);
    for (const row of tables[table]) known.add(KINDS[table].keyOf(row));
  }
}

/** Where the warehouse is not as the source. Notes what the source has. `past`: what was there before the first run, and copies may show. */
export function compareTables(actual: Tables, expected: Tables, situation: Situation, had: EverHad, past: EverHad): Difference[] {
  noteThere(had, expected);
  return (Object.keys(KINDS) as Compared[]).flatMap((table) => {
    const { subject, keyOf } = KINDS[table];
    const rows = new Map(actual[table].map((row) => [keyOf(row), row]));
    const wanted = new Map(expected[table].map((row) => [keyOf(row), row]));
    const lacking = [...wanted].flatMap(([key, row]) => {
      const strictness = table === 'chatrhub.intents' ? intentStrictness(expected, row, situation) : strictnessOf(table, row, situation);
      const what = howItDiffers(rows.get(key), row, strictness);
      return what ? [{ subject, what: `${table} ${key}: ${what}`, via: viaOf(row, what, situation) }] : [];
    });
    const extra = [...rows].flatMap(([key, row]) =>
      had.get(table)?.has(key) || past.get(table)?.has(key) || row.is_inferred === true || hangsOnLost(table, row, actual, situation)
        ? []
        : [{ subject, what: `${table} ${key}: is not of the source` }],
    );
    return [...lacking, ...extra];
  });
}

/** An agent whom no list holds, a bot for instance, comes with chats. */
export const viaChats = (agentId: number, { seen }: Situation): string[] => (seen && !seen.isListed('agents', agentId) ? ['chats'] : []);

/** What a row comes with beside its own list; labels that were given later, with tasks. */
function viaOf({ agent_id: id }: Row, what: string, situation: Situation): string[] {
  const columns = [...what.matchAll(/(\w+) is /g)].map(([, column = '']) => column);
  if (columns.length > 0 && columns.every((column) => column.includes('manual_'))) return ['tasks'];
  return typeof id === 'number' ? viaChats(id, situation) : [];
}

function howItDiffers(actual: Row | undefined, expected: Row, strictness: Strictness): string | undefined {
  if (strictness === 'any') return undefined;
  if (actual === undefined) return 'is not there';
  if (strictness === 'there') return undefined;
  const { columns = Object.keys(expected), mayBeNull = [] } = strictness;
  const differing = columns.filter(
    (name) => !isDeepStrictEqual(actual[name], expected[name]) && !(actual[name] === null && mayBeNull.includes(name)),
  );
  return differing.length === 0
    ? undefined
    : differing.map((name) => `${name} is ${short(actual[name])}, not ${short(expected[name])}`).join(', ');
}

const short = (value: unknown): string => String(JSON.stringify(value)).slice(0, 60);

/** An intent is to be there when a message or a task that is to be there names it. */
function intentStrictness(expected: Tables, { intent_id: id }: Row, situation: Situation): Strictness {
  const isNamed = (['chatrhub.messages', 'chatrhub.tasks'] as const).some((table) =>
    expected[table].some((row) => {
      const strictness = strictnessOf(table, row, situation);
      if (typeof strictness !== 'object') return false;
      const { columns = Object.keys(row) } = strictness;
      return columns.some((name) => row[name] === id && name.includes('intent'));
    }),
  );
  return isNamed ? {} : 'any';
}

/** Whether a row belongs to a chat or an agent that the source does not have any more: it may have been seen before that. */
function hangsOnLost(table: Compared, row: Row, actual: Tables, { now }: Situation): boolean {
  if (table === 'chatrhub.intents') return true;
  const message = 'message_id' in row && table !== 'chatrhub.tasks' ? row.message_id : undefined;
  const chatId =
    row.chat_id ?? (message === undefined ? undefined : actual['chatrhub.messages'].find(({ message_id: id }) => id === message)?.chat_id);
  if (chatId !== undefined && chatId !== null) return !now.chats.has(Number(chatId));
  return 'agent_id' in row && !now.agents.has(Number(row.agent_id));
}

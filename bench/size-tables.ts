import { DOCUMENTED_LIMITS, parseLimits } from '../src/budget/limits.ts';

/** Bytes by table, with its indexes and what is stored beside it. */
export type Bytes = ReadonlyMap<string, number>;

/** What was measured: counts of what was synced, and bytes of each with all that belongs to it. */
export type Sizes = {
  chats: number;
  messages: number;
  snapshots: number;
  agents: number;
  bodyLength: number;
  messageRequests: number;
  perChat: Bytes;
  perMessage: Bytes;
  perSnapshot: Bytes;
};

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const limits = parseLimits(DOCUMENTED_LIMITS) ?? [];
const allowed = (windowMs: number): number => limits.find((limit) => limit.windowMs === windowMs)?.count ?? Number.NaN;
const [A_DAY, AN_HOUR] = [allowed(DAY_MS), allowed(HOUR_MS)];
/** The share of a day that a backfill leaves, BACKFILL_RESERVE as it comes. */
const RESERVE = 0.25;
const SNAPSHOTS_A_DAY = 288;
/** A team as large as its work: so many chats a day for each agent. */
export const CHATS_OF_AN_AGENT = 25;
const GB = 1e9;

const format = (value: number, digits = 0): string =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });

const tableOf = (rows: readonly (readonly string[])[]): string => {
  const [head = [], ...body] = rows;
  return [head, head.map(() => '---'), ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
};

const sumOf = (bytes: Bytes): number => [...bytes.values()].reduce((sum, of) => sum + of, 0);

/** The tables that have most of the bytes, with their indexes. */
const largestOf = (bytes: Bytes): string =>
  [...bytes]
    .toSorted(([, a], [, b]) => b - a)
    .filter(([, of]) => of >= sumOf(bytes) / 40)
    .map(([table, of]) => `${table} ${format(of)}`)
    .join(', ');

/** Requests of a night beside messages: agents, groups, chats and their report, tasks; activity of each agent, and a seventh of its groups. */
const fixedRequests = (agents: number): number => 6 + agents + agents / 7;

/** What a night of so many chats asks for at most: messages by chat, as few visitors come twice on a day. */
const nightOf = (chats: number): number => fixedRequests(Math.ceil(chats / CHATS_OF_AN_AGENT)) + chats;

/** The tables of docs/scaling.md. */
export function scalingTables(sizes: Sizes): string {
  const requestsPerChat = sizes.messageRequests / sizes.chats;
  const messagesPerChat = sizes.messages / sizes.chats;
  const [perChat, perMessage, perSnapshot] = [sumOf(sizes.perChat), sumOf(sizes.perMessage), sumOf(sizes.perSnapshot)];
  const bytesOfDay = (chats: number): number =>
    chats * (perChat + messagesPerChat * perMessage) + Math.ceil(chats / CHATS_OF_AN_AGENT) * SNAPSHOTS_A_DAY * perSnapshot;
  let most = 0;
  while (nightOf(most + 1) <= A_DAY) most += 1;
  return [
    `An invented account was synced: ${format(sizes.chats)} chats, ${format(sizes.messages)} messages of ${sizes.bodyLength} characters on average, ${format(sizes.snapshots)} snapshots of ${sizes.agents} agents.`,
    tableOf([
      ['one', 'bytes, with versions, indexes, views and notes of runs', 'of these'],
      ['chat, with its visitor', format(perChat), largestOf(sizes.perChat)],
      ['message', format(perMessage), largestOf(sizes.perMessage)],
      ['snapshot of an agent', format(perSnapshot), largestOf(sizes.perSnapshot)],
    ]),
    `A chat has ${format(messagesPerChat, 1)} messages. In a night it takes a request for them, in history ${format(requestsPerChat, 2)}, as visitors come again; a team has an agent for every ${CHATS_OF_AN_AGENT} chats a day. So ${format(A_DAY)} requests a day keep up with **${format(most)} chats a day**. Such an account, the largest of its kind, has`,
    tableOf([
      ['after', 'chats', 'messages', 'snapshots', 'GB'],
      ...[1, 5, 10].map((years) => {
        const days = Math.round(365.25 * years);
        const chats = most * days;
        return [
          `${years} ${years === 1 ? 'year' : 'years'}`,
          format(chats),
          format(chats * messagesPerChat),
          format(Math.ceil(most / CHATS_OF_AN_AGENT) * SNAPSHOTS_A_DAY * days),
          format((bytesOfDay(most) * days) / GB, 0),
        ];
      }),
    ]),
    'Years that a disk holds, half of it kept free for upgrades, rebuilt views and sorting:',
    tableOf([
      ['chats a day', ...DISKS.map((gb) => `${format(gb)} GB`)],
      ...[100, 500, most].map((chats) => [format(chats), ...DISKS.map((gb) => format((gb / 2) * (GB / (bytesOfDay(chats) * 365.25)), 1))]),
    ]),
    `Ten accounts have ten keys and ten budgets: ${format(10 * A_DAY)} requests a day, ${format(10 * A_DAY * 365)} in twelve months. What they do with it, when each also loads three years of history:`,
    tableOf([
      ['chats a day', 'requests a night', 'hours of a night', 'history done in month', 'requests in 12 months', 'of the budget'],
      ...ACCOUNTS.map((share) => yearOf(Math.round(most * share), requestsPerChat)),
    ]),
  ].join('\n\n');
}

const DISKS = [50, 200, 1_000];
/** Ten accounts, as shares of the largest. */
const ACCOUNTS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1];
const YEARS_OF_HISTORY = 3;

/** Twelve months of one account, day by day: its night first, then history with what the night and the reserve leave. */
function yearOf(chats: number, requestsPerChat: number): string[] {
  const night = Math.ceil(nightOf(chats));
  let left = Math.ceil(365.25 * YEARS_OF_HISTORY * chats * requestsPerChat);
  let spent = 0;
  let doneOn: number | undefined;
  for (let day = 1; day <= 365; day += 1) {
    const backfilled = Math.min(left, Math.max(0, Math.floor(A_DAY * (1 - RESERVE)) - night));
    left -= backfilled;
    spent += night + backfilled;
    if (left === 0) doneOn ??= day;
  }
  return [
    format(chats),
    format(night),
    format(night / AN_HOUR, 1),
    doneOn === undefined
      ? `later: ${format(left / (chats * requestsPerChat) / 365.25, 1)} years are left`
      : String(Math.ceil(doneOn / 30.44)),
    format(spent),
    `${format((100 * spent) / (A_DAY * 365))}%`,
  ];
}

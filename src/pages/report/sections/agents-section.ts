import { dayStart, secondsBetween } from '../../../analytics/local-time.ts';
import { averages, type ChatCount, counts, orZero } from '../../../analytics/measures.ts';
import { count, counted } from '../../../counted.ts';
import type { Client } from '../../../warehouse/connection/database.ts';
import { type Html, html } from '../../html.ts';
import { type Column, table } from '../html-table.ts';
import { namesOf } from '../names.ts';
import { decimal, duration, hours, NONE, percent, type Share } from '../numbers.ts';
import { type Group, IN_SCOPE, type Scope, scopeValues } from '../scope.ts';
import { nothing, quietIfFew, rate, section } from '../section.ts';

const CHATS = [
  'chat_count',
  'served_chat_count',
  'missed_chat_count',
  'missed_unknown_chat_count',
  'rated_chat_count',
  'great_chat_count',
  'first_response_chat_count',
] as const satisfies readonly ChatCount[];
const TIMES = [
  'observed_seconds',
  'online_seconds',
  'engaged_seconds',
  'assigned_seconds',
  'chat_seconds',
  'estimated_chat_count',
] as const;

/** What an agent did in a period. Times are 0 where `observed_seconds` is: nothing was seen of the agent then; and where only one group is asked for. */
export type AgentLine = Record<(typeof CHATS)[number] | (typeof TIMES)[number], number> & {
  agent_id: number;
  agent_name: string | null;
  is_bot: boolean;
  period_seconds: number;
  median_first_response_seconds: number | null;
};

/** Reads what each agent with chats or online time did, the busiest first. Which group an agent is online for nobody tells. */
export async function readAgents(client: Client, scope: Scope): Promise<AgentLine[]> {
  const { rows } = await client.query<AgentLine>(
    `select agent_id, coalesce(c.agent_name, t.agent_name) as agent_name, coalesce(c.is_bot, t.is_bot) is true as is_bot,
       ${orZero(CHATS, 'c')}, c.median_first_response_seconds, ${orZero(TIMES, 't')},
       ${secondsBetween(dayStart('$1::date'), dayStart('$2::date'))} as period_seconds
     from (
       select agent_id, agent_name, is_bot, ${counts(CHATS)}, ${averages}
       from chatrhub_bi.chats_enriched where is_counted and agent_id is not null and ${IN_SCOPE} group by agent_id, agent_name, is_bot
     ) c
     full join (
       select agent_id, agent_name, is_bot, ${TIMES.map((name) => `sum(${name})::double precision as ${name}`).join(', ')}
       from chatrhub_bi.agent_daily_performance where date_day >= $1::date and date_day < $2::date and $3::bigint is null
       group by agent_id, agent_name, is_bot
     ) t using (agent_id)
     where c.chat_count > 0 or t.online_seconds > 0 order by served_chat_count desc, agent_id`,
    scopeValues(scope),
  );
  return rows;
}

/** How much of their online time people wrote in a chat, or had one that was open. */
export function occupancyOf(agents: readonly AgentLine[], of: 'engaged_seconds' | 'assigned_seconds' = 'engaged_seconds'): Share {
  const people = agents.filter(({ is_bot }) => !is_bot);
  const sum = (name: 'engaged_seconds' | 'assigned_seconds' | 'online_seconds') => people.reduce((total, agent) => total + agent[name], 0);
  return { part: sum(of), whole: sum('online_seconds') };
}

const WIDTH = 56;

/** A share as a number and a bar. */
const withBar = (share: Share): Html => html`${percent(share)} <svg class="part" width="${WIDTH}" height="8" aria-hidden="true"
  ><rect class="whole" width="${WIDTH}" height="8" rx="4"/>${
    share.whole > 0 && html`<rect width="${Math.round((WIDTH * Math.min(share.part, share.whole)) / share.whole)}" height="8" rx="4"/>`
  }</svg>`;

const CSAT: Column<AgentLine> = {
  head: 'rated great',
  cell: ({ great_chat_count: part, rated_chat_count: whole }) => rate({ part, whole }),
};
const OF_BOTS: readonly Column<AgentLine>[] = [
  { head: 'served', cell: ({ served_chat_count }) => count(served_chat_count) },
  {
    head: 'missed',
    cell: ({ missed_chat_count: part, chat_count: whole, missed_unknown_chat_count: unknown }) => rate({ part, whole }, unknown),
  },
  CSAT,
];
const OF_PEOPLE: readonly Column<AgentLine>[] = [
  ...OF_BOTS,
  {
    head: 'median answer',
    cell: ({ median_first_response_seconds: median, first_response_chat_count: n }) => quietIfFew(duration(median), n),
  },
];
const OF_TIME: readonly Column<AgentLine>[] = [
  { head: 'hours online', cell: ({ observed_seconds, online_seconds }) => (observed_seconds > 0 ? hours(online_seconds) : NONE) },
  {
    head: 'status known',
    cell: ({ observed_seconds: part, period_seconds: whole }) => html`<span class="quiet">${percent({ part, whole })}</span>`,
  },
  { head: 'occupied', cell: ({ engaged_seconds: part, online_seconds: whole }) => withBar({ part, whole }) },
  {
    head: 'chat left open',
    cell: ({ assigned_seconds: part, online_seconds: whole }) => html`<span class="quiet">${percent({ part, whole })}</span>`,
  },
  {
    head: 'chats at once',
    cell: ({ chat_seconds, engaged_seconds }) => decimal(engaged_seconds > 0 ? chat_seconds / engaged_seconds : null),
  },
];

/** What each person and each bot did; the time of people where it is not of one group. */
export function agentsSection(agents: readonly AgentLine[], chatCount: number, group: Group | undefined): Html {
  const [people, bots] = [agents.filter(({ is_bot }) => !is_bot), agents.filter(({ is_bot }) => is_bot)];
  const nobodys = chatCount - agents.reduce((total, { chat_count }) => total + chat_count, 0);
  const estimated = people.reduce((total, { estimated_chat_count }) => total + estimated_chat_count, 0);
  const nameOf = namesOf(
    'agent',
    agents.map(({ agent_id: id, agent_name: name }) => ({ id, name })),
  );
  const name = { head: 'agent', cell: ({ agent_id }: AgentLine) => nameOf(agent_id) };
  const busy = occupancyOf(agents);
  return section(
    'agents',
    'Agents',
    html`${
      !group &&
      html`People were busy with a chat for <strong>${percent(busy)}</strong> of the ${hours(busy.whole)} hours they were online; a chat was open
      with them for ${percent(occupancyOf(agents, 'assigned_seconds'))}.${estimated > 0 && ` Of ${counted(estimated, 'chat')} the messages are not here: they count until they were closed.`}`
    } A chat belongs to the agent it is recorded against.${nobodys > 0 && ` ${counted(nobodys, 'chat')} recorded against none are not in the tables.`}`,
    people.length > 0
      ? html`<div class="people">${table('People', [name, ...OF_PEOPLE, ...(group ? [] : OF_TIME)], people)}</div>`
      : nothing('No person had a chat or was online.'),
    bots.length > 0 && html`<h3>Bots</h3>${table('Bots', [name, ...OF_BOTS], bots)}`,
    !group &&
      html`<p class="quiet">Online is available or unavailable; unavailable may mean full or switched off: the source does not distinguish them.
      Occupied: part of the online time with at least one chat in which somebody wrote within five minutes. Left open: the part with at least one chat that had
      not ended, whether or not anybody wrote.</p>`,
    html`<p class="quiet">Rates of fewer than 20 are grey.</p>`,
  );
}

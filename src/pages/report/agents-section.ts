import { dayStart, secondsBetween } from '../../analytics/local-time.ts';
import { count, counted } from '../../counted.ts';
import type { Period } from '../../time/period.ts';
import type { Client } from '../../warehouse/connection/database.ts';
import { type Html, html } from '../html.ts';
import { type Column, table } from './html-table.ts';
import { decimal, duration, hours, NONE, percent, type Share } from './numbers.ts';
import { nothing, quietIfFew, rate, section } from './section.ts';

/** What an agent did in a period. Seconds are 0 where `known_seconds` is, too: nothing was seen of the agent then. */
export type AgentLine = {
  agent_id: number;
  agent_name: string | null;
  is_bot: boolean;
  chat_count: number;
  served_chat_count: number;
  missed_chat_count: number;
  rated_chat_count: number;
  great_chat_count: number;
  known_seconds: number;
  period_seconds: number;
  online_seconds: number;
  engaged_seconds: number;
  chat_seconds: number;
  median_first_response_seconds: number | null;
  first_response_chat_count: number;
};

const SUMS = [
  'chat_count',
  'served_chat_count',
  'missed_chat_count',
  'rated_chat_count',
  'great_chat_count',
  'online_seconds',
  'engaged_seconds',
  'chat_seconds',
];

/** Reads what each agent with chats or online time did, the busiest first. */
export async function readAgents(client: Client, { from, until }: Period): Promise<AgentLine[]> {
  const { rows } = await client.query<AgentLine>(
    `select agent_id, d.agent_name, d.is_bot, ${SUMS.map((name) => `d.${name}`).join(', ')}, d.known_seconds,
       ${secondsBetween(dayStart('$1::date'), dayStart('$2::date'))} as period_seconds,
       r.median_first_response_seconds, coalesce(r.first_response_chat_count, 0) as first_response_chat_count
     from (
       select agent_id, agent_name, is_bot, ${SUMS.map((name) => `sum(${name})::double precision as ${name}`).join(', ')},
         sum(observed_seconds)::double precision as known_seconds
       from chatrhub_bi.agent_daily_performance where date_day >= $1::date and date_day < $2::date
       group by agent_id, agent_name, is_bot
     ) d
     left join (
       select agent_id, count(first_response_seconds) as first_response_chat_count,
         percentile_cont(0.5) within group (order by first_response_seconds) as median_first_response_seconds
       from chatrhub_bi.chats_enriched where is_counted and date_day >= $1::date and date_day < $2::date group by agent_id
     ) r using (agent_id)
     where d.chat_count > 0 or d.online_seconds > 0 order by d.served_chat_count desc, agent_id`,
    [from, until],
  );
  return rows;
}

/** How much of their online time people had a chat. */
export function occupancyOf(agents: readonly AgentLine[]): Share {
  const people = agents.filter(({ is_bot }) => !is_bot);
  const sum = (name: 'engaged_seconds' | 'online_seconds') => people.reduce((total, agent) => total + agent[name], 0);
  return { part: sum('engaged_seconds'), whole: sum('online_seconds') };
}

const WIDTH = 56;

/** A share as a number and a bar. */
const withBar = (share: Share): Html => html`${percent(share)} <svg class="part" width="${WIDTH}" height="8" aria-hidden="true"
  ><rect class="whole" width="${WIDTH}" height="8" rx="4"/>${
    share.whole > 0 && html`<rect width="${Math.round((WIDTH * Math.min(share.part, share.whole)) / share.whole)}" height="8" rx="4"/>`
  }</svg>`;

const OF_CHATS: readonly Column<AgentLine>[] = [
  { head: 'agent', cell: ({ agent_name, agent_id }) => agent_name ?? `agent ${agent_id}` },
  { head: 'served', cell: ({ served_chat_count }) => count(served_chat_count) },
  { head: 'missed', cell: ({ missed_chat_count: part, chat_count: whole }) => rate({ part, whole }) },
];
const CSAT: readonly Column<AgentLine>[] = [
  { head: 'rated great', cell: ({ great_chat_count: part, rated_chat_count: whole }) => rate({ part, whole }) },
];
const OF_PEOPLE: readonly Column<AgentLine>[] = [
  ...OF_CHATS,
  {
    head: 'median answer',
    cell: ({ median_first_response_seconds: median, first_response_chat_count: n }) => quietIfFew(duration(median), n),
  },
  ...CSAT,
  { head: 'hours online', cell: ({ known_seconds, online_seconds }) => (known_seconds > 0 ? hours(online_seconds) : NONE) },
  {
    head: 'status known',
    cell: ({ known_seconds: part, period_seconds: whole }) => html`<span class="quiet">${percent({ part, whole })}</span>`,
  },
  { head: 'occupied', cell: ({ engaged_seconds: part, online_seconds: whole }) => withBar({ part, whole }) },
  {
    head: 'chats at once',
    cell: ({ chat_seconds, engaged_seconds }) => decimal(engaged_seconds > 0 ? chat_seconds / engaged_seconds : null),
  },
];
const OF_BOTS = [...OF_CHATS, ...CSAT];

/** What each person and each bot did. */
export function agentsSection(agents: readonly AgentLine[], chatCount: number): Html {
  const [people, bots] = [agents.filter(({ is_bot }) => !is_bot), agents.filter(({ is_bot }) => is_bot)];
  const nobodys = chatCount - agents.reduce((total, { chat_count }) => total + chat_count, 0);
  return section(
    'agents',
    'Agents',
    html`People were busy with a chat for <strong>${percent(occupancyOf(agents))}</strong> of the ${hours(occupancyOf(agents).whole)} hours they were
      online. A chat belongs to the agent it is recorded against.${nobodys > 0 && ` ${counted(nobodys, 'chat')} recorded against none are not in the tables.`}`,
    people.length > 0
      ? html`<div class="people">${table('People', OF_PEOPLE, people)}</div>`
      : nothing('No person had a chat or was online.'),
    bots.length > 0 && html`<h3>Bots</h3>${table('Bots', OF_BOTS, bots)}`,
    html`<p class="quiet">Online is available or unavailable; unavailable may mean full or switched off, which the source does not tell.
      Occupied: part of the online time with at least one chat. Rates of fewer than 20 are grey.</p>`,
  );
}

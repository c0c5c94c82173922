import { count, counted } from '../../../counted.ts';
import type { Client } from '../../../warehouse/connection/database.ts';
import { type Html, html } from '../../html.ts';
import { table } from '../html-table.ts';
import { namesOf } from '../names.ts';
import { duration, partOf, percent } from '../numbers.ts';
import type { Figures } from '../report-figures.ts';
import { IN_SCOPE, type Scope, scopeValues } from '../scope.ts';
import { nothing, quietIfFew, rate, section } from '../section.ts';

/** How often one agent handed a chat to another, and how long visitors waited then: of `wait_count` transfers it is known. */
type Handover = {
  from_id: number | null;
  from_name: string | null;
  is_from_bot: boolean;
  to_id: number;
  to_name: string | null;
  is_to_bot: boolean;
  transfer_count: number;
  wait_count: number;
  median_wait_seconds: number | null;
  missed_count: number;
  missed_unknown_count: number;
};
export type Transfers = { wait_count: number; median_wait_seconds: number | null; handovers: readonly Handover[] };

const WAITS = `count(first_response_seconds) as wait_count,
  percentile_cont(0.5) within group (order by first_response_seconds) as median_wait_seconds`;

/** Reads who handed chats to whom, the most frequent first. */
export async function readTransfers(client: Client, scope: Scope): Promise<Transfers> {
  const { rows } = await client.query<Handover & { is_total: boolean }>(
    `select from_agent_id as from_id, from_agent_name as from_name, is_from_bot, to_agent_id as to_id, to_agent_name as to_name, is_to_bot,
       count(*) as transfer_count, ${WAITS},
       count(*) filter (where is_missed) as missed_count, count(*) filter (where is_missed is null) as missed_unknown_count,
       grouping(to_agent_id) = 1 as is_total
     from chatrhub_bi.transfers where is_counted and ${IN_SCOPE}
     group by grouping sets ((from_agent_id, from_agent_name, is_from_bot, to_agent_id, to_agent_name, is_to_bot), ())
     order by transfer_count desc, from_id, to_id`,
    scopeValues(scope),
  );
  const total = rows.find(({ is_total }) => is_total);
  return {
    wait_count: total?.wait_count ?? 0,
    median_wait_seconds: total?.median_wait_seconds ?? null,
    handovers: rows.filter(({ is_total }) => !is_total),
  };
}

const MOST = 20;

/** Transfers between agents, and how visitors fare. */
export function transfersSection(
  { wait_count, median_wait_seconds, handovers }: Transfers,
  { transferred_chat_count, served_chat_count }: Figures,
): Html {
  const title = 'Transfers between agents';
  const share = { part: transferred_chat_count, whole: served_chat_count };
  if (handovers.length === 0) return section('transfers', title, undefined, nothing('No chat was transferred in this period.'));
  const nameOf = namesOf(
    'agent',
    handovers.flatMap(({ from_id, from_name, to_id, to_name }) => [
      ...(from_id === null ? [] : [{ id: from_id, name: from_name }]),
      { id: to_id, name: to_name },
    ]),
  );
  const label = (id: number | null, isBot: boolean): string => (id === null ? 'nobody' : `${nameOf(id)}${isBot ? ', bot' : ''}`);
  const more = handovers.length - MOST;
  return section(
    'transfers',
    title,
    html`${counted(share.part, 'chat')} were handed over (${percent(share)} of ${count(share.whole)} served). After that, visitors waited
      <strong>${duration(median_wait_seconds)}</strong> (median) for the one who took over, where the messages tell (${partOf({ part: wait_count, whole: share.part })}).`,
    table(
      'Handovers',
      [
        { head: 'from', cell: ({ from_id, is_from_bot }) => label(from_id, is_from_bot) },
        { head: 'to', cell: ({ to_id, is_to_bot }) => label(to_id, is_to_bot), isText: true },
        { head: 'chats', cell: ({ transfer_count }) => count(transfer_count) },
        { head: 'median wait', cell: ({ median_wait_seconds: wait, wait_count: n }) => quietIfFew(duration(wait), n) },
        { head: 'wait known', cell: ({ wait_count: part, transfer_count: whole }) => rate({ part, whole }) },
        {
          head: 'missed',
          cell: ({ missed_count: part, transfer_count: whole, missed_unknown_count: unknown }) => rate({ part, whole }, unknown),
        },
      ],
      handovers.slice(0, MOST),
    ),
    more > 0 && html`<p class="quiet">The ${MOST} most frequent; ${counted(more, 'pair')} more ${more === 1 ? 'is' : 'are'} not shown.</p>`,
    html`<p class="quiet">Of several transfers of a chat, the source has only the last one, without its time.
      The wait begins with the visitor's first message after the last one of the agent before.</p>`,
  );
}

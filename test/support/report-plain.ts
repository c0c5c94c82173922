import type pg from 'pg';

type Chat = {
  chat_id: number;
  chat_type: string;
  created_at: Date;
  is_beat_out: boolean | null;
  is_terminated: boolean | null;
  is_missed: boolean | null;
  overall_rating: number | null;
  messages_synced_at: Date | null;
};
type Message = { chat_id: number; created_at: Date; from_visitor_id: number | null; is_human: boolean };

export type PlainFigures = {
  chats: number;
  missed: number;
  missedUnknown: number;
  rated: number;
  great: number;
  withMessages: number;
  answered: number;
  medianSeconds: number | undefined;
};

/** What the head of a report must say of some UTC days, `until` excluded: counted in plain loops over the rows, without any view. */
export async function countPlainly(pool: Pick<pg.Pool, 'query'>, from: string, until: string): Promise<PlainFigures> {
  const { rows: chats } = await pool.query<Chat>('select * from chatrhub.chats');
  const { rows: messages } = await pool.query<Message>(
    `select m.chat_id, m.created_at, m.from_visitor_id, m.from_agent_id is not null and a.is_bot is not true as is_human
     from chatrhub.messages m left join chatrhub.agents a on a.agent_id = m.from_agent_id
     where m.is_admin is not true and m.is_interruption_blocked is not true order by m.created_at, m.message_id`,
  );
  const figures: PlainFigures = {
    chats: 0,
    missed: 0,
    missedUnknown: 0,
    rated: 0,
    great: 0,
    withMessages: 0,
    answered: 0,
    medianSeconds: undefined,
  };
  const waits: number[] = [];
  for (const chat of chats) {
    const day = chat.created_at?.toISOString().slice(0, 10);
    if (!day || day < from || day >= until) continue;
    if (chat.chat_type !== 'visitor' || chat.is_beat_out || chat.is_terminated) continue;
    figures.chats += 1;
    if (chat.is_missed) figures.missed += 1;
    if (chat.is_missed === null) figures.missedUnknown += 1;
    if (chat.overall_rating !== null) figures.rated += 1;
    if (chat.overall_rating === 3) figures.great += 1;
    if (chat.messages_synced_at) figures.withMessages += 1;
    else continue;
    const own = messages.filter(({ chat_id }) => chat_id === chat.chat_id);
    const asked = own.findIndex(({ from_visitor_id }) => from_visitor_id !== null);
    const answer = asked < 0 ? undefined : own.slice(asked).find(({ is_human }) => is_human);
    const began = own[asked]?.created_at;
    if (answer && began) waits.push((answer.created_at.getTime() - began.getTime()) / 1_000);
  }
  figures.answered = waits.length;
  waits.sort((a, b) => a - b);
  const [lower, upper] = [waits[Math.floor((waits.length - 1) / 2)], waits[Math.ceil((waits.length - 1) / 2)]];
  if (lower !== undefined && upper !== undefined) figures.medianSeconds = (lower + upper) / 2;
  return figures;
}

/** What a tile of the report's head says: its value, what it is of, and what it was before. */
export function readTile(html: string, name: string): { value: string; of: string; change: string } {
  const tile = html.split('<div class="tile">').find((part) => part.startsWith(`<h2>${name}</h2>`)) ?? '';
  const text = (kind: string): string => new RegExp(`<p class="${kind}[^"]*">([^<]*)`).exec(tile)?.[1]?.replaceAll('\u00a0', ' ') ?? '';
  return { value: text('value'), of: text('of'), change: text('change') };
}

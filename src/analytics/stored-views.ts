import type { View, ViewDefinition } from '../records/view.ts';

/** Where heavy views are stored. */
export const STORE = 'chatrhub_bi_store';

/** What the database holds for a view: a table of what is stored of it, where something is, and the view that shows it. */
export function definitionsOf({ schema, name, sql, stored }: View): ViewDefinition[] {
  const shown = schema === STORE ? [] : [{ schema, name, sql }];
  return stored ? [{ schema: STORE, name, ...stored }, ...shown] : shown;
}

/** SQL: the days whose chats are counted again, of those from the first to the last with a chat. */
export const daysWithChats = `
  select d.date_day
  from bi_days d, (select min(created_at) as first_at, max(created_at) as last_at from chatrhub.chats) bounds
  where d.has_chats and d.ends_at > bounds.first_at and d.starts_at <= bounds.last_at`;

/** SQL: the chats of these days, as they are stored. What is counted of days is counted of these rows alone: they tell which days changed. */
export const chatsByDay = `bi_days d join ${STORE}.chats_enriched e on e.date_day = d.date_day and d.has_chats`;

import { type Account, createAccount } from '../../src/simulator/account/account.ts';
import { createAnswering } from '../../src/simulator/api/answering.ts';
import { NO_ODDITIES, type Oddities } from '../../src/simulator/api/oddities.ts';

export type Record = { type?: string; id: number; attributes: { [name: string]: unknown } };

/** Days that hold the whole account. */
export const MARCH = { start_date: '2026-02-01', end_date: '2026-03-31' };

export const smallAccount = (): Account =>
  createAccount({ seed: 7, agents: 6, days: 6, chats: 240, now: new Date('2026-03-04T21:00:00Z') });

/** The body that a source answers with, without HTTP; undefined when it answers with another status than 200. */
export function ask(account: Account, path: string, query: { [name: string]: string }, oddities: Partial<Oddities> = {}): unknown {
  const answering = createAnswering(account, '/api/v1');
  const route = answering.routeOf(path);
  if (!route) throw new RangeError(`there is no ${path}`);
  const answer = answering.answer(route, path, new URLSearchParams(query), { ...NO_ODDITIES, ...oddities });
  return typeof answer === 'string' ? undefined : answer.body;
}

export const dataOf = (body: unknown): Record[] => (body as { data: Record[] }).data;

export const rowsOf = (account: Account, path: string, query: { [name: string]: string }, oddities: Partial<Oddities> = {}): Record[] =>
  dataOf(ask(account, path, query, oddities));

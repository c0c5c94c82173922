import { moment } from './age-words.ts';

/** What the newest record of a resource is, where it is not a change. */
const NEWEST: Readonly<Record<string, string>> = {
  visitors: 'newest visitor appeared',
  chats: 'newest chat began',
  messages: 'newest message was sent',
  agent_activities: 'newest snapshot was taken',
};
const CHANGE = 'newest change was made';

/** What the newest record of a resource is, to be followed by when: `newest chat began`. */
export const newestWords = (resource: string): string => NEWEST[resource] ?? CHANGE;

/** Up to when the records of a resource tell, in a time zone that is named elsewhere: `newest chat began 22 Nov 2026, 14:05`. */
export function reachWords(resource: string, { rows, until, timeZone }: { rows: number; until: Date | null; timeZone: string }): string {
  if (until) return `${newestWords(resource)} ${moment(until, timeZone)}`;
  return rows === 0 ? 'no record yet' : 'newest record is not known';
}

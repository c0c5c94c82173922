import type { Period } from '../time/period.ts';
import type { About } from './doubts.ts';

/* The names of claims: what a request is to settle is called the same by whoever judges it, tonight or next week. */

/** That a list is whole: of everything there is, or of what belongs to a parent (`agent_groups agent_id=4`). */
export const claimOfList = ({ name }: { name: string }, parent: Readonly<Record<string, unknown>> = {}): string =>
  [name, ...Object.entries(parent).map(([attribute, id]) => `${attribute}=${id}`)].join(' ');

/** That days are whole, of a resource or one scope; those that syncs look after are one claim, which moves on with them: the newest. */
export const claimOfDays = (resource: string, { from, until }: Period, scope = '', isNewest = false): string =>
  `${resource} ${scope ? `${scope} ` : ''}${isNewest ? 'newest' : `${from}..${until}`}`;

/** What is not known of any days, as there is no report: one doubt says so. */
export const claimOfReport = (resource: string): string => `${resource} report`;

/** The records of a chat, such as its messages. */
export const aboutChat = ({ name }: { name: string }, chatId: number): About => ({
  resource: name,
  claim: `${name} chat_id=${chatId}`,
  subject: `chat ${chatId}`,
});

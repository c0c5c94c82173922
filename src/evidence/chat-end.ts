import { SURELY_OVER_MS } from '../source/request-plan.ts';

/** When a chat that has ended did so: those that nobody took have no duration, but were changed when they ended. */
export const ENDED_AT = (chat = ''): string =>
  `coalesce(${chat}created_at + ${chat}duration_seconds * interval '1 second', ${chat}updated_at)`;

/** When it is surely over: the clocks of source and database may differ. */
export const SURELY_OVER_AT = (chat = ''): string => `${ENDED_AT(chat)} + interval '${SURELY_OVER_MS} ms'`;

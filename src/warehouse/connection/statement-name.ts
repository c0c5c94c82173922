import { randomBytes } from 'node:crypto';

/** A pooler may hand on a session with what an earlier process prepared in it. */
const OURS = randomBytes(4).toString('hex');

/** The name of a prepared statement, which is this process's alone; `name`: at most 50 characters. */
export const statementName = (name: string): string => `${OURS}_${name}`;

import type pg from 'pg';
import { createDatabase, type Database } from '../../src/warehouse/connection/database.ts';
import { fakeClockUrl, NOTE_BEGINNING } from './fake-clock.ts';

type Statement = { text: string; pid: number; isInTransaction: boolean };

/** Decides when a statement is executed, and with which text. */
type Conductor = (statement: Statement, execute: (text: string) => Promise<pg.QueryResult>) => Promise<pg.QueryResult>;

export type ConductedDatabase = { database: Database; conduct(conductor: Conductor): void };

/** A transaction begins by itself, or with its first statement. */
const BEGINS = /^begin;?/;

type Query = (text: string, values?: unknown[]) => Promise<pg.QueryResult>;
type Callback = (error: Error | undefined, result?: pg.QueryResult) => void;

/** More than can be under way at a time, as nobody may wait for a session. They are opened when needed. */
const MOST_SESSIONS = 10;

/** The database as the project itself opens it, but with a fake clock, and every statement is its conductor's to execute. */
export function createConductedDatabase(url: string): ConductedDatabase {
  let conductor: Conductor = ({ text }, execute) => execute(text);
  const onSession = (client: pg.ClientBase) => intercept(client, (statement, execute) => conductor(statement, execute));
  const database = createDatabase(fakeClockUrl(url), { max: MOST_SESSIONS, onSession });
  return {
    database,
    conduct(next) {
      conductor = next;
    },
  };
}

function intercept(client: pg.ClientBase, conductor: Conductor): void {
  const { processID: pid } = client as pg.ClientBase & { processID: number };
  const execute: Query = client.query.bind(client);
  let isInTransaction = false;

  const query: Query = async (text, values) => {
    const result = await conductor({ text, pid, isInTransaction }, (rewritten) =>
      BEGINS.test(text) ? execute(rewritten.replace(BEGINS, `begin; ${NOTE_BEGINNING};`)) : execute(rewritten, values),
    );
    isInTransaction = BEGINS.test(text) || (isInTransaction && text !== 'commit' && text !== 'rollback');
    return result;
  };
  // The pool's own `query` is not content with a promise.
  client.query = ((given: string | pg.QueryConfig, of?: unknown[], callback?: Callback) => {
    // Without its name: the conductor may have another text executed.
    const { text, values } = typeof given === 'string' ? { text: given, values: of } : given;
    const result = query(text, values);
    if (!callback) return result;
    result.then((rows) => callback(undefined, rows), callback);
  }) as typeof client.query;
}

import { createHistory } from './history.ts';
import { createSnapshot, type Snapshot } from './snapshot.ts';
import { addSeconds, DAY, HOUR, MINUTE } from './time.ts';

export type AccountOptions = {
  readonly seed: string | number;
  /** All agents, bots and the terminated one included; at least 4. */
  readonly agents?: number;
  /** Days of history before `now`. */
  readonly days?: number;
  /** Chats in that history, about. */
  readonly chats?: number;
  /** The birth moment; the real time by default. */
  readonly now?: Date;
  /** The account's time follows the real clock; else only by `advance` and `setNow`. */
  readonly followClock?: boolean;
  /** Links of agents and groups change too, and agents, groups, links and chats are deleted and restored. */
  readonly isRestless?: boolean;
  /** Chats of the week before last are rated, and deleted. */
  readonly isLate?: boolean;
  /** So long apart are the snapshots of agents; the API's documentation says five minutes. */
  readonly snapshotMinutes?: number;
  /** On the evening of so many days after the birth moment an agent is terminated. */
  readonly leavesAfter?: number;
};

export type Account = {
  readonly clientId: number;
  /** Nothing but agents, groups and their links is older. */
  readonly startedAt: Date;
  /** The account's time, a whole second. */
  now(): Date;
  setNow(date: Date): void;
  /** Lets time pass; returns the new time. */
  advance(time: { days?: number; hours?: number; minutes?: number }): Date;
  /** The account at a moment, the present one by default. */
  asOf(t?: Date): Snapshot;
};

export const CLIENT_ID = 77;

/** An invented ChatrHub account: a pure function of seed, options and time, with a past and an endless future. */
export function createAccount({
  seed,
  agents = 12,
  days = 30,
  chats = 1500,
  now: born = new Date(),
  followClock = false,
  isRestless = false,
  isLate = false,
  snapshotMinutes = 5,
  leavesAfter,
}: AccountOptions): Account {
  const bornAt = addSeconds(born, 0);
  const startedAt = addSeconds(bornAt, -days * DAY);
  const history = createHistory({ seed, agents, chatsPerDay: chats / days, startedAt, bornAt, isRestless, isLate, leavesAfter });
  const clock = followClock ? () => Date.now() : () => 0;
  let shiftMs = bornAt.getTime() - clock();
  let latest: Snapshot | undefined;

  const now = () => addSeconds(new Date(shiftMs + clock()), 0);
  const setNow = (date: Date) => {
    shiftMs = date.getTime() - clock();
  };
  return {
    clientId: CLIENT_ID,
    startedAt,
    now,
    setNow,
    advance: ({ days = 0, hours = 0, minutes = 0 }) => {
      setNow(addSeconds(now(), days * DAY + hours * HOUR + minutes * MINUTE));
      return now();
    },
    asOf: (t = now()) => {
      if (latest?.at.getTime() !== t.getTime()) latest = createSnapshot(history, seed, startedAt, t, snapshotMinutes * MINUTE);
      return latest;
    },
  };
}

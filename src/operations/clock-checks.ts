import { type Finding, ok, warn } from './finding.ts';

/** Differences below this are no matter: answers take their time, and the API tells whole seconds. */
const TOLERATED_MS = 60_000;

/** Compares clocks that were read at the same time as this machine's was; those that could not be read are left out. */
export function checkClocks(clocks: Readonly<Record<string, { at: Date; machine: Date } | undefined>>): Finding[] {
  return Object.entries(clocks).flatMap(([name, read]) => {
    if (!read) return [];
    const aheadMs = read.at.getTime() - read.machine.getTime();
    const seconds = Math.round(Math.abs(aheadMs) / 1_000);
    if (Math.abs(aheadMs) < TOLERATED_MS) return [ok('clock', `${name} and this machine differ by ${seconds} s`)];
    return [
      warn(
        'clock',
        `${name} is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} this machine`,
        'let both follow NTP: these clocks count days and waiting times',
      ),
    ];
  });
}

/** When `schedule` syncs next. */
export const checkSchedule = (next: Date | undefined): Finding =>
  next
    ? ok('schedule', `the next sync by schedule is at ${next.toISOString()}`)
    : warn('schedule', 'SYNC_CRON never matches a time', 'set it to one that does, such as 0 2 * * *');

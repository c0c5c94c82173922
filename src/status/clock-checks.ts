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
        'let both follow NTP: days and waiting times are counted by these clocks',
      ),
    ];
  });
}

const localTime = (date: Date, timeZone: string): { minutes: number; offset: string } => {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'longOffset',
  });
  const of = (type: string) => parts.formatToParts(date).find((part) => part.type === type)?.value ?? '';
  return { minutes: Number(of('hour')) * 60 + Number(of('minute')), offset: of('timeZoneName') };
};

const DAY_MS = 86_400_000;

/** When `schedule` runs next, from its next runs; and whether one of them falls into the hours that clocks skip or repeat. */
export function checkSchedule(runs: readonly Date[], timeZone: string, now: Date): Finding {
  const [next] = runs;
  if (!next) return warn('schedule', 'SYNC_CRON never comes', 'set it to a time that does, such as 0 2 * * *');
  const text = `the next sync by schedule is at ${next.toISOString()}`;
  const offsets = Array.from({ length: 12 }, (_, month) => localTime(new Date(now.getTime() + month * 30 * DAY_MS), timeZone).offset);
  const isInGap = runs.some((run) => {
    const { minutes } = localTime(run, timeZone);
    return minutes >= 60 && minutes < 180;
  });
  // Where it runs every hour or more often, one that is skipped is no matter.
  const isOften = runs.length > 1 && (runs[1]?.getTime() ?? 0) - next.getTime() <= DAY_MS / 24;
  if (new Set(offsets).size === 1 || !isInGap || isOften) return ok('schedule', text);
  return warn(
    'schedule',
    `${text}; ${timeZone} changes its clocks between 01:00 and 03:00: a run can be skipped or come twice that day`,
    'set SYNC_TIMEZONE=UTC, or another hour in SYNC_CRON',
  );
}

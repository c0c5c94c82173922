import { createRandom, type Random } from './random.ts';
import { addSeconds, HOUR, isWeekend, localDay, MINUTE, startOfLocalDay } from './time.ts';

/** How busy each local hour is, from midnight on. */
const HOURS = [1, 1, 1, 1, 1, 2, 4, 12, 30, 55, 65, 60, 45, 50, 60, 58, 50, 35, 20, 15, 12, 8, 5, 2] as const;
const TOTAL = HOURS.reduce((sum: number, weight) => sum + weight, 0);
/** Share of an average day, so that five working days and a weekend make seven. */
const SHARE = { working: 1.23, weekend: 0.425 };
/** A contact makes 1.13 chats on average: agents that were beaten to it have a row of their own. */
const CHATS_PER_CONTACT = 1.13;
/** Seconds before the birth moment at which somebody came, so that a new account always has open chats. */
const FRESH = [600, 200, 40];

/** When people get in touch on one local day, in order; none in its last ten minutes, so that a day's talk ends with it. */
export function arrivals(seed: string | number, day: number, chatsPerDay: number, bornAt: Date): Date[] {
  const random = createRandom(seed, 'arrivals', day);
  const mean = (chatsPerDay / CHATS_PER_CONTACT) * (isWeekend(day) ? SHARE.weekend : SHARE.working);
  const count = Math.floor(mean * (0.8 + 0.4 * random.next()) + random.next());
  const lastMoment = addSeconds(startOfLocalDay(day + 1), -10 * MINUTE);
  const usual = Array.from({ length: count }, () => addSeconds(startOfLocalDay(day), busyHour(random) * HOUR + random.int(0, HOUR - 1)));
  const fresh = FRESH.map((seconds) => addSeconds(bornAt, -seconds)).filter((at) => localDay(at) === day);
  return [...usual, ...fresh].filter((at) => at < lastMoment).sort((a, b) => a.getTime() - b.getTime());
}

function busyHour(random: Random): number {
  let rest = random.next() * TOTAL;
  return HOURS.findIndex((weight) => {
    rest -= weight;
    return rest < 0;
  });
}

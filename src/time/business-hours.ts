/** Local hours of a day of the week, 1 Monday to 7 Sunday, in minutes from its midnight; those that end after midnight close after 1,440. */
export type OpeningHours = { dayOfWeek: number; opensMinute: number; closesMinute: number };

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const DAY_MINUTES = 1_440;
const WEEK_MINUTES = 7 * DAY_MINUTES;

/**
 * `Mon-Fri 09:00-17:00, Sat 10:00-14:00`. Hours that end before they begin end on the next day. Undefined where it is anything else, and
 * where hours overlap.
 */
export function parseBusinessHours(text: string): OpeningHours[] | undefined {
  const parts = text.split(',').map(parsePart);
  const hours = parts.flatMap((part) => part ?? []);
  return parts.includes(undefined) || doOverlap(hours) ? undefined : hours;
}

/** The first part of business hours that cannot be read. */
export const findUnreadHours = (text: string): string | undefined =>
  text
    .split(',')
    .find((part) => parsePart(part) === undefined)
    ?.trim();

function parsePart(part: string): OpeningHours[] | undefined {
  const [, from, to, opens, closes] = /^\s*([a-z]{3})(?:-([a-z]{3}))?\s+(\d\d:\d\d)-(\d\d:\d\d)\s*$/i.exec(part) ?? [];
  const [first, last] = [dayOfWeek(from), dayOfWeek(to ?? from)];
  const [opensMinute, closing] = [minuteOf(opens), minuteOf(closes)];
  if (!first || !last || opensMinute === undefined || closing === undefined || opensMinute === DAY_MINUTES) return undefined;
  const closesMinute = closing > opensMinute ? closing : closing + DAY_MINUTES;
  const hours: OpeningHours[] = [];
  for (let day = first; ; day = (day % 7) + 1) {
    hours.push({ dayOfWeek: day, opensMinute, closesMinute });
    if (day === last) return hours;
  }
}

const dayOfWeek = (name: string | undefined): number => DAYS.indexOf(name?.toLowerCase() ?? '') + 1;

function minuteOf(time: string | undefined): number | undefined {
  const [hour, minute] = (time ?? '').split(':').map(Number);
  if (hour === undefined || minute === undefined || minute > 59) return undefined;
  const minutes = hour * 60 + minute;
  return minutes <= DAY_MINUTES ? minutes : undefined;
}

function doOverlap(hours: readonly OpeningHours[]): boolean {
  const starts = hours.map(({ dayOfWeek, opensMinute, closesMinute }) => {
    const start = (dayOfWeek - 1) * DAY_MINUTES + opensMinute;
    return { start, end: start + closesMinute - opensMinute };
  });
  starts.sort((a, b) => a.start - b.start);
  return starts.some(({ end }, i) => end > (starts[i + 1]?.start ?? (starts[0]?.start ?? 0) + WEEK_MINUTES));
}

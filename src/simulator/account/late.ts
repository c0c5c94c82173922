import { createRandom } from './random.ts';
import { type Chat, ratings } from './simulated-chats.ts';
import { addSeconds, DAY, HOUR, startOfLocalDay } from './time.ts';
import { asOf, auditedChange, SYSTEM_ACCOUNT, type Timeline } from './timeline.ts';

/** So many days after it began nothing more is drawn for a chat. */
const QUIET_AFTER_DAYS = 9;
const OLDEST_DAYS = 16;

/** On a local day a chat of the week before last is rated, and on some days another one is deleted. */
export function changeOldChats(seed: string | number, day: number, chats: readonly Timeline<Chat>[]): void {
  const random = createRandom(seed, 'late', day);
  const noon = addSeconds(startOfLocalDay(day), 12 * HOUR);
  const [from, until] = [addSeconds(noon, -OLDEST_DAYS * DAY), addSeconds(noon, -QUIET_AFTER_DAYS * DAY)];
  const old = chats.filter((chat) => {
    const now = asOf(chat, noon);
    return now?.visitorId && now.isEnded && now.createdAt >= from && now.createdAt < until;
  });
  if (old.length === 0) return;
  random.pick(old).changes.push(auditedChange<Chat>(noon, SYSTEM_ACCOUNT, ratings(random)));
  const doomed = random.pick(old);
  if (random.chance(0.4)) doomed.absences = [...(doomed.absences ?? []), { from: noon, until: undefined }];
}

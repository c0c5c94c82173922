import { counted } from '../counted.ts';
import { findLoss } from '../evidence/doubt-summary.ts';
import { resourceWords, roughly } from './age-words.ts';
import type { Overview } from './overview.store.ts';

/** Something that is wrong: what, how bad, and what to do about it. `command` is a line for a shell. */
export type Advice = { level: 'bad' | 'watch'; title: string; text: string; command?: string };

/** What may be wrong, the worst first. Each looks for itself, and says nothing when all is well. */
const CASES: readonly ((overview: Overview) => Advice | false | undefined)[] = [
  ({ resources, running }) => {
    const stale = Object.entries(resources).filter(([, { late_seconds }]) => late_seconds > 0);
    if (stale.length === 0) return undefined;
    const title = 'Data is stale';
    const text = `${capital(listed(stale.map(([name]) => resourceWords(name))))} should have been read by now.`;
    return running.length > 0
      ? { level: 'bad', title, text: `${text} A run is under way; its progress is below.` }
      : { level: 'bad', title, text: `${text} The last run says what failed; a sync by hand shows it too.`, command: 'chatrhub-sync sync' };
  },
  ({ runs }) => {
    const last = runs.find(({ status, command }) => status !== 'running' && command === 'sync');
    const advice = last && ENDED[last.status];
    return advice && { ...advice, text: `${advice.text}${last.error ? ` The error: ${last.error}` : ''}` };
  },
  (overview) => {
    const loss = findLoss(overview);
    const lost = overview.doubt_counts.filter(({ may_be_missing }) => may_be_missing).map(({ resource }) => resourceWords(resource));
    return (
      loss && {
        level: 'watch',
        title: 'Records may be missing',
        text: `${counted(loss.count, 'doubt')} ${loss.count === 1 ? 'is' : 'are'} open, about ${listed([...new Set(lost)])}. The part "In doubt" below says why, since when, and what settles each.`,
      }
    );
  },
  ({ blocked_until, blocked_reason, at }) =>
    blocked_until !== null && {
      level: 'watch',
      title: `Paused for ${roughly(secondsBetween(at, blocked_until))}`,
      text: `${blocked_reason ?? 'The source asked for it'}. Nothing is lost: the remaining requests are sent afterwards.`,
    },
  ({ foreign_use: { refused } }) =>
    refused > 0 && {
      level: 'watch',
      title: 'Somebody else uses the key',
      text: `${counted(refused, 'request')} of the last day ${refused === 1 ? 'was' : 'were'} refused although the budget had room. Find out who else uses it, or lower CHATRHUB_RATE_LIMITS to leave them their share.`,
    },
  ({ differences }) =>
    differences.length > 0 && {
      level: 'watch',
      title: `${counted(differences.length, 'range')} of days incomplete`,
      text: 'The source reports more records for these days than it sent. Reading them again may load what is missing.',
      command: 'chatrhub-sync reconcile --repair',
    },
  ({ undeclared }) => {
    const names = Object.entries(undeclared).flatMap(([resource, counts]) => Object.keys(counts).map((name) => `${resource}.${name}`));
    return (
      names.length > 0 && {
        level: 'watch',
        title: 'The source sends attributes without a column',
        text: `They are kept in chatrhub_raw, so nothing is lost: ${listed(names)}. A newer version may have columns for them: upgrade, then run replay.`,
        command: 'chatrhub-sync replay',
      }
    );
  },
  ({ drift, at }) => {
    const lost = drift.filter(({ change, seen_at }) => change !== 'new' && secondsBetween(seen_at, at) < DRIFT_IS_NEWS_FOR_S);
    const names = lost.map(({ resource, attribute, change }) => `${resource}.${attribute} ${change}`);
    return (
      lost.length > 0 && {
        level: 'watch',
        title: 'The source changed',
        text: `${listed([...new Set(names)])}. What was copied before stays, but numbers that use it may stop. Details are below; ask the vendor whether this is intended.`,
      }
    );
  },
  ({ rejected }) =>
    rejected.some(({ attribute }) => attribute === null) && {
      level: 'watch',
      title: 'Whole records were rejected',
      text: 'They have no usable key. The list below has the reasons; the records are in chatrhub_sync.rejected_records.',
    },
];

/** What is wrong now, the worst first. */
export const adviseOn = (overview: Overview): Advice[] => CASES.flatMap((adviceOf) => adviceOf(overview) || []);

/** How the last sync ended, where it did not end well. */
const ENDED: Readonly<Record<string, Advice>> = {
  failed: {
    level: 'bad',
    title: 'The last sync failed',
    text: 'The key, the source or the database stopped it. The schedule retries it twice.',
    command: 'chatrhub-sync status',
  },
  partial: {
    level: 'watch',
    title: 'The last sync was partial',
    text: 'Something failed, or records may be missing; everything else is loaded. The next sync retries what failed.',
  },
  interrupted: {
    level: 'watch',
    title: 'The last sync was interrupted',
    text: 'What it had fetched is committed. The schedule resumes it.',
  },
};

const secondsBetween = (from: string, until: string): number => (Date.parse(until) - Date.parse(from)) / 1_000;

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** A week: long enough to be seen by whoever looks now and then, and nothing that could be done makes it go. */
const DRIFT_IS_NEWS_FOR_S = 7 * 86_400;
const MOST_NAMES = 8;

/** `a, b and c`; of a long list the first ones. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES);
  const rest = names.length - shown.length;
  if (rest > 0) return `${shown.join(', ')} and ${rest} more`;
  return shown.length > 1 ? `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}` : (shown[0] ?? '');
}

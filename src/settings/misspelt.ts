/** Whether a word is a name's first one says whose it is: these are of nobody but this program. */
const OURS: ReadonlySet<string> = new Set(['CHATRHUB', 'SYNC', 'BACKFILL', 'PII']);
/** These are everybody's: others have names of their own that are near. */
const EVERYBODYS = /^(HTTPS?|ALL|NO)_PROXY$/;
/** What deployments name after this program, and what Kubernetes sets for services of that name. */
const OF_DEPLOYMENTS = /^CHATRHUB_(SYNC_|SERVICE_|PORT(_|$))/;

type Given = Readonly<Record<string, string | undefined>>;

/** A name that is no setting, though somebody may take it for one, and what it is likely meant to be, if anything. */
export type Misspelt = { name: string; meant: string | undefined };

/**
 * Names in `given` that are no settings, and whose values somebody believes to be in force: what begins as only our settings do
 * and is near one of them, what begins with CHATRHUB_ in any case, and what is nearly the name of a setting that has no value. Names of other programs are
 * left alone: those that are not near, and those beside the right name.
 */
export function findMisspelt(given: Given, settingNames: readonly string[]): Misspelt[] {
  const candidates = settingNames.filter((name) => !EVERYBODYS.test(name));
  return Object.keys(given)
    .filter((name) => given[name] && !settingNames.includes(name))
    .map((name) => ({ name, meant: nearest(name, candidates) }))
    .filter(({ name, meant }) => {
      const isOurs = OURS.has(wordsOf(name)[0] ?? '');
      if (meant) return isOurs || (!given[meant] && isTypo(name, meant) && isAlike(wordsOf(name), wordsOf(meant)));
      return /^CHATRHUB_/i.test(name) && !OF_DEPLOYMENTS.test(name);
    });
}

const wordsOf = (name: string): string[] => name.toUpperCase().split(/[^A-Z0-9]+/);
const squeeze = (name: string): string => wordsOf(name).join('');

/** Begins with the same word, or has as many: LOGLEVEL is a name of others. */
const isAlike = (a: readonly string[], b: readonly string[]): boolean => a[0] === b[0] || a.length === b.length;

/** One wrong letter in a dozen: two of our names differ by more, or by a whole word. */
function isTypo(name: string, meant: string): boolean {
  const [a, b] = [squeeze(name), squeeze(meant)];
  const most = Math.ceil(b.length / 12);
  return Math.abs(a.length - b.length) <= most && distance(a, b) <= most;
}

/** The setting that a name is likely meant to be: nearly the same letters, some of its words, or all of them after CHATRHUB. */
function nearest(name: string, candidates: readonly string[]): string | undefined {
  const words = wordsOf(name);
  const near = candidates.filter((candidate) => isTypo(name, candidate) || isShortened(words, candidate) || isLengthened(words, candidate));
  const far = (candidate: string): number => distance(squeeze(name), squeeze(candidate));
  return near.sort((a, b) => far(a) - far(b))[0];
}

/** SYNC_LOOKBACK for SYNC_LOOKBACK_DAYS: two words or more, the first one among them. */
function isShortened(words: readonly string[], candidate: string): boolean {
  const whole = wordsOf(candidate);
  return words.length > 1 && words[0] === whole[0] && words.every((word) => whole.includes(word));
}

/** CHATRHUB_SYNC_CRON for SYNC_CRON. */
const isLengthened = (words: readonly string[], candidate: string): boolean =>
  words[0] === 'CHATRHUB' && wordsOf(candidate).every((word) => words.includes(word));

/** How many letters have to be put in, left out, changed or swapped with the next one (Damerau and Levenshtein). */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= a.length; i += 1) {
    rows[i] = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      rows[i]?.push(Math.min(change, at(i - 1, j) + 1, at(i, j - 1) + 1, isSwap ? at(i - 2, j - 2) + 1 : change));
    }
  }
  return at(a.length, b.length);
}

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

/*
 * Leaves out each condition of the judge once, and sees the tests of the judge fail: `npm run mutations`. Exit code 1 when one passes. The
 * mutants live in a copy.
 */
type Mutation = { file: string; from: string; to: string };
const mutate = (file: string, pairs: readonly (readonly [string, string])[]): Mutation[] =>
  pairs.map(([from, to]) => ({ file: `src/evidence/${file}.ts`, from, to }));

const MUTATIONS: readonly Mutation[] = [
  ...mutate('judge/judge-answer', [
    ['if (hints.failed)', 'if (false)'],
    ['everything.byDatabase > 0', 'refused.byDatabase > 0'],
    ['everything.byDatabase > 0', 'false'],
    ['byUs > came * MOST_REFUSED', 'false'],
    ['byUs > came * MOST_REFUSED', 'byUs >= came * MOST_REFUSED'],
    ['refused.fresh + refused.known', 'refused.fresh'],
    ['isUsable && refused.fresh > 0', 'false'],
    ['isUsable && refused.fresh > 0', 'isUsable && byUs > 0'],
    ['if (fresh > 0)', 'if (false)'],
  ]),
  ...mutate('received', [
    ['return more ?? (', 'return ('],
    ['total.count > countReceived(received)', 'total.count > countReceived(received) + 1'],
    ['total.count > countReceived(received)', 'total.count >= countReceived(received)'],
    ['moreAnnounced(one) ?? moreAnnounced(part)', 'moreAnnounced(part)'],
    ['moreAnnounced(one) ?? moreAnnounced(part)', 'moreAnnounced(one)'],
    ['one.hints.failed ?? other.hints.failed', 'other.hints.failed'],
    ['one.hints.failed ?? other.hints.failed', 'one.hints.failed'],
  ]),
  ...mutate('judge/judge-list', [
    ['if (!isUsable) return { isWhole: false, doubts };', ''],
    ['came === 0 && expected > 0', 'false'],
    ['came === 0 && expected > 0', 'came === 0'],
    ['lacking.shown > 0', 'false'],
    ['isPageSize(came) && previous', 'previous'],
    ['previous === came && ', ''],
    ['previous === came && lacking.known > 0', 'previous === came'],
    ['lacksMuch && !wasDoubted', 'lacksMuch'],
    ['lacksMuch && !wasDoubted', 'false'],
    ['lacking.listed > SUSPICIOUS.count && ', ''],
    [' && lacking.listed > SUSPICIOUS.share * expected', ''],
    ['isUsable && isBelieved', 'isBelieved'],
    ['|| looks > 1 ', ''],
    [' || expected === 0', ''],
    ['countReceived(received) > 0 || looks', 'looks'],
  ]),
  ...mutate('judge/judge-window', [
    ["'lacks' : 'unusable', doubts };", "'lacks' : 'unproved', doubts };"],
    ["lacks && doubts.every(({ reason }) => reason === 'more_announced')", 'lacks'],
    ["lacks && doubts.every(({ reason }) => reason === 'more_announced')", "doubts.every(({ reason }) => reason === 'more_announced')"],
    ['longest === undefined || ', ''],
    ['lacking > 0 || ', ''],
    ['came === longest || ', ''],
    [' || isPageSize(came)', ''],
    ['maybeCut && came > 0', 'maybeCut'],
    ['stored - sinceReport > total', 'stored > total'],
    ['stored - sinceReport > total || ', ''],
    [' || (countsLess && came >= total)', ''],
    ['countsLess && came >= total', 'countsLess'],
    ['if (stored >= total)', 'if (true)'],
    ["mayHide ? 'suspicious' : 'proved'", "'proved'"],
    ['stored - afterReport < total && (lacking', '(lacking'],
    ['(lacking > 0 || came', '(came'],
    [' || isPageSize(came));\n  if (stored', ');\n  if (stored'],
    ['lacking > 0 || came === longest || isPageSize(came));\n  if', 'lacking > 0 || isPageSize(came));\n  if'],
    ["if (came >= total) return { state: 'unproved', doubts };", ''],
    ['reported.total - explained', 'reported.total'],
    ["lacks ? 'lacks' : 'differs'", "'differs'"],
  ]),
  ...mutate('judge/judge-span', [
    ['if (!isUsable) return { covered: [], edges: [], doubts };', ''],
    ['isIdle || ', ''],
    ['if (isIdle && isHidden)', 'if (isHidden)'],
    ['isEmpty && newestAt !== null', 'newestAt !== null'],
    [' && newestAt.getTime() >= startOf(expected.from).getTime() - DAY_MS / 2', ''],
    [' && wasSilent && !isHidden', ' && wasSilent'],
    [' || (isEmpty && wasSilent && !isHidden)', ''],
    ['isEmpty && wasSilent', 'wasSilent'],
    ['{ days: before, look', '{ days: { ...before, until: before.from }, look'],
    ['{ days: after, look', '{ days: { ...after, until: after.from }, look'],
    ['!isPart(edge) || isPageSize(countReceived(received))', '!isPart(edge)'],
    ['!isPart(edge) || isPageSize(countReceived(received))', 'true'],
    ['earlier(before.until, later(first, before.from))', 'before.until'],
    ['Math.max(FRESH_MS, slack) ? until', '0 ? until'],
  ]),
  ...mutate('judge/judge-messages', [
    ['if (!isUsable) continue;', ''],
    ['chat.count === 0 && chat.isExpected', 'chat.isExpected'],
    ['&& chat.isExpected ', ''],
    ['chat.isEnded && !isLate', '!isLate'],
    ['chat.isEnded && !isLate', 'chat.isEnded'],
    ['maybeCut || strays > 0 || lacksContent', 'maybeCut || lacksContent'],
    ['maybeCut || strays > 0 || lacksContent', 'strays > 0 || lacksContent'],
    ['maybeCut || strays > 0 || lacksContent', 'maybeCut || strays > 0'],
    ['else if (maybeCut)', 'else if (false)'],
    ['lacksContent && chat.emptyLooks === 0', 'lacksContent'],
    ['lacksContent && chat.emptyLooks === 0', 'false'],
    ['(isLate ? verdict.late : verdict.settled)', 'verdict.settled'],
    ['at.getTime() - LATE_MS', 'at.getTime() - 2 * LATE_MS'],
    ['came > wholeAt && ', ''],
    ['came >= largest && ', ''],
    ['isPageSize(came) || (isTied && came >= LEAST_CUT)', 'isTied && came >= LEAST_CUT'],
    [' || (isTied && came >= LEAST_CUT)', ''],
    ['isTied && came >= LEAST_CUT', 'isTied'],
    ['isPageSize(came) && sizes.includes(came)', 'isPageSize(came)'],
    ['isPageSize(came) && sizes.includes(came)', 'false'],
    ['came >= cap', 'false'],
    ['came >= cap', 'true'],
  ]),
  ...mutate('judge/judge-pages', [
    ["read.end === 'open' && ", ''],
    [' && isRound(read.lastPage)', ''],
    [' && read.lastPage >= ofOthers', ''],
    ['read.lastPage >= ofOthers', 'false'],
    ['announced.count > known', 'false'],
    ['announced.count > known', 'announced.count >= known'],
  ]),
  ...mutate('judge/judge-run', [
    ["if (end === 'signal') return 'interrupted';", ''],
    ["end === 'failure' || ", ''],
    [' || (errors > 0 && !hasRows)', ''],
    ['errors > 0 || doubtsOfLoss > 0', 'errors > 0'],
    ['errors > 0 || doubtsOfLoss > 0', 'doubtsOfLoss > 0'],
    ["left > 0 ? 'incomplete' : 'complete'", "'complete'"],
  ]),
];

/** The tests of the judge. */
const TESTS = ['test/unit/judge.test.ts', 'test/unit/received.test.ts'];

const copy = resolve('node_modules/.cache/mutants');
rmSync(copy, { recursive: true, force: true });
mkdirSync(copy, { recursive: true });
for (const part of ['src', ...TESTS, 'package.json', 'tsconfig.json']) cpSync(part, resolve(copy, part), { recursive: true });
symlinkSync(resolve('node_modules'), resolve(copy, 'node_modules'));
writeFileSync(resolve(copy, 'vitest.config.mjs'), `export default { test: { include: ${JSON.stringify(TESTS)} } };\n`);

const passes = (): boolean => spawnSync('npx', ['vitest', 'run'], { cwd: copy, stdio: 'ignore' }).status === 0;
if (!passes()) throw new Error('the tests of the judge fail without any mutation');
let survivors = 0;
for (const { file, from, to } of MUTATIONS) {
  const whole = readFileSync(file, 'utf8');
  if (!whole.includes(from)) throw new Error(`${file} does not hold ${from}`);
  writeFileSync(resolve(copy, file), whole.replace(from, to));
  if (passes()) {
    survivors += 1;
    process.stdout.write(`not noticed: ${file}: ${from} -> ${to || 'nothing'}\n`);
  }
  writeFileSync(resolve(copy, file), whole);
}
process.stdout.write(`${MUTATIONS.length - survivors} of ${MUTATIONS.length} mutations of the judge are noticed\n`);
if (survivors > 0) process.exitCode = 1;

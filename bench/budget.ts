import { timeBeside } from './budget-beside.ts';
import { countBackfill, countNights } from './budget-requests.ts';
import { timeFour, timeSync } from './budget-time.ts';
import { withPostgres } from './postgres.ts';
import { type Section, showSection } from './section.ts';

/*
 * How the budget is spent: requests against the least possible, and time against the lower bound. Exit code 1 when a promise does not
 * hold. `npm run bench:budget [-- 1 3]` measures some of the sections, all by default.
 */
const SECTIONS: readonly { name: string; measure: (serverUrl: string) => Promise<Section> }[] = [
  { name: '1', measure: countNights },
  { name: '2', measure: (url) => countBackfill(url, { synced: true }) },
  { name: '2', measure: (url) => countBackfill(url, { synced: false }) },
  { name: '3', measure: timeSync },
  { name: '4', measure: timeFour },
  { name: '5', measure: timeBeside },
];

await withPostgres(async (url) => {
  const wanted = process.argv.slice(2);
  for (const { name, measure } of SECTIONS) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const { text, holds } = showSection(await measure(url));
    process.stdout.write(`${text}\n\n`);
    if (!holds) process.exitCode = 1;
  }
});

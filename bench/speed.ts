import { compareHistory, keepHistory } from './history.ts';
import { withPostgres } from './postgres.ts';
import { type Section, showSection } from './section.ts';
import { timeBatches } from './speed-batches.ts';
import { timeEndToEnd } from './speed-end-to-end.ts';
import { timeLoad } from './speed-load.ts';
import { timeRuns, timeStart } from './speed-runs.ts';
import { FULL, QUICK, type Scale } from './speed-scale.ts';
import { timeSettings } from './speed-settings.ts';

/*
 * How fast rows are loaded, how little memory and CPU it takes. Exit code 1 when a promise does not hold.
 * `npm run bench [-- --quick 1 3]` measures some of the sections, all by default, and adds them to history.jsonl; `-- --compare` measures
 * nothing, and shows what moved between the last two times.
 */
const SECTIONS: readonly { name: string; measure: (serverUrl: string, scale: Scale) => Promise<Section> }[] = [
  { name: '1', measure: timeLoad },
  { name: '2', measure: timeEndToEnd },
  { name: '3', measure: timeBatches },
  { name: '4', measure: timeRuns },
  { name: '5', measure: timeStart },
  { name: '6', measure: timeSettings },
];

async function measureAll(url: string): Promise<void> {
  const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
  const scale = process.argv.includes('--quick') ? QUICK : FULL;
  for (const { name, measure } of SECTIONS) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const section = await measure(url, scale);
    await keepHistory(url, scale === QUICK ? 'quick' : 'full', section);
    const { text, holds } = showSection(section);
    process.stdout.write(`${text}\n\n`);
    if (!holds) process.exitCode = 1;
  }
}

if (process.argv.includes('--compare')) process.stdout.write(`${compareHistory()}\n`);
else await withPostgres(measureAll);

import { type Draw, nameOf } from './draw.ts';
import type { Played } from './play.ts';
import type { Verdict } from './verdict.ts';

/** A draw that was played. */
export type Result = { draw: Draw; played: readonly Played[]; tookMs: number; error?: unknown };

/** A draw is as good as its worst run: wrong in one is wrong; else it is what it came to. */
export function verdictOf({ played, error }: Result): Verdict {
  if (error !== undefined || played.some(({ verdict }) => verdict === 'wrong')) return 'wrong';
  return played.at(-1)?.verdict ?? 'wrong';
}

/** One line that plays a draw again. */
function reproductionOf({ seed, chosen, troubles, demandingRun, backfillAfter, account }: Draw): string {
  const switches = chosen.map((each) => ` --with '${nameOf(each)}'`).join('') || ' --with none';
  const extras = [
    ...(account.isRestless ? ['restless'] : []),
    ...troubles.map(({ run, path }) => `run ${run}: ${path} fails`),
    ...(demandingRun === undefined ? [] : [`run ${demandingRun}: the database refuses new chats`]),
    ...(backfillAfter === undefined ? [] : [`a backfill after run ${backfillAfter}`]),
  ];
  return `npm run fuzz -- --draws 1 --seed ${seed}${switches}${extras.length > 0 ? `   # ${extras.join(', ')}` : ''}`;
}

/** What is wrong with a draw, its first few differences. */
export function describeWrong(result: Result): string {
  const { draw, played, error } = result;
  const runs = played.flatMap(({ command, status, verdict, differences, said }, run) =>
    verdict === 'wrong'
      ? [
          `  run ${run}, ${command} ${status}, names ${said.join(', ') || 'nothing'}:`,
          ...differences.slice(0, 3).map(({ what }) => `    ${what}`),
        ]
      : [],
  );
  return [
    reproductionOf(draw),
    ...runs,
    ...(error === undefined ? [] : [`  ${error instanceof Error ? error.stack : String(error)}`]),
  ].join('\n');
}

/** Sums of many draws, as lines. */
export function summarise(results: readonly Result[]): string {
  const count = (verdict: Verdict) => results.filter((result) => verdictOf(result) === verdict).length;
  const ms = results.reduce((sum, { tookMs }) => sum + tookMs, 0) / results.length;
  const isPlain = ({ draw: { chosen, troubles, demandingRun, backfillAfter } }: Result) =>
    chosen.length + troubles.length === 0 && demandingRun === undefined && backfillAfter === undefined;
  const over = (some: readonly Result[]) => {
    const runs = some.flatMap(({ played }) => played).filter(({ command }) => command === 'sync');
    const [made, least] = [runs.reduce((sum, run) => sum + run.made, 0), runs.reduce((sum, run) => sum + run.least, 0)];
    return `${made} requests, ${made - least} (${least === 0 ? 0 : Math.round((1000 * (made - least)) / least) / 10} %) more than the least possible`;
  };
  return [
    `${results.length} draws, ${Math.round(ms)} ms each: ${count('exact')} exact, ${count('partial')} partial with the right reason, ` +
      `${count('cautious')} equal and not called complete, ${count('wrong')} wrong`,
    `syncs of sources as documented: ${over(results.filter(isPlain))}`,
    `syncs of all sources, as if they behaved as documented: ${over(results)}`,
  ].join('\n');
}

import { counted } from '../counted.ts';
import { type Drift, readDriftOf } from '../drift/drift.store.ts';
import { readShownDoubts } from '../evidence/doubt-summary.store.ts';
import { findLoss, type ShownDoubts, tellFirst } from '../evidence/doubt-summary.ts';
import type { Database } from '../warehouse/connection/database.ts';
import { type Run, readEnded } from '../warehouse/run-log.ts';
import { resourceWords, roughly } from './age-words.ts';
import { type Alert, noteAlert, readNoted } from './alerts.store.ts';
import { doubtAlerts } from './doubt-alerts.store.ts';
import { readFreshness } from './freshness.store.ts';

/** Rejects are reported from this share of a run's rows on, and from this number. */
const REJECTED = { share: 0.01, least: 10 };
const MOST_NAMES = 20;
/** Runs that ended since are looked at: whoever looks less often has looked when they ended. */
const LATELY_MS = 3_600_000;

const MEANING: Readonly<Record<string, string>> = {
  incomplete: 'Budget or time ran out; the next run continues.',
  partial: 'Some of it failed, or may be missing; all else is loaded, and the next run asks again for what failed.',
  failed: 'Nothing more could be done; chatrhub-sync status says why.',
  interrupted: 'It was stopped, or its process died; what was fetched is committed, and the next run continues.',
};

/** Notes what is to be reported: each event once, however often this looks, and from however many processes. */
export async function raiseAlerts(database: Database): Promise<void> {
  const note = async (alerts: readonly Alert[]) => {
    for (const alert of alerts) await noteAlert(database, alert);
  };
  // One after another: what was reported of one run is not reported of the next.
  const ended = await readEnded(database, LATELY_MS);
  const shown = await readShownDoubts(database, { most: 1 });
  for (const run of ended)
    await note(alertsOf(run, { drift: await readDriftOf(database, run.runId), noted: await readNoted(database, 'drift'), shown }));
  await note(await doubtAlerts(database));
  await note(await staleAlerts(database));
  await note(await foreignAlerts(database));
}

/** What is known beside a run: attributes that it saw change, those that were reported before, and what is in doubt. */
type Beside = { drift: readonly Drift[]; noted: ReadonlySet<string>; shown: ShownDoubts };

/** What there is to tell of a run that has ended. */
function alertsOf(run: Run, { drift, noted, shown }: Beside): Alert[] {
  const { runId, command, status, requests, rowsRejected: rejected } = run;
  const rows = run.rowsInserted + run.rowsUpdated + run.rowsUnchanged;
  const seconds = ((run.finishedAt ?? run.startedAt).getTime() - run.startedAt.getTime()) / 1_000;
  const failed = [...new Set(run.errors.map(({ resource }) => resource))];
  const backlog = Object.fromEntries(Object.entries(run.backlog ?? {}).filter(([, left]) => left > 0));
  const left = Object.values(backlog).reduce((sum, number) => sum + number, 0);
  const undeclared = Object.entries(run.undeclared ?? {}).flatMap(([resource, counts]) =>
    Object.keys(counts).map((name) => `${resource}.${name} without a column`),
  );
  const changed = drift.map(({ resource, attribute, change }) => `${resource}.${attribute} ${change}`);
  const names = [...new Set([...undeclared, ...changed])].filter((name) => !noted.has(name)).slice(0, MOST_NAMES);
  const loss = findLoss(shown, run.onlyResources);
  const head = `${command} ${runId}`;
  return [
    ...when(status !== 'complete', {
      event: `run:${runId}:${status}`,
      kind: 'run',
      summary: `${head} ended ${status} after ${roughly(seconds)} and ${counted(requests, 'request')}${
        failed.length > 0 ? `; failed: ${failed.map(resourceWords).join(', ')}` : ''
      }${left > 0 ? `; ${counted(left, 'request')} left` : ''}. ${MEANING[status] ?? ''}${
        loss ? ` In doubt: ${tellFirst(loss.first.text, loss.count)}` : ''
      }`,
      details: { run_id: runId, command, status, requests, failed, backlog, doubts: loss?.count ?? 0 },
    }),
    ...when(rejected >= REJECTED.least && rejected >= REJECTED.share * (rows + rejected), {
      event: `rejects:${runId}`,
      kind: 'rejects',
      summary: `${head} rejected ${counted(rejected, 'value')} of ${counted(rows + rejected, 'row')}. chatrhub-sync status shows which, and the reasons.`,
      details: { run_id: runId, rejected, rows },
    }),
    ...when(names.length > 0, {
      event: `drift:${runId}`,
      kind: 'drift',
      summary: `The source changed its records: ${names.join(', ')}. Everything received is kept in chatrhub_raw.`,
      details: { run_id: runId, names },
    }),
  ];
}

const when = (isSo: boolean, alert: Alert): Alert[] => (isSo ? [alert] : []);

async function staleAlerts(database: Database): Promise<Alert[]> {
  const noted = await readNoted(database, 'stale');
  const news = (await readFreshness(database))
    .filter(({ lateSeconds }) => lateSeconds > 0)
    .map(({ resource, lastReadAt }) => ({ resource, name: `${resource} since ${lastReadAt?.toISOString() ?? 'ever'}` }))
    .filter(({ name }) => !noted.has(name));
  if (news.length === 0) return [];
  const names = news.map(({ name }) => name);
  const words = news.map(({ resource }) => resourceWords(resource));
  return [
    {
      event: `stale:${names.join(', ')}`,
      kind: 'stale',
      summary: `Data is stale: ${words.join(', ')} should have been read by now. chatrhub-sync status shows the last runs.`,
      details: { resources: news.map(({ resource }) => resource), names },
    },
  ];
}

async function foreignAlerts({ pool }: Database): Promise<Alert[]> {
  const { rows } = await pool.query<{ day: string; refused: number }>(
    `select (settled_at at time zone 'UTC')::date::text as day, count(*) as refused from chatrhub_sync.requests
     where status = 429 and settled_at > clock_timestamp() - interval '1 hour' group by 1`,
  );
  return rows.map(({ day, refused }) => ({
    event: `foreign:${day}`,
    kind: 'foreign_use',
    summary: `Somebody else uses the key: ${counted(refused, 'request')} refused within an hour although the budget had room. Every process pauses, and continues later.`,
    details: { refused },
  }));
}

import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Figures } from './figures.store.ts';
import type { Overview } from './overview.store.ts';

/** What the metrics are of. */
type Read = { overview: Overview; figures: Figures };

type Samples = readonly { labels: Record<string, string>; value: number }[];

/** One metric as data: its samples are set once, as all of them are read from the database. */
type Metric = { kind: typeof Counter | typeof Gauge; name: string; help: string; samplesOf: (read: Read) => Samples };

const PREFIX = 'chatrhub_sync_';
const seconds = (time: string | null): number | undefined => (time === null ? undefined : Date.parse(time) / 1_000);

/** How this process does: memory, processor, event loop. */
const own = new Registry();
collectDefaultMetrics({ register: own });

const define =
  (kind: Metric['kind']) =>
  (name: string, help: string, samplesOf: Metric['samplesOf']): Metric => ({ kind, name, help, samplesOf });
const counter = define(Counter);
const gauge = define(Gauge);

const one = (value: number | undefined): Samples => (value === undefined ? [] : [{ labels: {}, value }]);

const perResource =
  (figureOf: (resource: Overview['resources'][string]) => number | null) =>
  ({ overview }: Read): Samples =>
    Object.entries(overview.resources).flatMap(([resource, facts]) => {
      const value = figureOf(facts);
      return value === null ? [] : [{ labels: { resource }, value }];
    });

const ended = ({ runs }: Figures): Figures['runs'] => runs.filter(({ status }) => status !== 'running');

function secondsByCommand(figures: Figures): Samples {
  const sums = new Map<string, number>();
  for (const { command, seconds: spent } of ended(figures)) sums.set(command, (sums.get(command) ?? 0) + spent);
  return [...sums].map(([command, value]) => ({ labels: { command }, value }));
}

const ageOfLoss = ({ at, doubt_counts }: Overview): number =>
  Math.max(
    0,
    ...doubt_counts.filter(({ may_be_missing }) => may_be_missing).map(({ since }) => (Date.parse(at) - Date.parse(since)) / 1_000),
  );

const METRICS: readonly Metric[] = [
  gauge('build_info', 'The version that runs.', ({ overview: { version } }) => [{ labels: { version }, value: 1 }]),
  counter('runs_total', 'Runs that have ended, by command and status.', ({ figures }) =>
    ended(figures).map(({ command, status, count }) => ({ labels: { command, status }, value: count })),
  ),
  gauge('runs_under_way', 'Runs under way.', ({ overview }) => one(overview.running.length)),
  counter('run_seconds_total', 'Time that runs have taken.', ({ figures }) => secondsByCommand(figures)),
  gauge('last_run_duration_seconds', 'How long the last run took.', ({ figures }) =>
    figures.lastRuns.map(({ command, seconds: value }) => ({ labels: { command }, value })),
  ),
  gauge('last_run_finished_timestamp_seconds', 'When the last run ended.', ({ figures }) =>
    figures.lastRuns.map(({ command, finishedAt }) => ({ labels: { command }, value: finishedAt.getTime() / 1_000 })),
  ),
  gauge('last_complete_sync_timestamp_seconds', 'When a sync was last complete.', ({ overview }) =>
    one(seconds(overview.last_complete_at)),
  ),
  counter('requests_total', 'Requests that were settled, by the status of their answer; none means no answer.', ({ figures }) =>
    figures.requests.map(({ resource, status, count }) => ({ labels: { resource, status }, value: count })),
  ),
  counter('rows_total', 'Records that were received, by outcome.', ({ figures }) =>
    Object.entries(figures.rows).map(([outcome, value]) => ({ labels: { outcome }, value })),
  ),
  gauge('budget_used', 'Requests that count in a window now.', ({ overview }) =>
    overview.budget.map(({ window, used }) => ({ labels: { window }, value: used })),
  ),
  gauge('budget_limit', 'Requests that a window allows.', ({ overview }) =>
    overview.budget.map(({ window, limit }) => ({ labels: { window }, value: limit })),
  ),
  gauge('foreign_refusals', 'Requests of the last day that the source refused although there was room.', ({ overview }) =>
    one(overview.foreign_use.refused),
  ),
  gauge('blocked_until_timestamp_seconds', 'The end of the pause that the source asked for.', ({ overview }) =>
    one(seconds(overview.blocked_until)),
  ),
  gauge(
    'backlog_requests',
    'Requests left, as the last sync left them.',
    perResource(({ backlog }) => backlog),
  ),
  gauge(
    'freshness_seconds',
    'Time since a resource was last read.',
    perResource(({ freshness_seconds }) => freshness_seconds),
  ),
  gauge(
    'stale',
    'Whether a sync should have read it since.',
    perResource(({ late_seconds }) => (late_seconds > 0 ? 1 : 0)),
  ),
  gauge(
    'late_seconds',
    'Time since a sync should have read it at the latest.',
    perResource(({ late_seconds }) => late_seconds),
  ),
  gauge(
    'rows',
    'Rows of the main table of a resource.',
    perResource(({ rows }) => rows),
  ),
  gauge('rejected_records', 'Distinct values and records that were rejected.', ({ figures }) =>
    figures.rejected.map(({ resource, count }) => ({ labels: { resource }, value: count })),
  ),
  gauge('doubts', 'Claims without enough evidence, by reason, and whether records may be missing.', ({ overview }) =>
    overview.doubt_counts.map(({ resource, reason, may_be_missing, count }) => ({
      labels: { resource, reason, may_be_missing: String(may_be_missing) },
      value: count,
    })),
  ),
  gauge(
    'oldest_loss_doubt_seconds',
    'How long records may have been missing: the age of the oldest such doubt, 0 without any.',
    ({ overview }) => one(ageOfLoss(overview)),
  ),
  counter('slots_total', 'Slots of the schedule, by outcome.', ({ figures: { slots } }) => [
    { labels: { outcome: 'made' }, value: slots.made },
    { labels: { outcome: 'skipped' }, value: slots.skipped },
  ]),
  gauge('next_slot_timestamp_seconds', 'When the next sync is due.', ({ overview }) => one(seconds(overview.schedule.next_slot))),
];

/** The metrics in Prometheus' text format. Without figures, as the database cannot be read, that is their only value. */
export async function renderMetrics(read: Read | undefined): Promise<{ type: string; text: string }> {
  const registry = new Registry();
  new Gauge({ name: `${PREFIX}database_up`, help: 'Whether the database could be read.', registers: [registry] }).set(read ? 1 : 0);
  for (const { kind: Kind, name, help, samplesOf } of METRICS) {
    const samples = read ? samplesOf(read) : [];
    // Without samples it would say nought.
    if (samples.length === 0) continue;
    const labelNames = Object.keys(samples[0]?.labels ?? {});
    const metric = new Kind({ name: PREFIX + name, help, labelNames, registers: [registry] });
    for (const { labels, value } of samples) metric.inc(labels, value);
  }
  const text = `${await registry.metrics()}\n${await own.metrics()}`;
  // The library writes a mean of nothing as Nan.
  return { type: registry.contentType, text: text.replace(/ Nan$/gm, ' NaN') };
}

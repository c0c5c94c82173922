import { countOf, type SourceReport } from './source-report.ts';

/** Counts of a report that add up over days, by its attribute. */
export const COUNTS = ['total_chats', 'missed_chats', 'total_ratings', 'great_chats_count', 'ok_chats_count', 'poor_chats_count'] as const;
/** Means of a report, by its attribute. */
export const MEANS = ['average_rating', 'average_response_delay', 'average_duration'] as const;

export type Count = (typeof COUNTS)[number];
export type Mean = (typeof MEANS)[number];
export type Control = Count | Mean;

/** Control totals of some days: what a report says, or what is stored; of what a report does not say nothing is there. */
export type Totals = Partial<Record<Control, number>>;

/** The control totals that a report gives. */
export function totalsOfReport(report: SourceReport): Totals {
  const totals: Totals = {};
  for (const name of COUNTS) {
    const count = countOf(report, name);
    if (count !== undefined) totals[name] = count;
  }
  for (const name of MEANS) {
    const mean = Number(report[name] ?? Number.NaN);
    if (Number.isFinite(mean)) totals[name] = mean;
  }
  return totals;
}

/** What is stored of some time: counts, and of each mean the sum and the number of its values. */
export type StoredTotals = { counts: Record<Count, number>; means: Record<Mean, { sum: number; values: number }> };

/** Nothing is stored. */
export const noTotals = (): StoredTotals => ({
  counts: Object.fromEntries(COUNTS.map((name) => [name, 0])) as StoredTotals['counts'],
  means: Object.fromEntries(MEANS.map((name) => [name, { sum: 0, values: 0 }])) as StoredTotals['means'],
});

export const addTotals = (one: StoredTotals, other: StoredTotals): StoredTotals => withTotals(one, other, 1);

/** What is stored of some time without a part of it. */
export const subtractTotals = (all: StoredTotals, part: StoredTotals): StoredTotals => withTotals(all, part, -1);

const withTotals = (one: StoredTotals, { counts, means }: StoredTotals, sign: 1 | -1): StoredTotals => ({
  counts: Object.fromEntries(COUNTS.map((name) => [name, one.counts[name] + sign * counts[name]])) as StoredTotals['counts'],
  means: Object.fromEntries(
    MEANS.map((name) => {
      const { sum, values } = one.means[name];
      return [name, { sum: sum + sign * means[name].sum, values: values + sign * means[name].values }];
    }),
  ) as StoredTotals['means'],
});

/** A mean is told to a place, or as a whole number. */
const nearness = (reported: number): number => (Number.isInteger(reported) ? 0.51 : 0.011);

/** By how much the report says more than is stored, for each control total in which they differ. `ignored` are told otherwise for good. */
export function differingTotals(reported: Totals, stored: StoredTotals, ignored: ReadonlySet<Control> = new Set()): Totals {
  const differing: Totals = {};
  for (const name of COUNTS) {
    const more = (reported[name] ?? stored.counts[name]) - stored.counts[name];
    if (more !== 0 && !ignored.has(name)) differing[name] = more;
  }
  for (const name of MEANS) {
    const { sum, values } = stored.means[name];
    const said = reported[name];
    if (said === undefined || ignored.has(name)) continue;
    const more = values === 0 ? said : said - sum / values;
    if (Math.abs(more) > nearness(said)) differing[name] = Math.round(more * 100) / 100;
  }
  return differing;
}

/** Differences as a person reads them. */
export const describeTotals = (differing: Totals): string =>
  Object.entries(differing)
    .map(([name, more]) => `${name} ${more > 0 ? '+' : ''}${more}`)
    .join(', ');

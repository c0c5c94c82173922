import type { Report } from '../records/resource.ts';
import { countOf, type SourceReport } from './source-report.ts';

/** Control totals of some days, by the attributes of a report: what it says, or what is stored; of what it does not say nothing is there. */
export type Totals = Readonly<Record<string, number>>;

/** The counts and means that a report gives. Counts add up over days. */
export function totalsOfReport({ counts, means }: Report, report: SourceReport): Totals {
  const totals: Record<string, number> = {};
  for (const name of Object.keys(counts)) {
    const count = countOf(report, name);
    if (count !== undefined) totals[name] = count;
  }
  for (const name of Object.keys(means)) {
    const mean = Number(report[name] ?? Number.NaN);
    if (Number.isFinite(mean)) totals[name] = mean;
  }
  return totals;
}

/** What is stored of some time: counts, and of each mean the sum and the number of its values. */
export type StoredTotals = { counts: Record<string, number>; means: Record<string, { sum: number; values: number }> };

/** Nothing is stored. */
export const noTotals = ({ counts, means }: Pick<Report, 'counts' | 'means'>): StoredTotals => ({
  counts: mapValues(counts, () => 0),
  means: mapValues(means, () => ({ sum: 0, values: 0 })),
});

/** What is stored of two parts of some time. */
export const addTotals = (one: StoredTotals, other: StoredTotals): StoredTotals => withTotals(one, other, 1);

/** What is stored of some time without one part. */
export const subtractTotals = (all: StoredTotals, part: StoredTotals): StoredTotals => withTotals(all, part, -1);

const withTotals = (one: StoredTotals, { counts, means }: StoredTotals, sign: 1 | -1): StoredTotals => ({
  counts: mapValues(one.counts, (count, name) => count + sign * (counts[name] ?? 0)),
  means: mapValues(one.means, ({ sum, values }, name) => ({
    sum: sum + sign * (means[name]?.sum ?? 0),
    values: values + sign * (means[name]?.values ?? 0),
  })),
});

/** The same names, each with what `map` makes of its value. */
export const mapValues = <T, R>(record: Readonly<Record<string, T>>, map: (value: T, name: string) => R): Record<string, R> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value, name)]));

/** A mean has one decimal place, or is a whole number. */
const nearness = (reported: number): number => (Number.isInteger(reported) ? 0.51 : 0.011);

/** By how much the report says more than is stored, for each control total in which they differ. `ignored` always differ. */
export function differingTotals(reported: Totals, stored: StoredTotals, ignored: ReadonlySet<string> = new Set()): Totals {
  const differing: Record<string, number> = {};
  for (const [name, count] of Object.entries(stored.counts)) {
    const more = (reported[name] ?? count) - count;
    if (more !== 0 && !ignored.has(name)) differing[name] = more;
  }
  for (const [name, { sum, values }] of Object.entries(stored.means)) {
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

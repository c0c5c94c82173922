import { type Counted, fieldOf, type Report, type Resource, type Row } from '../records/resource.ts';
import type { Database } from '../warehouse/connection/database.ts';
import { isReal, nameOf } from '../warehouse/load/merge.ts';
import { addTotals, mapValues, noTotals, type StoredTotals, subtractTotals } from './totals.ts';

/** Half an hour: no two time zones differ by less. */
const SLOT_MS = 1_800_000;

/** A resource of whose days a report tells. */
export type Reported = Resource & { report: Report };

/** Whether the source has a report of a resource. */
export const isReported = (resource: Resource): resource is Reported => resource.report !== undefined;

/**
 * What is stored of a resource's records from one moment until another, to be asked for by any part of that time that begins and ends with a
 * half hour. `by`: the moment that counts for a record.
 */
export async function readStoredTotals(
  { pool }: Database,
  resource: Reported,
  from: Date,
  until: Date,
  by: 'creation' | 'change',
): Promise<(from: Date, until: Date) => StoredTotals> {
  const { table } = resource.tables[0];
  const columnOf = (attribute: string): string => `"${fieldOf(resource, attribute).column}"`;
  const condition = (counted: Counted): string => {
    if (counted === 'all') return 'true';
    return counted.is === undefined ? `${columnOf(counted.attribute)} is not null` : `${columnOf(counted.attribute)} = ${counted.is}`;
  };
  const moment = by === 'change' ? `coalesce(${columnOf('updt_dt')}, ${columnOf('create_dt')})` : columnOf('create_dt');
  const { counts, means } = resource.report;
  const selected = [
    ...Object.entries(counts).map(([name, counted]) => `count(*) filter (where ${condition(counted)})::int as ${name}`),
    ...Object.entries(means).map(([name, attribute]) => {
      const column = columnOf(attribute);
      return `coalesce(sum(${column}), 0)::float8 as ${name}, count(${column})::int as ${name}_values`;
    }),
  ];
  const { rows } = await pool.query<Row & { slot: number }>(
    `select floor(extract(epoch from ${moment}) * 1000 / $3)::float8 as slot, ${selected.join(', ')}
     from ${nameOf(table)} where ${isReal(table)} and source_missing_since is null and ${moment} >= $1 and ${moment} < $2
     group by 1 order by 1`,
    [from, until, SLOT_MS],
  );
  // What is stored up to the end of each half hour: of any time it is the difference of two.
  let all = noTotals(resource.report);
  const sums = rows.map((row) => {
    all = addTotals(all, totalsOfRow(row, resource.report));
    return { slot: row.slot, all };
  });
  const before = (moment: Date): StoredTotals => {
    const slot = moment.getTime() / SLOT_MS;
    let [low, high] = [0, sums.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle]?.slot ?? slot) < slot) low = middle + 1;
      else high = middle;
    }
    return sums[low - 1]?.all ?? noTotals(resource.report);
  };
  return (from, until) => subtractTotals(before(until), before(from));
}

const totalsOfRow = (row: Row, { counts, means }: Report): StoredTotals => ({
  counts: mapValues(counts, (_, name) => Number(row[name])),
  means: mapValues(means, (_, name) => ({ sum: Number(row[name]), values: Number(row[`${name}_values`]) })),
});

/** The control totals of rows that came. */
export function totalsOfRows({ report: { counts, means } }: Reported, rows: readonly Row[]): StoredTotals {
  const isCounted = (row: Row, counted: Counted): boolean => {
    if (counted === 'all') return true;
    const value = row[counted.attribute];
    return counted.is === undefined ? value !== null && value !== undefined : value === counted.is;
  };
  return {
    counts: mapValues(counts, (counted) => rows.filter((row) => isCounted(row, counted)).length),
    means: mapValues(means, (attribute) => {
      const values = rows.flatMap(({ [attribute]: value }) => (typeof value === 'number' ? [value] : []));
      return { sum: values.reduce((sum, value) => sum + value, 0), values: values.length };
    }),
  };
}

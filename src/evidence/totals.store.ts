import { fieldsOf, type Row } from '../records/resource.ts';
import chats from '../resources/chats.ts';
import type { Database } from '../warehouse/connection/database.ts';
import { addTotals, COUNTS, type Count, MEANS, type Mean, noTotals, type StoredTotals, subtractTotals } from './totals.ts';

/** Half an hour: no time zone is told apart by less. */
const SLOT_MS = 1_800_000;

/** What each count of the report counts, and what each mean is of, as conditions and columns of the table of chats. */
const CONDITIONS: Readonly<Record<Count, string>> = {
  total_chats: 'true',
  missed_chats: 'is_missed',
  total_ratings: 'overall_rating is not null',
  great_chats_count: 'overall_rating = 3',
  ok_chats_count: 'overall_rating = 2',
  poor_chats_count: 'overall_rating = 1',
};
const VALUES: Readonly<Record<Mean, string>> = {
  average_rating: 'average_rating_score',
  average_response_delay: 'response_delay_seconds',
  average_duration: 'duration_seconds',
};

/**
 * What is stored of the chats from one moment until another, to be asked for by any part of that time that begins and ends with a half
 * hour. `by`: the moment that a chat is told by.
 */
export async function readStoredTotals(
  { pool }: Database,
  from: Date,
  until: Date,
  by: 'creation' | 'change',
): Promise<(from: Date, until: Date) => StoredTotals> {
  const moment = by === 'change' ? 'coalesce(updated_at, created_at)' : 'created_at';
  const counts = COUNTS.map((name) => `count(*) filter (where ${CONDITIONS[name]})::int as ${name}`);
  const means = MEANS.map((name) => `coalesce(sum(${VALUES[name]}), 0)::float8 as ${name}, count(${VALUES[name]})::int as ${name}_values`);
  const { rows } = await pool.query<Row & { slot: number }>(
    `select floor(extract(epoch from ${moment}) * 1000 / $3)::float8 as slot, ${[...counts, ...means].join(', ')}
     from chatrhub.chats where not is_inferred and source_missing_since is null and ${moment} >= $1 and ${moment} < $2 group by 1 order by 1`,
    [from, until, SLOT_MS],
  );
  // What is stored up to the end of each half hour: of any time it is the difference of two.
  let all = noTotals();
  const sums = rows.map((row) => {
    all = addTotals(all, totalsOfRow(row));
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
    return sums[low - 1]?.all ?? noTotals();
  };
  return (from, until) => subtractTotals(before(until), before(from));
}

const totalsOfRow = (row: Row): StoredTotals => ({
  counts: Object.fromEntries(COUNTS.map((name) => [name, Number(row[name])])) as StoredTotals['counts'],
  means: Object.fromEntries(
    MEANS.map((name) => [name, { sum: Number(row[name]), values: Number(row[`${name}_values`]) }]),
  ) as StoredTotals['means'],
});

/** The control totals of rows that came, by the attributes that the columns hold. */
export function totalsOfRows(rows: readonly Row[]): StoredTotals {
  const keyOf = (column: string): string => fieldsOf(chats).find((field) => field.column === column)?.key ?? column;
  const [missed, rating] = [keyOf('is_missed'), keyOf('overall_rating')];
  const rated = (value: number) => rows.filter((row) => row[rating] === value).length;
  return {
    counts: {
      total_chats: rows.length,
      missed_chats: rows.filter((row) => row[missed] === true).length,
      total_ratings: rows.filter((row) => typeof row[rating] === 'number').length,
      great_chats_count: rated(3),
      ok_chats_count: rated(2),
      poor_chats_count: rated(1),
    },
    means: Object.fromEntries(
      MEANS.map((name) => {
        const values = rows.flatMap((row) => {
          const value = row[keyOf(VALUES[name])];
          return typeof value === 'number' ? [value] : [];
        });
        return [name, { sum: values.reduce((sum, value) => sum + value, 0), values: values.length }];
      }),
    ) as StoredTotals['means'],
  };
}

import { count } from '../../counted.ts';
import { GRID, LETTERS, timeAxis, valueAxis } from './axes.ts';
import type { Drawing, Size } from './chart.ts';
import { bucketTitle } from './numbers.ts';
import type { Bucket, Step } from './report-period.ts';

/** One colour of a stack, from the bottom up. `values` has one number per bucket; null where nothing is known. */
type Stack = { name: string; colour: string; values: readonly (number | null)[] };

export type Columns = { label: string; buckets: readonly Bucket[]; step: Step; stacks: readonly Stack[]; above?: readonly string[] };

const HEIGHT: Record<Size, number> = { wide: 260, middle: 240, narrow: 220 };

/** Stacked columns over time; `above` writes a text over each, where there is room. */
export function columns({ label, buckets, step, stacks, above }: Columns): Drawing {
  const totals = buckets.map((_, index) => stacks.reduce((sum, { values }) => sum + (values[index] ?? 0), 0));
  const isKnown = buckets.map((_, index) => stacks.some(({ values }) => values[index] !== null));
  const topOf = (index: number): number => stacks.findLastIndex(({ values }) => (values[index] ?? 0) > 0);
  return {
    label,
    at: (size) => ({
      height: HEIGHT[size],
      option: {
        grid: { ...GRID, top: above ? 26 : GRID.top },
        xAxis: timeAxis(buckets, step, size, isKnown),
        yAxis: valueAxis(Math.max(1, ...totals), count),
        series: stacks.map(({ values, colour }, series) => ({
          type: 'bar',
          stack: 'all',
          barCategoryGap: '24%',
          barMaxWidth: 56,
          emphasis: { disabled: true },
          itemStyle: { color: `var(--${colour})` },
          data: values.map((value, index) => ({
            value,
            ...(topOf(index) === series ? { itemStyle: { borderRadius: [3, 3, 0, 0] } } : {}),
            ...(above && topOf(index) === series && buckets.length <= (size === 'narrow' ? 6 : 20)
              ? { label: { ...LETTERS, show: true, position: 'top', formatter: () => above[index] ?? '', color: 'var(--ink)' } }
              : {}),
          })),
        })),
      },
    }),
    title: (series, index) => {
      const bucket = buckets[index];
      if (!bucket) return '';
      return `${bucketTitle(bucket, step)}: ${stacks[series]?.name ?? ''} ${count(stacks[series]?.values[index] ?? 0)} of ${count(totals[index] ?? 0)}`;
    },
  };
}

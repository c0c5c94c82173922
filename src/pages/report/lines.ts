import { GRID, timeAxis, valueAxis } from './axes.ts';
import type { Drawing, Size } from './chart.ts';
import { bucketTitle } from './numbers.ts';
import type { Bucket, Step } from './report-period.ts';

/** A line over time. `values` has one number per bucket, null where there is none: a gap. `says` describes one value. */
type Line = {
  name: string;
  colour: string;
  values: readonly (number | null)[];
  says: (index: number) => string;
  isDashed?: boolean;
};

export type Lines = {
  label: string;
  buckets: readonly Bucket[];
  step: Step;
  lines: readonly Line[];
  format: (value: number) => string;
  steps: 'counts' | 'seconds';
  /** Of which buckets something is known. */
  isKnown: readonly boolean[];
  hasArea?: boolean;
  /** How high the axis is; as high as the values when not given. */
  max?: number;
  /** A value that is aimed at. */
  target?: number;
};

const HEIGHT: Record<Size, number> = { wide: 240, middle: 220, narrow: 200 };

/** Lines over time, broken where there is no value, with a point on each value. */
export function lines({ label, buckets, step, lines, format, steps, isKnown, hasArea = false, max: height = 1, target }: Lines): Drawing {
  const max = Math.max(height, ...lines.flatMap(({ values }) => values.map((value) => value ?? 0)));
  return {
    label,
    at: (size) => ({
      height: HEIGHT[size],
      option: {
        grid: GRID,
        xAxis: timeAxis(buckets, step, size, isKnown),
        yAxis: valueAxis(max, format, steps),
        series: lines.map(({ values, colour, isDashed }) => ({
          type: 'line',
          data: values,
          connectNulls: false,
          symbol: 'circle',
          symbolSize: size === 'narrow' && buckets.length > 31 ? 3 : 5,
          showAllSymbol: true,
          emphasis: { disabled: true },
          lineStyle: { color: `var(--${colour})`, width: 2, type: isDashed ? 'dashed' : 'solid' },
          itemStyle: { color: `var(--${colour})` },
          ...(target === undefined
            ? {}
            : {
                markLine: {
                  silent: true,
                  symbol: 'none',
                  label: { show: false },
                  lineStyle: { color: 'var(--target)', width: 2, type: 'dashed' },
                  data: [{ yAxis: target }],
                },
              }),
          ...(hasArea ? { areaStyle: { color: `var(--${colour})`, opacity: 0.12 } } : {}),
        })),
      },
    }),
    title: (series, index) => {
      const bucket = buckets[index];
      return bucket ? `${bucketTitle(bucket, step)}: ${lines[series]?.says(index) ?? ''}` : '';
    },
  };
}

import { startOf } from '../../time/period.ts';
import type { Size } from './chart.ts';
import { bucketName } from './numbers.ts';
import { type Bucket, isPart, type Step } from './report-period.ts';

/** Letters of axes and labels. */
export const LETTERS = { fontSize: 12, color: 'var(--quiet)' };

/** Room for the axes, whose labels are not cut. */
export const GRID = { left: 2, right: 6, top: 12, bottom: 2, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' };

/** The axis of a chart over time. Where nothing is known there is a band: a gap, not a zero; parts are hatched. Of many days the Mondays are named, else as many as there is room for. */
export function timeAxis(buckets: readonly Bucket[], step: Step, size: Size, isKnown: readonly boolean[]) {
  const every = Math.ceil(buckets.length / (size === 'narrow' ? 5 : 12));
  const isNamed = (index: number): boolean => {
    const day = buckets[index]?.start ?? '';
    return step === 'day' && buckets.length > 14 ? startOf(day).getUTCDay() === 1 : index % every === 0;
  };
  return {
    type: 'category',
    data: buckets.map((bucket) => bucketName(bucket, step)),
    axisLabel: { ...LETTERS, interval: isNamed, hideOverlap: true, margin: 10 },
    axisTick: { interval: isNamed, alignWithLabel: true, length: 4, lineStyle: { color: 'var(--axis)' } },
    axisLine: { lineStyle: { color: 'var(--axis)' } },
    splitArea: {
      show: true,
      interval: 0,
      areaStyle: {
        color: buckets.map((bucket, index) => (!isKnown[index] ? 'var(--unknown)' : isPart(bucket) ? 'var(--part)' : 'transparent')),
      },
    },
  };
}

/** How far apart the lines of a scale may be. */
const COUNTS = [1, 2, 5].flatMap((digit) => [0, 1, 2, 3, 4, 5].map((zeros) => digit * 10 ** zeros)).sort((a, b) => a - b);
const SECONDS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400, 172_800, 432_000, 864_000];

/** The axis of counts, or of seconds, from 0 to `max`, in at most five steps that people count in. */
export function valueAxis(max: number, format: (value: number) => string, steps: 'counts' | 'seconds' = 'counts') {
  const interval = (steps === 'counts' ? COUNTS : SECONDS).find((step) => step * 5 >= max) ?? max / 5;
  return {
    type: 'value',
    min: 0,
    max: Math.max(1, Math.ceil(max / interval)) * interval,
    interval,
    axisLabel: { ...LETTERS, formatter: format },
    splitLine: { lineStyle: { color: 'var(--grid)' } },
  };
}

import { GRID, LETTERS } from './axes.ts';
import type { Drawing } from './chart.ts';

export const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;

/** A cell of a week: ISO weekday 1 to 7, hour 0 to 23. `tone` names its colour, and that of its text as `tone-ink`. */
export type HeatCell = { weekday: number; hour: number; tone: string; text: string; title: string };

/** Classes of a value as multiples of the average, each up to its limit. */
export const CLASSES = [
  { tone: 'heat-1', limit: 0.5, name: 'under half the average' },
  { tone: 'heat-2', limit: 1, name: 'up to the average' },
  { tone: 'heat-3', limit: 1.5, name: 'up to 1.5 times' },
  { tone: 'heat-4', limit: 2.5, name: 'up to 2.5 times' },
  { tone: 'heat-5', limit: Number.POSITIVE_INFINITY, name: 'more' },
] as const;
export const QUIET = { tone: 'heat-quiet', name: 'no chats' };

/** The class of a value. */
export const toneOf = (value: number, average: number): string =>
  CLASSES.find(({ limit }) => value <= limit * average)?.tone ?? CLASSES[4].tone;

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const hourName = (hour: number): string => `${String(hour).padStart(2, '0')}:00`;

/** A week as cells: hours go to the right, and on phones down, so that the numbers can be read. */
export function heat({ label, cells, tones }: { label: string; cells: readonly HeatCell[]; tones: readonly string[] }): Drawing {
  const category = (data: readonly string[], isVertical: boolean) => ({
    type: 'category',
    data,
    inverse: isVertical,
    axisLabel: { ...LETTERS, interval: data.length > 7 && !isVertical ? 2 : 0, margin: 10 },
    axisTick: { show: false },
    axisLine: { show: false },
    splitArea: { show: false },
  });
  return {
    label,
    at: (size) => {
      const isUpright = size === 'narrow';
      const [hours, weekdays] = [category(HOURS.map(hourName), isUpright), category(WEEKDAYS, !isUpright)];
      return {
        height: isUpright ? 560 : 276,
        option: {
          grid: { ...GRID, top: 4 },
          xAxis: isUpright ? { ...weekdays, position: 'top' } : hours,
          yAxis: isUpright ? hours : weekdays,
          visualMap: {
            show: false,
            type: 'piecewise',
            dimension: 2,
            pieces: tones.map((tone, value) => ({ value, color: `var(--${tone})` })),
          },
          series: [
            {
              type: 'heatmap',
              emphasis: { disabled: true },
              itemStyle: { borderColor: 'var(--card)', borderWidth: 2, borderRadius: 4 },
              data: cells.map(({ weekday, hour, tone, text }) => ({
                value: isUpright ? [weekday - 1, hour, tones.indexOf(tone)] : [hour, weekday - 1, tones.indexOf(tone)],
                label: { show: text !== '', formatter: () => text, color: `var(--${tone}-ink)`, fontSize: size === 'middle' ? 10 : 12 },
              })),
            },
          ],
        },
      };
    },
    title: (_, index) => cells[index]?.title ?? '',
  };
}

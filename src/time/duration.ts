/** Units of durations and windows, in milliseconds. */
export const UNITS_MS = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

/** `6h`, `90m`, `120s` in milliseconds; undefined when it is not of that form. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim());
  const ms = match && Number(match[1]) * UNITS_MS[match[2] as keyof typeof UNITS_MS];
  return ms && ms <= 2 ** 31 * 1_000 ? ms : undefined;
}

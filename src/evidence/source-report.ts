/** What a report says of the chats of some days: its attributes as received. */
export type SourceReport = Record<string, unknown>;

/** A count of a report, which may be a number or digits; undefined where it is neither. */
export function countOf(report: SourceReport, attribute: string): number | undefined {
  const value = report[attribute];
  const count = typeof value === 'number' || (typeof value === 'string' && value.trim() !== '') ? Number(value) : Number.NaN;
  return Number.isSafeInteger(count) && count >= 0 ? count : undefined;
}

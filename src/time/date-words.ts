/** Parts of a moment in words, in a time zone: `22 Nov 2026`. British months have three letters here: `Sep`. */
export const inWords = (instant: Date, timeZone: string, parts: Intl.DateTimeFormatOptions): string =>
  instant.toLocaleString('en-GB', { timeZone, ...parts }).replace('Sept', 'Sep');

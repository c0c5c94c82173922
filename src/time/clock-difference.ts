/** The clocks of source and machine differ by less, in milliseconds. */
export const CLOCKS_DIFFER_MS = 5 * 60_000;

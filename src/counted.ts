/** `12,345`. */
export const count = (value: number): string => value.toLocaleString('en');

/** `1 request`, `2 requests`. */
export const counted = (value: number, noun: string): string => `${count(value)} ${noun}${value === 1 ? '' : 's'}`;

import { plainJson, plainLines } from '../plain-text.ts';

/* The only way to the terminal for what commands have to say: text of the source cannot move its cursor or turn its lines. */

/** Prints lines for a person. */
export const print = (text: string): void => void process.stdout.write(`${plainLines(text)}\n`);

/** Prints one JSON object for a program. */
export const printJson = (value: object): void => void process.stdout.write(`${plainJson(value)}\n`);

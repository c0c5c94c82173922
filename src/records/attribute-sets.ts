import type { Row } from './resource.ts';
import { cleanJson } from './sanitise.ts';

/** How JSON.stringify writes what PostgreSQL's text cannot hold: NUL and lone surrogates. Finds a few more, which does no harm. */
const UNSTORABLE = /\\u0000|\\ud[89a-f]/;

/**
 * Control characters, of which JSON has none, for what values hold most: ends of moments, booleans, and nulls, which are empty lines. A quarter
 * of a message. `chatrhub_raw.pack` and `chatrhub_raw.attributes_of` do the same.
 */
export const SHORT = [
  ['+00:00"\n', '\x01'],
  ['false\n', '\x02'],
  ['true\n', '\x03'],
  ['\n\n\n\n', '\x04'],
] as const;

/** The attributes of a record as they are stored: which of the sets its names are, and its values, each on a line. */
export type Packed = { set: number; values: string };

type AttributeSet = { number: number; names: readonly string[] };

/**
 * The sets of names that some records have. Names are a text for PostgreSQL's `format`, with `%s` in place of each value. Values are JSON,
 * which has no line break outside of a text and writes it as `\n` inside; an empty line is null, as most values are. Names are in the
 * order of jsonb, so that the database makes the same of the same record (`chatrhub_raw.pack`).
 */
export class AttributeSets {
  /** The texts, by the number that `pack` returns. */
  readonly templates: string[] = [];
  readonly #bySignature = new Map<string, AttributeSet>();
  readonly #byTemplate = new Map<string, AttributeSet>();

  /** In names and values NUL and lone surrogates become U+FFFD. An attribute that is undefined is left out. */
  pack(attributes: Row): Packed {
    return this.#pack(attributes, false) ?? (this.#pack(cleanJson(attributes) as Row, true) as Packed);
  }

  /** Undefined where something cannot be stored, unless it was cleaned. */
  #pack(attributes: Row, isClean: boolean): Packed | undefined {
    let signature = '';
    for (const name of Object.keys(attributes)) {
      // With its length, as a name may hold anything.
      if (attributes[name] !== undefined) signature += `${name.length}:${name}`;
    }
    const set = this.#bySignature.get(signature) ?? this.#add(signature, attributes, isClean);
    if (set === undefined) return undefined;
    let values = '';
    for (const name of set.names) values += `${jsonOf(attributes[name])}\n`;
    if (!isClean && UNSTORABLE.test(values)) return undefined;
    for (const [long, short] of SHORT) values = values.replaceAll(long, short);
    return { set: set.number, values };
  }

  #add(signature: string, attributes: Row, isClean: boolean): AttributeSet | undefined {
    const names = Object.keys(attributes)
      .filter((name) => attributes[name] !== undefined)
      .sort(asInJsonb);
    const template = `{${names.map((name) => `${JSON.stringify(name).replaceAll('%', '%%')}:%s`).join(',')}}`;
    if (!isClean && UNSTORABLE.test(template)) return undefined;
    const set = this.#byTemplate.get(template) ?? { number: this.templates.push(template) - 1, names };
    this.#byTemplate.set(template, set);
    this.#bySignature.set(signature, set);
    return set;
  }
}

const jsonOf = (value: unknown): string => {
  if (value === null) return '';
  return typeof value === 'boolean' ? String(value) : JSON.stringify(value);
};

/** jsonb has shorter names first, then those whose bytes are smaller. */
function asInJsonb(one: string, other: string): number {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length - b.length || a.compare(b);
}

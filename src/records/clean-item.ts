import { unwrap } from './document.ts';
import type { Row } from './resource.ts';
import { cutSecrets, TooDeepError, withoutSecrets } from './sanitise.ts';

/**
 * A record without secrets, and which of its attributes nest too deep to be kept: as text, without secrets. `problem`: why it is none.
 */
export type Cleaned = { item: unknown; problem?: string; tooDeep?: { attribute: string; value: string }[] };

/** Why what nests too deep is rejected. */
export const TOO_DEEP = new TooDeepError().message;

/** A record as it is read. What nests too deep is taken out of it, as far as that is an attribute. */
export function cleanItem(item: unknown): Cleaned {
  try {
    return { item: withoutSecrets(item) };
  } catch (error) {
    if (!(error instanceof TooDeepError)) throw error;
    const record = unwrap(item);
    if (!record) return { item: textOfDeep(item), problem: TOO_DEEP };
    const tooDeep: { attribute: string; value: string }[] = [];
    const attributes: Row = {};
    for (const [attribute, value] of Object.entries(record.attributes)) {
      try {
        attributes[attribute] = withoutSecrets(value);
      } catch (error) {
        if (!(error instanceof TooDeepError)) throw error;
        tooDeep.push({ attribute, value: textOfDeep(value) });
      }
    }
    return { item: { ...record, attributes: withoutSecrets(attributes) }, tooDeep };
  }
}

const LONGEST_SHOWN = 10_000;

function textOfDeep(value: unknown): string {
  try {
    return cutSecrets(JSON.stringify(value).slice(0, LONGEST_SHOWN));
  } catch {
    // JSON.stringify ends at some depth too.
    return '';
  }
}

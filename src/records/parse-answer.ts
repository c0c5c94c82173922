import type { Answer, Asked } from './answer.ts';
import { type Cleaned, cleanItem } from './clean-item.ts';
import { coerce } from './coerce.ts';
import { hintsIn, itemsOf, unwrap } from './document.ts';
import { nothingFormOf } from './envelope.ts';
import { Gathering } from './gathering.ts';
import type { Resource, Row } from './resource.ts';
import { respell } from './spelling.ts';

/** The account of records while none of them has named a number. */
const UNNAMED_ACCOUNT = 0;

/** Records in a step of parsing: about a millisecond. */
const STEP = 100;

/**
 * Turns an answer's document into rows of its own resource and of the records embedded in it. `data` may be an array, an object, null
 * or missing (the API's documentation: L385, L1598, L1685). A value that does not fit is absent, a record without a key is rejected;
 * the rest is loaded.
 */
export function parseAnswer(document: unknown, resource: Resource, asked: Asked = {}): Answer {
  const steps = parsing(document, resource, asked);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** As `parseAnswer`, some records at a time: between the steps whoever waits for this process can have a turn. */
export function* parsing(document: unknown, resource: Resource, asked: Asked = {}): Generator<void, Answer> {
  const items = itemsOf(document);
  let received = 0;
  const cleaned = function* (): Generator<Cleaned> {
    for (const item of items) {
      received += 1;
      yield cleanItem(item);
    }
  };
  let safe: Iterable<Cleaned> = cleaned();
  let { clientId = UNNAMED_ACCOUNT } = asked;
  if (asked.clientId === undefined) {
    // Whose the records are is not known before an answer names it, which is held whole.
    const all: Cleaned[] = [];
    for (const item of safe) if (all.push(item) % STEP === 0) yield;
    safe = all;
    clientId = commonClient(all.map(({ item }) => respell(unwrap(item)?.attributes ?? {}, resource))) ?? UNNAMED_ACCOUNT;
  }
  const gathering = new Gathering(resource, { ...asked, clientId });
  let turns = 0;
  for (const item of safe) {
    turns += 1;
    if (turns % STEP === 0) yield;
    gathering.take(item, resource, asked.defaults ?? {}, true);
  }
  return { ...gathering.end(), received, clientId, hints: hintsIn(document), form: nothingFormOf(document) };
}

/** The account most records belong to. */
function commonClient(records: Iterable<Row>): number | undefined {
  const votes = new Map<number, number>();
  for (const { client_id } of records) {
    const client = coerce(client_id, 'bigint');
    if (typeof client === 'number' && client !== UNNAMED_ACCOUNT) votes.set(client, (votes.get(client) ?? 0) + 1);
  }
  return [...votes].sort((a, b) => b[1] - a[1])[0]?.[0];
}

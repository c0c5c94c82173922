import { CLOCKS_DIFFER_MS } from '../time/clock-difference.ts';
import { type Cleaned, cleanItem, TOO_DEEP } from './clean-item.ts';
import { coerce } from './coerce.ts';
import { hintsIn, itemsOf, unwrap } from './document.ts';
import { type Hints, type NothingForm, nothingFormOf } from './envelope.ts';
import { overlay, type Taken } from './overlay.ts';
import { type Privacy, pseudonymiseRow, pseudonymiseText } from './pseudonyms.ts';
import { typeProblem } from './record-type.ts';
import { fieldsOf, type Resource, type Row } from './resource.ts';
import { identityOf, isAnother, keyOf, saysAnything, textOf, toRaw, toRow } from './row.ts';
import { cleanText } from './sanitise.ts';
import { addToShape, noShape, noteUnfit, type Shape } from './shape.ts';
import { respell } from './spelling.ts';

/** A record or a value that was rejected. `attribute` is null when it is the whole record; `value` is text, without secrets. */
export type Rejected = {
  resource: string;
  recordKey: string | null;
  attribute: string | null;
  reason: string;
  value: string | null;
  /** The attributes of its record, which tell whose it is; they are not kept. */
  of?: Row;
};

/**
 * The records of one resource in one answer, each once; own ones, or embedded copies. `raw`: the attributes of each row's record as they
 * came, at the row's place, without secrets and embedded records; none where no versions are kept. `came`: how many there were, counted at the
 * door, each once; `shape`: what they looked like. `carriedAt`: of embedded copies, when the record that holds each was last changed.
 */
export type Batch = {
  resource: Resource;
  isOwn: boolean;
  rows: Row[];
  rejected: number;
  came: number;
  raw: Row[];
  outdated: readonly string[];
  shape: Shape;
  carriedAt: (Date | undefined)[];
};

/**
 * What an answer holds. Batches are in the order in which they can be loaded: parents first, the resource itself last. `hints`: what it
 * says of itself beside its records; `form`: how it says that there is nothing; `ahead`: records that are later than the moment of asking,
 * which are left out.
 */
export type Answer = {
  batches: Batch[];
  rejects: Rejected[];
  received: number;
  clientId: number;
  hints: Hints;
  form: NothingForm | undefined;
  ahead: number;
};

/** The account of records while none of them has named a number. */
const UNNAMED_ACCOUNT = 0;

/**
 * What the request knows that its records may leave out. `isStored`: the records are not the source's but stored versions, which hold
 * computed columns where PII_MODE left nothing to compute them from. `now`: the moment of asking.
 */
export type Asked = { defaults?: Row; clientId?: number | undefined; privacy?: Privacy; isStored?: boolean; now?: Date };

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
  const gathering = createGathering(resource, { ...asked, clientId });
  let turns = 0;
  for (const item of safe) {
    turns += 1;
    if (turns % STEP === 0) yield;
    gathering.take(item, resource, asked.defaults ?? {}, true);
  }
  return { ...gathering.end(), received, clientId, hints: hintsIn(document), form: nothingFormOf(document) };
}

/** Gathers the records of an answer, and those embedded in them, one by one. */
function createGathering(resource: Resource, asked: Asked & { clientId: number }) {
  const { clientId, isStored = false } = asked;
  const privacy: Privacy = { ...(asked.privacy ?? { mode: 'keep' }), isStored };
  const isAhead = aheadOf(resource, asked.now);
  // Parents first: the order of the batches.
  const gathered = new Map(family(resource).map((member): [Resource, Gathered] => [member, noneGathered()]));
  const rejects: Rejected[] = [];
  let ahead = 0;

  function gather(of: Resource): Gathered {
    const known = gathered.get(of) ?? noneGathered();
    gathered.set(of, known);
    return known;
  }

  function reject(of: Resource, recordKey: string | null, attribute: string | null, reason: string, value: unknown, attributes?: Row) {
    const kept = pseudonymiseText(textOf(value), privacy) as string | null;
    rejects.push({ resource: of.name, recordKey, attribute, reason, value: kept, ...(attributes && { of: attributes }) });
    if (attribute === null) gather(of).rejected += 1;
  }

  /** Takes the records out that are embedded in the attributes of another. */
  function takeEmbedded(attributes: Row, of: Resource): void {
    for (const [attribute, embed] of Object.entries(of.embeds ?? {})) {
      const copy = attributes[attribute];
      const id = attributes[embed.id];
      if (typeof copy !== 'object') continue;
      const copyOf = id === null || id === undefined ? {} : { id };
      if (copy !== null) take({ item: copy }, embed.resource, copyOf, false, changeOf(attributes));
      // JSON leaves it out. Deleting it would make a slow object of a fast one.
      attributes[attribute] = undefined;
    }
  }

  function take({ item, problem: fault, tooDeep = [] }: Cleaned, of: Resource, defaults: Row, isOwn: boolean, carriedAt?: Date) {
    const record = unwrap(item);
    const mine = gather(of);
    if (!record) {
      mine.came += 1;
      return reject(of, null, null, fault ?? 'not a record', item);
    }
    const shown = respell(record.attributes, of);
    if (Object.keys(shown).length === 0 && !isStored) {
      if (!isOwn) return;
      mine.came += 1;
      return reject(of, idText(record.id), null, 'has no attributes', item);
    }
    const attributes = { ...shown };
    for (const [attribute, value] of Object.entries(defaults)) attributes[attribute] ??= value;
    takeEmbedded(attributes, of);
    if (!isStored) for (const ours of Object.keys(of.derive ?? {})) if (ours in attributes) attributes[ours] = undefined;
    const id = record.id ?? attributes.id ?? (of.idAgain && attributes[of.idAgain]);
    if (!isOwn && id === undefined && fieldsOf(of).some((field) => field.isKey && field.key === 'id')) return;
    attributes.id = id;
    mine.came += 1;
    if (!isStored) addToShape(mine.shape, shown);
    const { row, unfit, problem = typeProblem(record.type, of) } = toRow(attributes, of, { clientId, isStored });
    if (problem) return reject(of, idText(id), null, problem, item, attributes);
    if (isOwn && !isStored && !saysAnything(shown, row))
      return reject(of, idText(id), null, 'has no attribute that can be read', item, attributes);
    if (isOwn && isAhead(row)) {
      mine.came -= 1;
      ahead += 1;
      return;
    }
    for (const { attribute, value } of tooDeep) reject(of, keyOf(row, of), attribute, TOO_DEEP, value, attributes);
    for (const { attribute, reason, value } of unfit) {
      noteUnfit(mine.shape, attribute);
      reject(of, keyOf(row, of), attribute, reason, value, attributes);
    }
    pseudonymiseRow(row, of, privacy);
    const raw = of.keepsVersions === false ? NOTHING : toRaw(attributes, { row, unfit }, of, privacy);
    if (!add(mine, { row, raw, carriedAt }, of, { isOwn, isStored }))
      reject(of, idText(id), null, 'has the id of another record of the answer', item, attributes);
  }

  return {
    take,
    end: (): Pick<Answer, 'batches' | 'rejects' | 'ahead'> => ({
      batches: [...gathered].map(([of, mine]) => batchOf(of, mine, of === resource, privacy)),
      rejects: distinctRejects(rejects),
      ahead,
    }),
  };
}

/** What there is of a resource in an answer so far: see `Batch`. */
type Gathered = Pick<Batch, 'came' | 'rejected' | 'shape'> & { records: Map<string, Taken> };

const noneGathered = (): Gathered => ({ records: new Map(), came: 0, rejected: 0, shape: noShape() });

/** Adds a record; false when another one has its id. Versions of one record may differ in all they say. What an answer holds twice counts once. */
function add(mine: Gathered, taken: Taken, of: Resource, { isOwn, isStored }: { isOwn: boolean; isStored: boolean }): boolean {
  const key = identityOf(taken.row, of);
  const known = mine.records.get(key);
  if (known && isOwn && !isStored && isAnother(known.row, taken.row, of)) return false;
  if (known) mine.came -= 1;
  mine.records.set(key, known ? overlay(known, taken, of, isOwn) : taken);
  return true;
}

const batchOf = (of: Resource, { records, came, rejected, shape }: Gathered, isOwn: boolean, { mode }: Privacy): Batch => ({
  resource: of,
  isOwn,
  rows: Array.from(records.values(), ({ row }) => row),
  rejected,
  came,
  raw: of.keepsVersions === false ? [] : Array.from(records.values(), ({ raw }) => raw),
  // What PII_MODE hid before is readable now: what was computed from it then has had its day.
  outdated: mode === 'keep' ? Object.keys(of.derive ?? {}) : [],
  shape,
  carriedAt: isOwn ? [] : Array.from(records.values(), ({ carriedAt }) => carriedAt),
});

const NOTHING: Row = {};

/** Tells records that are later than the moment of asking, where a record stands for a moment. */
function aheadOf({ window }: Resource, now: Date | undefined): (row: Row) => boolean {
  const moment = window?.moment;
  if (moment === undefined || now === undefined) return () => false;
  const latest = now.getTime() + CLOCKS_DIFFER_MS;
  return (row) => row[moment] instanceof Date && row[moment].getTime() > latest;
}

/** When a record says that it was last changed, or made. */
function changeOf({ updt_dt, create_dt }: Row): Date | undefined {
  const at = coerce(updt_dt ?? create_dt, 'timestamp with time zone');
  return at instanceof Date ? at : undefined;
}

/** A resource after all that its records embed. */
function family(resource: Resource): Resource[] {
  return [...new Set([...Object.values(resource.embeds ?? {}).flatMap((embed) => family(embed.resource)), resource])];
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

/** Each once: these distinguish what is rejected. */
export const distinctRejects = (rejects: readonly Rejected[]): Rejected[] => [
  ...new Map(rejects.map((r) => [JSON.stringify([r.resource, r.recordKey, r.attribute, r.value]), r])).values(),
];

const idText = (id: unknown): string | null =>
  typeof id === 'string' || typeof id === 'number' ? cleanText(String(id)).slice(0, 100) : null;

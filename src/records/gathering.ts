import { CLOCKS_DIFFER_MS } from '../time/clock-difference.ts';
import type { Answer, Asked, Batch, Rejected } from './answer.ts';
import { type Cleaned, TOO_DEEP } from './clean-item.ts';
import { coerce } from './coerce.ts';
import { unwrap } from './document.ts';
import { overlay, type Taken } from './overlay.ts';
import { type Privacy, pseudonymiseRow, pseudonymiseText } from './pseudonyms.ts';
import { typeProblem } from './record-type.ts';
import { fieldsOf, type Resource, type Row } from './resource.ts';
import { identityOf, isAnother, keyOf, saysAnything, textOf, toRaw, toRow } from './row.ts';
import { cleanText } from './sanitise.ts';
import { addToShape, noShape, noteUnfit } from './shape.ts';
import { respell } from './spelling.ts';

/** Gathers the records of an answer, and those embedded in them, one by one. */
export class Gathering {
  readonly #resource: Resource;
  readonly #of: { clientId: number; isStored: boolean };
  readonly #privacy: Privacy;
  readonly #isAhead: (row: Row) => boolean;
  readonly #gathered: Map<Resource, Gathered>;
  readonly #rejects: Rejected[] = [];
  #ahead = 0;

  constructor(resource: Resource, { clientId, isStored = false, privacy, now }: Asked & { clientId: number }) {
    this.#resource = resource;
    this.#of = { clientId, isStored };
    this.#privacy = { ...(privacy ?? { mode: 'keep' }), isStored };
    this.#isAhead = aheadOf(resource, now);
    // Parents first: the order of the batches.
    this.#gathered = new Map(family(resource).map((member) => [member, noneGathered()]));
  }

  take(cleaned: Cleaned, of: Resource, defaults: Row, isOwn: boolean, carriedAt?: Date) {
    const { item, problem: fault } = cleaned;
    const record = unwrap(item);
    const mine = this.#gather(of);
    if (!record) {
      mine.came += 1;
      return this.#reject(of, null, null, fault ?? 'not a record', item);
    }
    const shown = respell(record.attributes, of);
    if (Object.keys(shown).length === 0 && !this.#of.isStored) {
      if (!isOwn) return;
      mine.came += 1;
      return this.#reject(of, idText(record.id), null, 'has no attributes', item);
    }
    const attributes = { ...shown };
    for (const [attribute, value] of Object.entries(defaults)) attributes[attribute] ??= value;
    this.#takeEmbedded(attributes, of);
    if (!this.#of.isStored) for (const ours of Object.keys(of.derive ?? {})) if (ours in attributes) attributes[ours] = undefined;
    const id = record.id ?? attributes.id ?? (of.idAgain && attributes[of.idAgain]);
    if (!isOwn && id === undefined && fieldsOf(of).some((field) => field.isKey && field.key === 'id')) return;
    attributes.id = id;
    mine.came += 1;
    this.#keep(cleaned, { of, attributes, shown, type: record.type, isOwn, carriedAt });
  }

  end(): Pick<Answer, 'batches' | 'rejects' | 'ahead'> {
    return {
      batches: [...this.#gathered].map(([of, mine]) => batchOf(of, mine, of === this.#resource, this.#privacy)),
      rejects: distinctRejects(this.#rejects),
      ahead: this.#ahead,
    };
  }

  /** Makes a row of a record, and keeps what of it is no row with its reason. */
  #keep({ item, tooDeep = [] }: Cleaned, { of, attributes, shown, type, isOwn, carriedAt }: Named) {
    const { isStored } = this.#of;
    const mine = this.#gather(of);
    const rejectAll = (problem: string): void => this.#reject(of, idText(attributes.id), null, problem, item, attributes);
    if (!isStored) addToShape(mine.shape, shown);
    const { row, unfit, problem = typeProblem(type, of) } = toRow(attributes, of, this.#of);
    if (problem) return rejectAll(problem);
    if (isOwn && !isStored && !saysAnything(shown, row)) return rejectAll('has no attribute that can be read');
    if (isOwn && this.#isAhead(row)) {
      mine.came -= 1;
      this.#ahead += 1;
      return;
    }
    for (const { attribute, value } of tooDeep) this.#reject(of, keyOf(row, of), attribute, TOO_DEEP, value, attributes);
    for (const { attribute, reason, value } of unfit) {
      noteUnfit(mine.shape, attribute);
      this.#reject(of, keyOf(row, of), attribute, reason, value, attributes);
    }
    pseudonymiseRow(row, of, this.#privacy);
    const raw = of.keepsVersions === false ? NOTHING : toRaw(attributes, { row, unfit }, of, this.#privacy);
    if (!add(mine, { row, raw, carriedAt }, of, { isOwn, isStored })) rejectAll('has the id of another record of the answer');
  }

  /** Takes the records out that are embedded in the attributes of another. */
  #takeEmbedded(attributes: Row, of: Resource): void {
    for (const [attribute, embed] of Object.entries(of.embeds ?? {})) {
      const copy = attributes[attribute];
      const id = attributes[embed.id];
      if (typeof copy !== 'object') continue;
      const copyOf = id === null || id === undefined ? {} : { id };
      if (copy !== null) this.take({ item: copy }, embed.resource, copyOf, false, changeOf(attributes));
      // JSON leaves it out. Deleting it would make a slow object of a fast one.
      attributes[attribute] = undefined;
    }
  }

  #gather(of: Resource): Gathered {
    const known = this.#gathered.get(of) ?? noneGathered();
    this.#gathered.set(of, known);
    return known;
  }

  #reject(of: Resource, recordKey: string | null, attribute: string | null, reason: string, value: unknown, attributes?: Row): void {
    const kept = pseudonymiseText(textOf(value), this.#privacy) as string | null;
    this.#rejects.push({ resource: of.name, recordKey, attribute, reason, value: kept, ...(attributes && { of: attributes }) });
    if (attribute === null) this.#gather(of).rejected += 1;
  }
}

/**
 * A record with its number among its attributes. `shown`: those that it came with; `carriedAt`: when the record changed that it is a copy
 * in.
 */
type Named = { of: Resource; attributes: Row; shown: Row; type: unknown; isOwn: boolean; carriedAt: Date | undefined };

/** What there is of a resource in an answer so far: see `Batch`. */
type Gathered = Pick<Batch, 'came' | 'rejected' | 'shape'> & { records: Map<string, Taken> };

const noneGathered = (): Gathered => ({ records: new Map(), came: 0, rejected: 0, shape: noShape() });

/**
 * Adds a record; false when another one has its id. Versions of one record may differ in all they say. What an answer holds twice counts
 * once.
 */
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

/** Each once: these distinguish what is rejected. */
export const distinctRejects = (rejects: readonly Rejected[]): Rejected[] => [
  ...new Map(rejects.map((r) => [JSON.stringify([r.resource, r.recordKey, r.attribute, r.value]), r])).values(),
];

const idText = (id: unknown): string | null =>
  typeof id === 'string' || typeof id === 'number' ? cleanText(String(id)).slice(0, 100) : null;

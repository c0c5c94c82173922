import type { Hints, NothingForm } from './envelope.ts';
import type { Privacy } from './pseudonyms.ts';
import type { Resource, Row } from './resource.ts';
import type { Shape } from './shape.ts';

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

/**
 * What the request knows that its records may leave out. `isStored`: the records are not the source's but stored versions, which hold
 * computed columns where PII_MODE left nothing to compute them from. `now`: the moment of asking.
 */
export type Asked = { defaults?: Row; clientId?: number | undefined; privacy?: Privacy; isStored?: boolean; now?: Date };

import type { Hints, NothingForm } from '../records/envelope.ts';
import type { Resource, Row } from '../records/resource.ts';
import { identityOf } from '../records/row.ts';
import type { Unread } from './unread-values.ts';

/**
 * Records of one resource that were refused: by our own coercion for the first time (`fresh`) or as before (`known`), or by the database,
 * with its code.
 */
export type Refused = { fresh: number; known: number; byDatabase: number; code?: string };

/**
 * What one or several answers to a claim brought. `stored`: rows of its own that are in the table now; `refused`: own records that are
 * not; `embedded`: refused copies, by resource. `unasked`: how many records are of other days, of another agent, or of another list, than were
 * asked for: they are no part of the claim. `older`: how many were stored as of a later change. `unread`: an attribute whose values cannot be read.
 */
export type Received = {
  stored: readonly Row[];
  refused: Refused;
  embedded: ReadonlyMap<string, Refused>;
  hints: Hints;
  form: NothingForm | undefined;
  ahead: number;
  unasked: number;
  older: number;
  unread?: Unread | undefined;
};

/** Nothing was refused. */
export const noneRefused = (): Refused => ({ fresh: 0, known: 0, byDatabase: 0 });

/** An answer without anything. */
export const nothingReceived = (): Received => ({
  stored: [],
  refused: noneRefused(),
  embedded: new Map(),
  hints: {},
  form: undefined,
  ahead: 0,
  unasked: 0,
  older: 0,
});

const countRefused = ({ fresh, known, byDatabase }: Refused): number => fresh + known + byDatabase;

/** How many different records of its own came. */
export const countReceived = ({ stored, refused }: Received): number => stored.length + countRefused(refused);

/** What was refused of two parts of an answer. */
export const addRefused = (one: Refused, other: Refused): Refused => {
  const code = one.code ?? other.code;
  return {
    fresh: one.fresh + other.fresh,
    known: one.known + other.known,
    byDatabase: one.byDatabase + other.byDatabase,
    ...(code === undefined ? {} : { code }),
  };
};

/** By what sign an answer says that it has as many records as one can have: it may be cut. */
export const fullBySign = (received: Received): string | undefined => {
  const { limit } = received.hints;
  return limit && limit.count === countReceived(received) ? limit.sign : undefined;
};

/** By what sign answers say that there is more than came: they say so, or name a larger total. */
export const moreAnnounced = (received: Received): Hints['more'] => {
  const { more, total } = received.hints;
  return more ?? (total && total.count > countReceived(received) ? { sign: total.sign } : undefined);
};

/** What pages of one list brought: what was received twice counts once, and the later page says whether there is more. */
export function addPage(one: Received, page: Received, resource: Resource): Received {
  const total = page.hints.total ?? one.hints.total;
  const { more, limit } = page.hints;
  const isFirst = countReceived(one) === 0;
  const hints = { ...failedIn(one, page), ...(total && { total }), ...(more && { more }), ...(isFirst && limit && { limit }) };
  return { ...addRecords(one, page, resource), hints };
}

/** What parts of one claim brought: what was received twice counts once, and each part says for itself whether there is more. */
export function addPart(one: Received, part: Received, resource: Resource): Received {
  const more = moreAnnounced(one) ?? moreAnnounced(part);
  return { ...addRecords(one, part, resource), hints: { ...failedIn(one, part), ...(more && { more }) } };
}

/** What was asked for again in parts: what was received twice counts once, refused or not, and the parts say whether there is more. */
export function addAgain(one: Received, parts: Received, resource: Resource): Received {
  const { more } = parts.hints;
  const added = addRefused(one.refused, parts.refused);
  // A refusal is new just once, so that those of both add up.
  const byDatabase = Math.max(one.refused.byDatabase, parts.refused.byDatabase);
  const all = Math.max(countRefused(one.refused), countRefused(parts.refused));
  const refused = { ...added, byDatabase, known: Math.max(0, all - added.fresh - byDatabase) };
  return { ...addRecords(one, parts, resource), refused, hints: { ...failedIn(one, parts), ...(more && { more }) } };
}

const failedIn = (one: Received, other: Received): Pick<Hints, 'failed'> => {
  const failed = one.hints.failed ?? other.hints.failed;
  return failed === undefined ? {} : { failed };
};

function addRecords(one: Received, other: Received, resource: Resource): Omit<Received, 'hints'> {
  const rows = new Map([...one.stored, ...other.stored].map((row) => [identityOf(row, resource), row]));
  const embedded = new Map(one.embedded);
  for (const [name, refused] of other.embedded) embedded.set(name, addRefused(embedded.get(name) ?? noneRefused(), refused));
  return {
    stored: [...rows.values()],
    refused: addRefused(one.refused, other.refused),
    embedded,
    form: other.form,
    ahead: one.ahead + other.ahead,
    unasked: one.unasked + other.unasked,
    older: one.older + other.older,
    unread: other.unread ?? one.unread,
  };
}

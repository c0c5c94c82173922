import type { Hints, NothingForm } from '../core/envelope.ts';
import type { Resource, Row } from '../core/resource.ts';
import { identityOf } from '../core/row.ts';

/**
 * Records of one resource that were refused: by our own coercion for the first time (`fresh`) or as before (`known`), or by the database,
 * with its code.
 */
export type Refused = { fresh: number; known: number; byDatabase: number; code?: string };

/**
 * What one or several answers to a claim brought. `stored`: rows of its own that are in the table now; `refused`: own records that are
 * not; `embedded`: refused copies, by resource. `looks`: how many answers with nothing in them agree.
 */
export type Received = {
  stored: readonly Row[];
  refused: Refused;
  embedded: ReadonlyMap<string, Refused>;
  hints: Hints;
  form: NothingForm | undefined;
  ahead: number;
};

export const noneRefused = (): Refused => ({ fresh: 0, known: 0, byDatabase: 0 });

export const nothingReceived = (): Received => ({
  stored: [],
  refused: noneRefused(),
  embedded: new Map(),
  hints: {},
  form: undefined,
  ahead: 0,
});

const countRefused = ({ fresh, known, byDatabase }: Refused): number => fresh + known + byDatabase;

/** How many different records of its own came. */
export const countReceived = ({ stored, refused }: Received): number => stored.length + countRefused(refused);

export const addRefused = (one: Refused, other: Refused): Refused => {
  const code = one.code ?? other.code;
  return {
    fresh: one.fresh + other.fresh,
    known: one.known + other.known,
    byDatabase: one.byDatabase + other.byDatabase,
    ...(code === undefined ? {} : { code }),
  };
};

/** Two parts of one claim: what came twice counts once, and the later part says whether there is more. */
export function addReceived(one: Received, other: Received, resource: Resource): Received {
  const rows = new Map([...one.stored, ...other.stored].map((row) => [identityOf(row, resource), row]));
  const embedded = new Map(one.embedded);
  for (const [name, refused] of other.embedded) embedded.set(name, addRefused(embedded.get(name) ?? noneRefused(), refused));
  const { failed, total } = { ...one.hints, ...other.hints };
  return {
    stored: [...rows.values()],
    refused: addRefused(one.refused, other.refused),
    embedded,
    hints: { ...(failed && { failed }), ...(total && { total }), ...(other.hints.more && { more: other.hints.more }) },
    form: other.form,
    ahead: one.ahead + other.ahead,
  };
}

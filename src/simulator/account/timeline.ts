/** Who made a record and who changed it last, as the API tells it: `updated*` are null until the first change. */
export type Audit = {
  readonly createdBy: number;
  readonly createdAt: Date;
  readonly updatedBy: number | null;
  readonly updatedAt: Date | null;
};

export type Change<T> = { readonly at: Date; readonly set: Partial<T> };

/** A time in which no list has a record, though nothing says so: it was deleted, and restored if that has an end. */
type Absence = { readonly from: Date; readonly until: Date | undefined };

/** A record's whole life: how it began, every later change in the order of time, and when it was not there. */
export type Timeline<T extends { readonly createdAt: Date }> = { readonly first: T; readonly changes: Change<T>[]; absences?: Absence[] };

/** The number the source signs automatic changes with; no agent of the list has it. */
export const SYSTEM_ACCOUNT = 1;

/** The audit fields of a record that begins at `createdAt`. */
export function createdAudit(createdAt: Date, createdBy = SYSTEM_ACCOUNT): Audit {
  return { createdBy, createdAt, updatedBy: null, updatedAt: null };
}

/** A change that leaves its trace in the audit fields. */
export function auditedChange<T extends Audit>(at: Date, by: number, set: Partial<T>): Change<T> {
  return { at, set: { ...set, updatedBy: by, updatedAt: at } };
}

/** The record as it was at `t`, or undefined when it did not exist yet, or was deleted. */
export function asOf<T extends { readonly createdAt: Date }>({ first, changes, absences }: Timeline<T>, t: Date): T | undefined {
  if (first.createdAt > t || absences?.some(({ from, until }) => from <= t && (until === undefined || t < until))) return undefined;
  const done = changes.filter(({ at }) => at <= t);
  return done.length === 0 ? first : Object.assign({}, first, ...done.map(({ set }) => set));
}

/** All records of a kind as they were at `t`, in the order of their timelines. */
export function allAsOf<T extends { readonly createdAt: Date }>(timelines: readonly Timeline<T>[], t: Date): T[] {
  return timelines.map((timeline) => asOf(timeline, t)).filter((record) => record !== undefined);
}

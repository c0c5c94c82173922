import type { Database } from '../warehouse/connection/database.ts';
import type { ShownDoubt, ShownDoubts } from './doubt-summary.ts';
import { type Doubt, describeDoubt, type Reason, reasons } from './doubts.ts';

/** `only`: names of resources, all when null. `most`: how many of one resource and reason are read one by one, all when null. */
type Wanted = { only?: readonly string[] | null; most?: number | null };

/** Reads the open doubts as they are shown: possible loss first, then the oldest. All are counted, however many are read one by one. */
export async function readShownDoubts({ pool }: Database, { only = null, most = null }: Wanted = {}): Promise<ShownDoubts> {
  const { rows } = await pool.query<DoubtRow & { count: number; oldest: Date; nth: number }>(
    `select * from (
       select id, resource, claim, subject, reason, may_be_missing, details, since,
         count(*) over alike as count, min(since) over alike as oldest,
         row_number() over (partition by resource, reason, may_be_missing order by since, id) as nth
       from chatrhub_sync.doubts
       where settled_at is null and ($1::text[] is null or resource = any($1))
       window alike as (partition by resource, reason, may_be_missing)
     ) d
     where $2::bigint is null or nth <= $2
     order by may_be_missing desc, since, id`,
    [only, most],
  );
  return {
    doubts: rows.map(showDoubt),
    doubt_counts: rows
      .filter(({ nth }) => nth === 1)
      .map(({ resource, reason, may_be_missing, count, oldest }) => ({
        resource,
        reason,
        may_be_missing,
        count,
        since: oldest.toISOString(),
      })),
  };
}

/** The columns of `chatrhub_sync.doubts` that `showDoubt` needs. */
export type DoubtRow = Pick<Doubt, 'resource' | 'claim' | 'subject' | 'details'> & { reason: Reason; may_be_missing: boolean; since: Date };

/** A stored doubt as it is shown. One whose reason only another version of this program knows is shown with the reason's name. */
export function showDoubt({ resource, claim, subject, reason, may_be_missing, details, since }: DoubtRow): ShownDoubt {
  const isKnown = reasons.includes(reason);
  return {
    resource,
    subject,
    reason,
    since: since.toISOString(),
    may_be_missing,
    text: isKnown
      ? describeDoubt({ resource, claim, subject, reason, mayBeMissing: may_be_missing, details, since })
      : `${resource}, ${subject}: ${reason}.`,
  };
}

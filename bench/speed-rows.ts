import { parseAnswer } from '../src/records/parse-answer.ts';
import type { Resource, Row } from '../src/records/resource.ts';

/** Records of an answer as the rows that are loaded, with what plain COPY has to say of when. */
export const rowsOf = (records: readonly object[], resource: Resource): Row[] =>
  (parseAnswer({ data: records }, resource).batches.at(-1)?.rows ?? []).map((row) => ({ ...row, synced_at: new Date(0) }));

/** A word that something failed: by which member, beside what, and how often before all is well. */
export type Complaint = {
  readonly as: 'errors' | 'error' | 'success' | 'status';
  readonly beside: 'nothing' | 'no data' | 'records';
  readonly times: 'once' | 'always';
};

const WORDS: Readonly<Record<Complaint['as'], object>> = {
  errors: { errors: [{ title: 'Internal error', detail: 'timeout' }] },
  error: { error: 'Internal error' },
  success: { success: false },
  status: { status: 500 },
};

const BESIDE: Readonly<Record<Complaint['beside'], (body: object) => object>> = {
  nothing: () => ({ data: [] }),
  'no data': () => ({}),
  records: (body) => body,
};

/** The body with the complaint, when it is one that can have it and the complaint was not made often enough. */
export function complain(body: unknown, complaint: Complaint | undefined, madeBefore: number): unknown {
  if (complaint === undefined || typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  if (complaint.times === 'once' && madeBefore > 0) return body;
  return { ...BESIDE[complaint.beside](body), ...WORDS[complaint.as] };
}

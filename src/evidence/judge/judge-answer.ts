import { type About, type Doubt, doubt } from '../doubts.ts';
import { addRefused, countReceived, moreAnnounced, type Received } from '../received.ts';
import { MOST_REFUSED } from '../unread-values.ts';

/** Whether answers can settle anything, and what is in doubt all the same. */
export type AnswerVerdict = { isUsable: boolean; doubts: Doubt[] };

/**
 * What any claim asks of its answers: that they do not say that they failed or go on, that they hold what was asked for, that the
 * database took their rows, and that we did. Records that we refuse as before are no part of the claim; refused for the first time they
 * are in doubt once.
 */
export function judgeAnswer(about: About, received: Received): AnswerVerdict {
  const { hints, refused } = received;
  const came = countReceived(received);
  const doubts: Doubt[] = [];
  if (hints.failed) doubts.push(doubt(about, 'answer_failed', { sign: hints.failed }));
  const more = moreAnnounced(received);
  if (more) doubts.push(doubt(about, 'more_announced', { sign: more.sign, received: came }));
  if (received.unasked > came) doubts.push(doubt(about, 'not_asked_for', { received: received.unasked }));
  if (received.older > 0) doubts.push(doubt(about, 'older_than_stored', { older: received.older, received: came }));
  const everything = [...received.embedded.values()].reduce(addRefused, refused);
  if (everything.byDatabase > 0)
    doubts.push(doubt(about, 'database_refused', { refused: everything.byDatabase, code: everything.code ?? 'unknown' }));
  const byUs = refused.fresh + refused.known;
  if (byUs > 0 && byUs > came * MOST_REFUSED) doubts.push(doubt(about, 'mostly_refused', { refused: byUs, received: came }));
  if (received.unread) doubts.push(doubt(about, 'values_refused', received.unread));
  const isUsable = doubts.length === 0;
  if (isUsable && refused.fresh > 0) doubts.push(doubt(about, 'records_refused', { refused: refused.fresh, received: came }));
  for (const [resource, { fresh }] of received.embedded)
    if (fresh > 0)
      doubts.push(
        doubt({ ...about, resource, subject: `copies in ${about.resource}, ${about.subject}` }, 'records_refused', {
          refused: fresh,
          received: fresh,
        }),
      );
  return { isUsable, doubts };
}

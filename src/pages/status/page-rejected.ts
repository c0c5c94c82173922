import { count } from '../../counted.ts';
import { relative } from '../../operations/age-words.ts';
import type { Overview } from '../../operations/overview.store.ts';
import { type Html, html } from '../html.ts';

/** What was rejected, by reason, with the shape of an example. */
export const rejectedSection = ({ rejected }: Overview, now: Date): Html => html`<section class="card" aria-labelledby="rejected">
  <h2 id="rejected">Rejected</h2>
  ${
    rejected.length === 0
      ? html`<p class="quiet">Every record and value received was stored.</p>`
      : html`<p class="quiet">Values that do not fit their column, and records without a key. Examples show shapes only: x is a letter, 9 a digit.</p>
        <ul class="listing">${rejected.map(
          ({ resource, attribute, reason, count: values, example, last_seen_at }) => html`<li>
            <p><b>${resource}${attribute === null ? '' : `.${attribute}`}</b> <span class="amount">${count(values)}</span></p>
            <p>${attribute === null && 'whole record: '}${reason}${example !== null && html`, such as <code>${example}</code>`}</p>
            <p class="quiet">last seen ${relative(last_seen_at, now)}</p></li>`,
        )}</ul>
        <p class="quiet">All of them: <code>select * from chatrhub_sync.rejected_records</code></p>`
  }</section>`;

import { relative, resourceWords } from '../../operations/age-words.ts';
import type { Overview } from '../../operations/overview.store.ts';
import { type Html, html } from '../html.ts';

type Change = Overview['drift'][number];

const WHAT: Readonly<Record<string, (change: Change) => string>> = {
  new: ({ became, share }) => `appeared as ${became ?? 'nothing yet'}, in ${percent(share)} of the records`,
  vanished: ({ was, share }) => `disappeared: it was ${was ?? 'empty'}, in ${percent(share)} of the records`,
  retyped: ({ was, became, share }) => `was ${was}, and is ${became} in ${percent(share)} of the records`,
};

const percent = (share: number): string => (share > 0 && share < 0.01 ? 'less than 1%' : `${Math.round(100 * share)}%`);

/** How the source's records differ from what they were, the latest first; nothing when they do not. */
export const driftSection = ({ drift }: Overview, now: Date): Html | false =>
  drift.length > 0 &&
  html`<section class="card" aria-labelledby="drift">
  <h2 id="drift">Changed at the source</h2>
  <p class="quiet">Attributes that appeared, disappeared or changed their type in the last 30 days</p>
  <ul class="listing">${drift.map((change) => {
    const { resource, via, attribute, seen_at } = change;
    return html`<li>
      <p><b>${resource}.${attribute}</b> <span class="amount">${relative(seen_at, now)}</span></p>
      <p>${WHAT[change.change]?.(change)}${via !== resource && `, where ${resourceWords(via)} embed them`}</p></li>`;
  })}</ul></section>`;

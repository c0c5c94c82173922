import { count, counted } from '../../counted.ts';
import { relative } from '../../operations/age-words.ts';
import type { Overview } from '../../operations/overview.store.ts';
import { type Html, html } from '../html.ts';
import { bar } from './usage-bar.ts';

/** From this share on a window is nearly used up. */
const NEARLY = 0.9;

/** How each window of the budget stands, and whether somebody else uses it. */
export const budgetSection = ({ budget, foreign_use }: Overview, now: Date): Html => html`<section class="card" aria-labelledby="budget">
  <h2 id="budget">Request budget</h2>
  <ul class="budget">${budget.map(({ limit, window, used, free_at }) => {
    const share = used / limit;
    return html`<li>
      <p><span>${window}</span> <span class="amount">${count(used)} of ${count(limit)}</span></p>
      ${bar({ share, label: `${used} of ${limit} requests of the ${window} used`, tone: share >= NEARLY ? 'watch' : 'good' })}
      ${free_at && html`<p class="quiet">free again ${relative(free_at, now)}</p>`}
    </li>`;
  })}</ul>
  <p class="quiet">${
    foreign_use.refused > 0
      ? html`${counted(foreign_use.refused, 'request')} of the last day refused although there was room, the last one
          ${foreign_use.last_refused_at && relative(foreign_use.last_refused_at, now)}: somebody else uses the key.`
      : 'No other use of the key was noticed in the last day.'
  }</p></section>`;

import { count, counted } from '../../counted.ts';
import { relative, resourceWords } from '../../operations/age-words.ts';
import type { Overview } from '../../operations/overview.store.ts';
import { type Html, html } from '../html.ts';

/** Whether each resource is fresh, how much of it there is, up to when it reaches, and what is left. */
export const resourcesSection = (
  { resources, reporting_time_zone }: Overview,
  now: Date,
): Html => html`<section class="card" aria-labelledby="resources">
  <h2 id="resources">Freshness</h2>
  <p class="quiet">When each was read last, and up to when its records reach: in ${reporting_time_zone}, the reporting time zone.</p>
  <ul class="resources">${Object.entries(resources).map(([name, { rows, last_read_at, backlog, freshness, reaches_until_text }]) => {
    const read = last_read_at ? html`read <time datetime="${last_read_at}">${relative(last_read_at, now)}</time>` : html`not read yet`;
    return html`<li class="${freshness}">
      <h3>${resourceWords(name)}</h3>
      <p class="state">${freshness === 'never' ? 'nothing yet' : freshness}</p>
      <p class="number">${count(rows)} <span>${rows === 1 ? 'row' : 'rows'}</span></p>
      <p class="quiet">${read}${backlog > 0 && `, ${counted(backlog, 'request')} left`}</p>
      <p class="quiet">${reaches_until_text}</p>
    </li>`;
  })}</ul></section>`;

import { count, counted } from '../../counted.ts';
import { moment, relative, resourceWords } from '../../operations/age-words.ts';
import type { Overview } from '../../operations/overview.store.ts';
import { newestWords } from '../../operations/reach-words.ts';
import { type Html, html } from '../html.ts';

/** Whether each resource is fresh, how much of it there is, up to when it reaches, and what is left. */
export const resourcesSection = ({ resources, reporting_time_zone: timeZone }: Overview, now: Date): Html =>
  html`<section class="card" aria-labelledby="resources">
  <h2 id="resources">Freshness</h2>
  <p class="quiet">When each resource was last read, and its newest record: in ${timeZone}, the reporting time zone.</p>
  <ul class="resources">${Object.entries(resources).map(([name, resource]) => {
    const { rows, last_read_at: readAt, backlog, freshness, reaches_until_at: until, reaches_until_text } = resource;
    return html`<li class="${freshness}">
      <h3>${resourceWords(name)}</h3>
      <p class="state">${freshness}</p>
      <p class="number">${count(rows)} <span>${rows === 1 ? 'row' : 'rows'}</span></p>
      <p class="quiet">${readAt ? html`read <time datetime="${readAt}">${relative(readAt, now)}</time>` : 'not read yet'}</p>
      ${backlog > 0 && html`<p class="quiet">${counted(backlog, 'request')} left</p>`}
      <p class="quiet">${until ? html`${newestWords(name)} <time class="whole" datetime="${until}">${moment(new Date(until), timeZone)}</time>` : reaches_until_text}</p>
    </li>`;
  })}</ul></section>`;

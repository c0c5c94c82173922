import { count, counted } from '../../counted.ts';
import { dayAndTime, relative, resourceWords } from '../../operations/age-words.ts';
import type { RunUnderWay } from '../../operations/overview.store.ts';
import { type Html, html } from '../html.ts';
import { bar } from './usage-bar.ts';

/** A run under way: how far, and what it waits for until when. */
export function underWaySection({ run_id, command, started_at, requests, progress }: RunUnderWay, now: Date, timeZone: string): Html {
  const total = progress ? progress.requests_done + progress.requests_left : 0;
  const when = (time: string) => html`<time datetime="${time}">${dayAndTime(time, timeZone)}</time> (${relative(time, now)})`;
  return html`<section class="card" aria-labelledby="run-${run_id}">
    <h2 id="run-${run_id}">${command.charAt(0).toUpperCase()}${command.slice(1)} under way</h2>
    ${
      progress &&
      html`${bar({ share: total > 0 ? progress.requests_done / total : 0, label: `${progress.requests_done} of ${total} requests done`, tone: 'busy' })}
      <p>${counted(progress.requests_done, 'request')} done, ${count(progress.requests_left)} left; ${counted(progress.rows, 'row')} so far.
        At ${resourceWords(progress.resource) || 'the beginning'} now${progress.left > 0 && `, ${count(progress.left)} left there`}.</p>
      ${progress.waiting_until && html`<p class="waiting">Waiting until ${when(progress.waiting_until)}: ${progress.waiting_for}.</p>`}
      ${progress.requests_left > 0 && html`<p>The limits allow it to end ${when(progress.finishes_at)}.</p>`}`
    }
    <p class="quiet">Run ${run_id}, begun ${when(started_at)}, ${counted(requests, 'request')}.</p>
  </section>`;
}

import { type Advice, adviseOn } from '../../operations/advice.ts';
import { dayAndTime, relative } from '../../operations/age-words.ts';
import type { Overview } from '../../operations/overview.store.ts';
import { type Html, html } from '../html.ts';
import { budgetSection } from './page-budget.ts';
import { calendarSection } from './page-calendar.ts';
import { doubtsSection } from './page-doubts.ts';
import { driftSection } from './page-drift.ts';
import { rejectedSection } from './page-rejected.ts';
import { resourcesSection } from './page-resources.ts';
import { runsSection } from './page-runs.ts';
import { underWaySection } from './page-under-way.ts';

type Tone = 'good' | 'watch' | 'bad' | 'busy';

/** The status page of an overview; a whole document, for people. */
export function renderPage(overview: Overview): string {
  const { at, schedule, last_complete_at, running, version } = overview;
  const now = new Date(at);
  const advice = adviseOn(overview);
  const { tone, headline } = summarise(overview, advice);
  const { time_zone, next_slot } = schedule;
  const facts = [
    last_complete_at ? `last complete sync ${relative(last_complete_at, now)}` : 'no sync was complete yet',
    next_slot ? `next one ${relative(next_slot, now)}, ${dayAndTime(next_slot, time_zone)}` : 'none is planned',
  ];
  return documentOf(
    headline,
    html`<header class="top">
        <p class="brand">chatrhub-sync</p>
        <h1 class="headline ${tone}">${headline}</h1>
        <p class="facts">${facts.join(' · ')}</p>
      </header>
      ${advice.length > 0 && adviceSection(advice)}
      ${running.map((run) => underWaySection(run, now, time_zone))}
      ${resourcesSection(overview, now)}
      ${doubtsSection(overview)}
      <div class="pair">${budgetSection(overview, now)}${rejectedSection(overview, now)}</div>
      ${driftSection(overview, now)}
      ${runsSection(overview)}
      ${calendarSection(overview)}
      <footer>
        <p>As of <time datetime="${at}">${dayAndTime(at, time_zone)}</time>. Other times are of ${time_zone}. Version ${version}.
          The same for programs: <a href="/status.json">status.json</a>, <a href="/metrics">metrics</a>.</p>
      </footer>`,
  );
}

/** What is shown while the database cannot be read. */
export function renderTrouble(trouble: { since: Date; reason: string } | undefined, now: Date): string {
  const since = trouble ? `The schedule has waited for it since ${relative(trouble.since.toISOString(), now)}.` : '';
  return documentOf(
    'The database cannot be read',
    html`<header class="top">
        <p class="brand">chatrhub-sync</p>
        <h1 class="headline bad">The database cannot be read</h1>
        <p class="facts">${since} Syncs resume by themselves as soon as it is back; nothing is lost.</p>
      </header>
      <section class="card" aria-labelledby="todo"><h2 id="todo">What to do</h2>
        <ul><li>Is PostgreSQL running where DATABASE_URL says?</li><li>May this machine connect to it? Has its password changed?</li>
        <li>The log of chatrhub-sync has the error of the connection.</li></ul></section>`,
  );
}

function summarise({ running, last_complete_at, runs }: Overview, advice: readonly Advice[]): { tone: Tone; headline: string } {
  const worst = advice.find(({ level }) => level === 'bad');
  if (worst) return { tone: 'bad', headline: worst.title };
  if (running.length > 0) return { tone: 'busy', headline: `A ${running[0]?.command} is under way` };
  if (!last_complete_at)
    return { tone: 'watch', headline: runs.length > 0 ? 'The first sync is not complete yet' : 'Nothing was synced yet' };
  return advice.length > 0
    ? { tone: 'watch', headline: 'Data is fresh, with something to look at' }
    : { tone: 'good', headline: 'Data is fresh' };
}

const adviceSection = (advice: readonly Advice[]): Html =>
  html`<section aria-labelledby="advice" class="card"><h2 id="advice">What to do</h2>
    <ul class="advice">${advice.map(
      ({ level, title, text, command }) =>
        html`<li class="${level}"><h3>${title}</h3><p>${text}</p>${command && html`<p><code>${command}</code></p>`}</li>`,
    )}</ul></section>`;

function documentOf(title: string, main: Html): string {
  return html`${DOCTYPE}
<html lang="en">
<head>
<meta charset="utf-8">
<title>${title} - chatrhub-sync</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="stylesheet" href="/style.css">
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<noscript><meta http-equiv="refresh" content="30"></noscript>
<script src="/page.js" defer></script>
</head>
<body>
<p id="lost" role="status" class="lost" hidden></p>
<main>
${main}
</main>
</body>
</html>
`.markup;
}

const DOCTYPE = html`<!doctype html>`;

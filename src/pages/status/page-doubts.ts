import { type DoubtGroup, type ShownDoubt, splitRemedy, sumUpDoubts } from '../../evidence/doubt-summary.ts';
import type { Overview } from '../../operations/overview.store.ts';
import { type Html, html } from '../html.ts';

/** What lacks evidence, why, and what settles it, possible loss first; nothing when all is proved. */
export function doubtsSection(overview: Overview): Html | false {
  const sections = sumUpDoubts(overview);
  return (
    sections.length > 0 &&
    html`<section class="card" aria-labelledby="doubts">
  <h2 id="doubts">In doubt</h2>
  ${sections.map(
    ({ mayBeMissing, heading, groups }) => html`<h3>${heading}</h3>
  <ul class="listing doubts ${mayBeMissing ? 'loss' : 'unknown'}">${groups.map(groupItems)}</ul>`,
  )}</section>`
  );
}

const groupItems = ({ doubts, more }: DoubtGroup): Html =>
  html`${doubts.map(doubtItem)}${more !== undefined && html`<li class="quiet">${more}</li>`}`;

function doubtItem({ text }: ShownDoubt): Html {
  const { problem, remedy } = splitRemedy(text);
  return html`<li><p>${unbroken(problem)}.</p>${remedy && html`<p class="quiet">What settles it: ${remedy}.</p>`}</li>`;
}

/** A text in which no line ends within a day or a time. */
const unbroken = (text: string): Html =>
  html`${text.split(/(\d{4}-\d\d-\d\d(?: \d\d:\d\d UTC)?)/).map((part, i) => (i % 2 ? html`<span class="time">${part}</span>` : part))}`;

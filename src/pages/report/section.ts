import { count } from '../../counted.ts';
import { type Html, html } from '../html.ts';
import { percent, type Share } from './numbers.ts';
import { type Bucket, isPart, type Step } from './report-period.ts';

type Content = Html | string | false | undefined | readonly Html[];

/** A part of the page: what it is called, what it tells in a sentence, and its charts and tables. */
export const section = (id: string, title: string, lead: Content, ...body: readonly Content[]): Html =>
  html`<section class="card" aria-labelledby="${id}"><h2 id="${id}">${title}</h2>
${lead && html`<p class="lead">${lead}</p>`}
${body.map((part) => html`${part}\n`)}</section>\n`;

/** What stands where a chart would have nothing to show. */
export const nothing = (text: string): Html => html`<p class="nothing">${text}</p>`;

export type Key = { name: string; colour: string; shape?: 'line' | 'dashed' };

/** Which colour is what. */
export const legend = (keys: readonly Key[]): Html =>
  html`<ul class="legend">${keys.map(
    ({ name, colour, shape }) =>
      html`<li><svg width="16" height="12" aria-hidden="true">${
        shape
          ? html`<line x1="0" y1="6" x2="16" y2="6" stroke="var(--${colour})" stroke-width="2.5"${shape === 'dashed' && html` stroke-dasharray="4 3"`}/>`
          : html`<rect x="2" width="12" height="12" rx="3" fill="var(--${colour})"/>`
      }</svg>${name}</li>`,
  )}</ul>`;

/** The keys of days without data, and of parts of days, weeks and months, where there are any. */
export const bandKeys = (buckets: readonly Bucket[], step: Step, isKnown: readonly boolean[]): Key[] => [
  ...(isKnown.every(Boolean) ? [] : [{ name: 'no data', colour: 'unknown' }]),
  ...(buckets.some((bucket, index) => isKnown[index] && isPart(bucket)) ? [{ name: `a part of a ${step}`, colour: 'part' }] : []),
];

/** Shares and medians of fewer than this are shown quietly: they are hardly more than chance. */
const ENOUGH = 20;
/** A text in a quiet colour, where it is of too few chats to mean much. */
export const quietIfFew = (text: string, whole: number): Html => (whole < ENOUGH ? html`<span class="few">${text}</span>` : html`${text}`);

/** A share in a table: `67% of 9, 2 not known`. */
export function rate(share: Share, unknown = 0): Html {
  const of = share.whole > 0 && `of ${count(share.whole)}${unknown > 0 ? ',' : ''}`;
  return html`${quietIfFew(percent(share), share.whole)} <span class="quiet">${of}${
    unknown > 0 && html` <span class="unknown">${count(unknown)} not known</span>`
  }</span>`;
}

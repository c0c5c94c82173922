import { createHash } from 'node:crypto';
import { counted } from '../../counted.ts';
import { moment } from '../../operations/age-words.ts';
import { addDays } from '../../time/period.ts';
import { Html, html } from '../html.ts';
import { dayName } from './numbers.ts';
import type { ReportPeriod } from './report-period.ts';
import { STYLE } from './report-style.ts';
import type { Group } from './scope.ts';

const sheet = new Html(STYLE);
/** Nothing is loaded, nothing runs, and no style but this one applies. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`;

/** The hatching of parts, as the style's `--part`. */
const PATTERNS = html`<svg class="patterns" width="0" height="0" aria-hidden="true"><pattern id="part" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"
><rect width="2" height="6" fill="var(--axis)" opacity="0.55"/></pattern></svg>`;

export type Document = { period: ReportPeriod; group: Group | undefined; timeZone: string; now: Date; sections: readonly Html[] };

/** The whole page. */
export function renderDocument({ period, group, timeZone, now, sections }: Document): string {
  const { from, until, days, before } = period;
  const lastDay = addDays(until, -1);
  const [first, last] = [dayName(from, from.slice(0, 4) !== lastDay.slice(0, 4)), dayName(lastDay, true)];
  const title = group ? `Live chat of ${group.name}` : 'Live chat';
  return html`${new Html('<!doctype html>')}
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}, ${first} to ${last}</title>
<style>${sheet}</style>
</head>
<body>
${PATTERNS}
<main>
<header>
<p class="brand">chatrhub-sync report</p>
<h1>${title}, ${first} to ${last}</h1>
<p class="facts">${counted(days, 'day')}, in ${timeZone}${
    before && `, compared with the ${days} before, ${dayName(before.from)} to ${dayName(addDays(before.until, -1))}`
  }</p>
${group && html`<p class="facts">Chats of this group only. Availability, chats at once and tasks are not known by group.</p>`}
</header>
${sections}
<footer><p>Made <time datetime="${now.toISOString()}">${moment(now, timeZone)}</time> from the views of chatrhub_bi; their definitions are in
chatrhub_bi.data_dictionary. This page loads nothing, runs nothing, and can be passed on as it is; it names agents and groups.</p></footer>
</main>
</body>
</html>
`.markup;
}

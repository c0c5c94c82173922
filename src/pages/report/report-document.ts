import { createHash } from 'node:crypto';
import { counted } from '../../counted.ts';
import { addDays } from '../../time/period.ts';
import { Html, html } from '../html.ts';
import { dayName, moment } from './numbers.ts';
import type { ReportPeriod } from './report-period.ts';
import { STYLE } from './report-style.ts';

const sheet = new Html(STYLE);
/** Nothing is loaded, nothing runs, and no style but this one applies. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`;

export type Document = { period: ReportPeriod; timeZone: string; now: Date; sections: readonly Html[] };

/** The whole page. */
export function renderDocument({ period, timeZone, now, sections }: Document): string {
  const { from, until, days, before } = period;
  const lastDay = addDays(until, -1);
  const [first, last] = [dayName(from, from.slice(0, 4) !== lastDay.slice(0, 4)), dayName(lastDay, true)];
  return html`${new Html('<!doctype html>')}
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>Live chat, ${first} to ${last}</title>
<style>${sheet}</style>
</head>
<body>
<main>
<header>
<p class="brand">chatrhub-sync report</p>
<h1>Live chat, ${first} to ${last}</h1>
<p class="facts">${counted(days, 'day')}, in ${timeZone}${
    before && `, compared with the ${days} before, ${dayName(before.from)} to ${dayName(addDays(before.until, -1))}`
  }</p>
</header>
${sections}
<footer><p>Made <time datetime="${now.toISOString()}">${moment(now, timeZone)}</time> from the views of chatrhub_bi; their definitions are in
chatrhub_bi.data_dictionary. This page loads nothing, runs nothing, and can be passed on as it is; it names agents and groups.</p></footer>
</main>
</body>
</html>
`.markup;
}

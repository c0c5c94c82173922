import { counted } from '../../counted.ts';
import { type DayState, type Month, monthsOf } from '../../operations/coverage-calendar.ts';
import type { Overview } from '../../operations/overview.store.ts';
import { inWords } from '../../time/date-words.ts';
import { type Html, html } from '../html.ts';

const CELL = 14;
const SQUARE = 12;
const MONTHS_OPEN = 12;

const MEANING: Readonly<Record<DayState, string>> = {
  verified: "whole, by the source's own report",
  complete: 'read',
  partial: 'the source has more',
  missing: 'not read',
};
const STATES = Object.keys(MEANING) as DayState[];

/** Which days of chats are there: a small calendar per month, newest first, older years folded up. */
export function calendarSection({ coverage: { period, ranges } }: Overview): Html {
  const months = period ? monthsOf(period, ranges).reverse() : [];
  const days = months.flatMap((month) => month.days);
  const older = months.slice(MONTHS_OPEN);
  return html`<section class="card" aria-labelledby="coverage">
    <h2 id="coverage">Days of chats</h2>
    ${
      days.length === 0
        ? html`<p class="quiet">No day was read yet.</p>`
        : html`<ul class="legend">${STATES.map((state) => {
            const number = days.filter((day) => day.state === state).length;
            return html`<li><svg class="key" width="${SQUARE}" height="${SQUARE}" aria-hidden="true">${square(state, 0, 0)}</svg>
              ${state} ${number} <span class="quiet">(${MEANING[state]})</span></li>`;
          })}</ul>
        <ul class="months">${months.slice(0, MONTHS_OPEN).map(monthItem)}</ul>
        ${
          older.length > 0 &&
          html`<details id="older"><summary>${counted(older.length, 'earlier month')}</summary><ul class="months">${older.map(monthItem)}</ul></details>`
        }`
    }</section>`;
}

function monthItem({ month, days }: Month): Html {
  const name = inWords(new Date(`${month}-01T00:00:00Z`), 'UTC', { month: 'short', year: 'numeric' });
  const says = STATES.map((state) => [state, days.filter((day) => day.state === state).length] as const)
    .filter(([, number]) => number > 0)
    .map(([state, number]) => `${counted(number, 'day')} ${state}`)
    .join(', ');
  // Weeks begin on Monday.
  const offset = (new Date(`${month}-01T00:00:00Z`).getUTCDay() + 6) % 7;
  return html`<li><p aria-hidden="true">${name}</p>
    <svg role="img" aria-label="${name}: ${says}" width="${7 * CELL}" height="${6 * CELL}">${days.map(({ day, state }) => {
      const place = offset + Number(day.slice(8)) - 1;
      return html`<g class="day"><title>${day}: ${state}</title>${square(state, (place % 7) * CELL, Math.floor(place / 7) * CELL)}</g>`;
    })}</svg></li>`;
}

/** Told apart by form too: full, light, half, empty. */
function square(state: DayState, x: number, y: number): Html {
  const inset = state === 'missing' ? 1 : 0;
  const size = SQUARE - 2 * inset;
  return html`<rect class="${state}" x="${x + inset}" y="${y + inset}" width="${size}" height="${size}" rx="3"></rect>
    ${state === 'partial' && html`<path class="partial-half" d="M${x} ${y + SQUARE}L${x + SQUARE} ${y}V${y + SQUARE}Z"></path>`}`;
}

import { type Html, html } from '../html.ts';

type Cell = Html | string;

/** A column of a table: what its head says, and its cell of a row. Numbers stand to the right. */
export type Column<R> = { head: string; cell: (row: R) => Cell; isText?: boolean };

/** A table that scrolls sideways in its frame where it does not fit; the first cell of each row names it. */
export function table<R>(name: string, columns: readonly Column<R>[], rows: readonly R[]): Html {
  const cell = ({ cell, isText }: Column<R>, row: R, index: number): Html => {
    if (index === 0) return html`<th scope="row">${cell(row)}</th>`;
    return isText ? html`<td>${cell(row)}</td>` : html`<td class="number">${cell(row)}</td>`;
  };
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${name}"><table>
<thead><tr>${columns.map(({ head, isText }, index) =>
    isText || index === 0 ? html`<th scope="col">${head}</th>` : html`<th scope="col" class="number">${head}</th>`,
  )}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${columns.map((column, index) => cell(column, row, index))}</tr>\n`)}</tbody>
</table></div>`;
}

/** The numbers of a chart, folded up beneath it. */
export const numbersOf = <R>(name: string, columns: readonly Column<R>[], rows: readonly R[]): Html =>
  html`<details><summary>The numbers: ${name.charAt(0).toLowerCase()}${name.slice(1)}</summary>${table(name, columns, rows)}</details>`;

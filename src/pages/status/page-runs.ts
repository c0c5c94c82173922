import { count, counted } from '../../counted.ts';
import { dayAndTime, roughly } from '../../operations/age-words.ts';
import type { Overview } from '../../operations/overview.store.ts';
import { type Html, html } from '../html.ts';

type Run = Overview['runs'][number];

const CHART = { runs: 30, slot: 20, bar: 14, height: 64, gap: 4 };

const rowsOf = ({ rows_inserted, rows_updated, rows_unchanged }: Run): number => rows_inserted + rows_updated + rows_unchanged;
const durationOf = ({ started_at, finished_at }: Run): string =>
  finished_at ? roughly((Date.parse(finished_at) - Date.parse(started_at)) / 1_000) : 'under way';

/** The last runs, oldest to the left: rows above, requests below, each on a logarithmic scale, as a first sync is a thousand nights. */
export function runsSection({ runs, schedule }: Overview): Html {
  const shown = [...runs].reverse();
  const most = { rows: Math.max(1, ...shown.map(rowsOf)), requests: Math.max(1, ...shown.map(({ requests }) => requests)) };
  const heightOf = (value: number, of: number) =>
    value === 0 ? 0 : Math.max(2, Math.round((Math.log1p(value) / Math.log1p(of)) * CHART.height));
  const middle = CHART.height + CHART.gap / 2;
  const total = 2 * CHART.height + CHART.gap;
  return html`<section class="card" aria-labelledby="runs">
    <h2 id="runs">Last ${shown.length === 1 ? 'run' : `${shown.length} runs`}</h2>
    ${
      shown.length === 0
        ? html`<p class="quiet">None yet.</p>`
        : html`<p class="quiet">Oldest to the left; rows above, up to ${count(most.rows)}; requests below, up to ${count(most.requests)}; both logarithmic</p>
      <svg class="chart" role="img" aria-labelledby="chart-says" viewBox="0 0 ${CHART.runs * CHART.slot} ${total}" preserveAspectRatio="none">
        <title id="chart-says">Rows and requests of the last ${counted(shown.length, 'run')}; the table below has them in numbers</title>
        ${shown.map((run, i) => {
          const x = i * CHART.slot + (CHART.slot - CHART.bar) / 2;
          const [up, down] = [heightOf(rowsOf(run), most.rows), heightOf(run.requests, most.requests)];
          return html`<g class="${run.status}"><title>run ${run.run_id}, ${run.command}, ${run.status}: ${counted(rowsOf(run), 'row')}, ${counted(run.requests, 'request')}</title>
            <rect class="hit" x="${i * CHART.slot}" y="0" width="${CHART.slot}" height="${total}"></rect>
            <rect class="rows" x="${x}" y="${middle - CHART.gap / 2 - up}" width="${CHART.bar}" height="${up}" rx="2"></rect>
            <rect class="requests" x="${x}" y="${middle + CHART.gap / 2}" width="${CHART.bar}" height="${down}" rx="2"></rect></g>`;
        })}
        <line x1="0" x2="100%" y1="${middle}" y2="${middle}"></line>
      </svg>
      ${legend(shown)}
      <details id="runs-table"><summary>In numbers</summary>${runsTable(runs, schedule.time_zone)}</details>`
    }</section>`;
}

function legend(runs: readonly Run[]): Html {
  const statuses = [...new Set(runs.map(({ status }) => status))];
  return html`<ul class="legend">${statuses.map((status) => {
    const number = runs.filter((run) => run.status === status).length;
    return html`<li><svg class="key" width="10" height="10" aria-hidden="true"><g class="${status}"><rect class="rows" width="10" height="10" rx="2"></rect></g></svg> ${status} ${number}</li>`;
  })}</ul>`;
}

const runsTable = (
  runs: readonly Run[],
  timeZone: string,
): Html => html`<div class="wide" role="region" aria-label="runs" tabindex="0"><table>
  <thead><tr>${['run', 'command', 'status', 'began', 'took', 'requests', 'inserted', 'updated', 'unchanged', 'rejected'].map(
    (name) => html`<th scope="col">${name}</th>`,
  )}</tr></thead>
  <tbody>${runs.map(
    (run) => html`<tr><th scope="row">${run.run_id}</th><td>${run.command}</td><td class="${run.status}">${run.status}</td>
      <td><time datetime="${run.started_at}">${dayAndTime(run.started_at, timeZone)}</time></td><td>${durationOf(run)}</td>
      ${[run.requests, run.rows_inserted, run.rows_updated, run.rows_unchanged, run.rows_rejected].map((value) => html`<td class="number">${count(value)}</td>`)}</tr>
      ${run.error && html`<tr class="error"><td colspan="10">${run.error}</td></tr>`}`,
  )}</tbody></table></div>`;

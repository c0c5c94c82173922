import { Html, html } from '../html.ts';
import {
  BarChart,
  type EChartsCoreOption,
  GridComponent,
  HeatmapChart,
  init,
  LineChart,
  MarkLineComponent,
  SVGRenderer,
  use,
  VisualMapComponent,
} from './charting.ts';

use([BarChart, HeatmapChart, LineChart, GridComponent, MarkLineComponent, VisualMapComponent, SVGRenderer]);

/** Each chart is drawn for these widths of its card, so that its letters keep their size; the style shows the one that fits. */
const SIZES = [
  { name: 'wide', width: 960 },
  { name: 'middle', width: 640 },
  { name: 'narrow', width: 320 },
] as const;

export type Size = (typeof SIZES)[number]['name'];

export type Drawing = {
  /** What the chart shows, for who cannot see it. */
  label: string;
  /** Height and content in a size; colours are variables of the style. */
  at: (size: Size) => { height: number; option: EChartsCoreOption };
  /** The text of one mark when the pointer rests on it. */
  title: (series: number, index: number) => string;
};

/** A chart as SVG in every size, without script and without style attributes, which the page's policy forbids. */
export function drawChart({ label, at, title }: Drawing): Html {
  return html`<div class="chart">${SIZES.map(({ name, width }) => {
    const { height, option } = at(name);
    const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
    try {
      chart.setOption({ animation: false, ...option });
      return toMarkup(chart.renderToSVGString({ useViewBox: true }), { name, label, title });
    } finally {
      chart.dispose();
    }
  })}</div>`;
}

/** What ECharts made, as part of the page. Its texts are escaped already. */
function toMarkup(svg: string, { name, label, title }: { name: Size; label: string; title: Drawing['title'] }): Html {
  const open = html`<svg class="${name}" role="img" aria-label="${label}" $1>`.markup;
  return new Html(
    svg
      .replace(/<style >[\s\S]*?<\/style>/, '')
      .replace(/^<svg[^>]*?(viewBox="[^"]*")[^>]*>/, open)
      .replace(/ style="([^"]*)"/g, (_, style: string) => (/font-(size|weight):/.test(style) ? attributesOf(style) : ''))
      .replace(/ class="zr[^"]*"/g, '')
      .replace(/ecmeta_series_index="(\d+)" ecmeta_data_index="(\d+)"([^>]*)>/g, (_, series: string, index: string, rest: string) =>
        // What is silent is no value, but a line to compare with.
        rest.includes('ecmeta_silent')
          ? `${rest.replace(/ ecmeta_\w+="\w*"/g, '')}>`
          : `class="mark"${rest.replace(' ecmeta_ssr_type="chart"', '')}>${html`<title>${title(Number(series), Number(index))}</title>`.markup}`,
      ),
  );
}

/** The sizes and weights of letters; their family is the page's. */
const attributesOf = (style: string): string =>
  [...style.matchAll(/(font-size|font-weight):([\w.]+)/g)].map(([, name, value]) => ` ${name}="${value}"`).join('');

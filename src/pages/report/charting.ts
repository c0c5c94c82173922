/*
 * The parts of ECharts that reports are drawn with. `npm run build` makes one file of this and of ECharts, so that who installs the package
 * gets these parts only: all of ECharts weighs more than everything else together.
 */
export { BarChart, HeatmapChart, LineChart } from 'echarts/charts';
export { GridComponent, MarkLineComponent, VisualMapComponent } from 'echarts/components';
export { type EChartsCoreOption, init, use } from 'echarts/core';
export { SVGRenderer } from 'echarts/renderers';

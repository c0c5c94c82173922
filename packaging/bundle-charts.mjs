// Makes one file of the parts of ECharts that reports are drawn with, in dist, and puts the licences beside it that have to go with it.
import { copyFileSync } from 'node:fs';
import { build } from 'esbuild';

const place = 'dist/pages/report';
await build({
  entryPoints: ['src/pages/report/charting.ts'],
  outfile: `${place}/charting.js`,
  allowOverwrite: true,
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
});
for (const [name, file] of [
  ['echarts', 'LICENSE'],
  ['echarts', 'NOTICE'],
  ['zrender', 'LICENSE'],
])
  copyFileSync(`node_modules/${name}/${file}`, `${place}/${file}.${name}`);

// Makes dist/ of src/: the program in a few files, as to find and read four hundred takes a third of a short run. Packages stay outside,
// where `npm audit` sees them, but for the parts of ECharts that reports are drawn with; its licences are put beside it.
import { chmodSync, copyFileSync, readFileSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

const { dependencies, optionalDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
const CHARTS = './charting.js';
const common = { outdir: 'dist', bundle: true, format: 'esm', platform: 'node', target: 'node20.19' };

rmSync('dist', { recursive: true, force: true });
await build({ ...common, entryPoints: ['src/pages/report/charting.ts'], minify: true });
await build({
  ...common,
  // Tests let the built program die at its failpoints.
  entryPoints: ['src/main.ts', 'src/failpoint.ts'],
  external: Object.keys({ ...dependencies, ...optionalDependencies }),
  splitting: true,
  sourcemap: true,
  sourcesContent: false,
  plugins: [
    {
      name: 'charts beside it',
      setup: ({ onResolve }) => onResolve({ filter: /\/charting\.ts$/ }, () => ({ path: CHARTS, external: true })),
    },
  ],
});
chmodSync('dist/main.js', 0o755);
for (const [name, file] of [
  ['echarts', 'LICENSE'],
  ['echarts', 'NOTICE'],
  ['zrender', 'LICENSE'],
])
  copyFileSync(`node_modules/${name}/${file}`, `dist/${file}.${name}`);

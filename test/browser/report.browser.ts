import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import axe from 'axe-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createReport } from '../../src/pages/report/report.ts';
import { addDays, dayOf } from '../../src/time/period.ts';
import { createWorkbench, type Workbench } from '../support/warehouse.ts';
import { visit } from './browser.ts';

const screenshots = fileURLToPath(new URL('../../screenshots', import.meta.url));
const VIEWS = [
  { name: 'wide-light', viewport: { width: 1280, height: 900 }, colorScheme: 'light', chart: 'wide' },
  { name: 'wide-dark', viewport: { width: 1280, height: 900 }, colorScheme: 'dark', chart: 'wide' },
  { name: 'tablet-light', viewport: { width: 800, height: 1_000 }, colorScheme: 'light', chart: 'middle' },
  { name: 'phone-light', viewport: { width: 390, height: 844 }, colorScheme: 'light', chart: 'narrow' },
  { name: 'phone-dark', viewport: { width: 390, height: 844 }, colorScheme: 'dark', chart: 'narrow' },
] as const;
const HOSTILE = '<img src="http://127.0.0.1:9/x" onerror="alert(1)"><script>alert(2)</script>';

let bench: Workbench;
let folder: string;
let url: string;
beforeAll(async () => {
  bench = await createWorkbench({ seed: 21, agents: 9, days: 32, chats: 700 }, {}, { refreshes: true });
  await bench.sync();
  const { pool } = bench.database;
  // The account is read before its last day is over: so that a part is looked at.
  await pool.query('update chatrhub_sync.requests set granted_at = $1', [bench.account.now()]);
  await pool.query('update chatrhub.groups set group_name = $1 where group_id = (select min(group_id) from chatrhub.chats)', [HOSTILE]);
  const last = dayOf(bench.account.now());
  // It begins before the data, so that there are gaps to look at.
  const { html } = await createReport(bench.database, { from: addDays(last, -38), to: last }, bench.account.now());
  folder = await mkdtemp(join(tmpdir(), 'chatrhub-report-'));
  await writeFile(join(folder, 'report.html'), html);
  url = pathToFileURL(join(folder, 'report.html')).href;
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await bench.close();
});

describe('the report in a browser', () => {
  it.each(VIEWS)(
    'is without errors, loads nothing, is usable by everybody, and fits: $name',
    async ({ name, viewport, colorScheme, chart }) => {
      // The page's own policy would refuse axe, too: it is looked at from outside of it, and its refusals are heard below.
      await visit(url, { viewport, colorScheme, bypassCSP: true }, async ({ page, errors }) => {
        await page.screenshot({ path: `${screenshots}/report-${name}.png`, fullPage: true });
        for (const summary of await page.locator('summary').all()) await summary.click();
        await page.evaluate(axe.source);
        const violations = await page.evaluate(
          'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes.map((n) => n.html)]))',
        );
        expect(violations).toEqual([]);
        expect(errors).toEqual([]);
      });
      await visit(url, { viewport, colorScheme }, async ({ page, errors, elsewhere }) => {
        const loaded = await page.evaluate('performance.getEntriesByType("resource").map(({ name }) => name)');
        expect({ errors, loaded, elsewhere }).toEqual({
          errors: [],
          loaded: [],
          elsewhere: [],
        });
        expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
        expect(await page.locator(`.chart svg.${chart}:visible`).count()).toBe(9);
        expect(await page.locator('.chart svg:visible').count()).toBe(9);
        // Letters of a chart are as large as they were drawn for: a chart that was only shrunk would have smaller ones.
        const heights = await page.evaluate(
          `[...document.querySelectorAll('.chart svg.${chart} text')].map((text) => text.getBoundingClientRect().height)`,
        );
        expect(Math.min(...(heights as number[]))).toBeGreaterThan(9);
      });
    },
  );

  it('follows the light and the dark, charts too', async () => {
    const looks = async (colorScheme: 'light' | 'dark') =>
      visit(url, { colorScheme }, ({ page }) =>
        page.evaluate(
          `[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.querySelector('.chart svg.wide path.mark')).fill]`,
        ),
      );
    const [light, dark] = [(await looks('light')) as string[], (await looks('dark')) as string[]];
    expect([light[0], dark[0]]).toEqual(['rgb(245, 246, 248)', 'rgb(15, 20, 26)']);
    expect(light[1]).toMatch(/^rgb\(/);
    expect(light[1]).not.toBe(dark[1]);
  });

  it('shows names as text', async () => {
    await visit(url, {}, async ({ page }) => {
      expect(await page.locator('main').innerText()).toContain(HOSTILE);
      expect(await page.locator('img, script').count()).toBe(0);
    });
  });
});

import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { visit } from './browser.ts';
import { calmScene, HOSTILE, PERSONAL, type Scene, troubledScene } from './scene.ts';

const screenshots = fileURLToPath(new URL('../../screenshots', import.meta.url));
const VIEWS = [
  { name: 'wide-light', viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
  { name: 'wide-dark', viewport: { width: 1280, height: 900 }, colorScheme: 'dark' },
  { name: 'phone-light', viewport: { width: 390, height: 844 }, colorScheme: 'light' },
  { name: 'phone-dark', viewport: { width: 390, height: 844 }, colorScheme: 'dark' },
] as const;

let scenes: Record<'calm' | 'troubled', Scene>;
beforeAll(async () => {
  scenes = { calm: await calmScene(), troubled: await troubledScene() };
});
afterAll(async () => {
  for (const scene of Object.values(scenes)) await scene.close();
});

describe.each(['calm', 'troubled'] as const)('the page of a %s warehouse', (which) => {
  it.each(VIEWS)('is without errors, is usable by everybody, and fits: $name', async ({ name, viewport, colorScheme }) => {
    await visit(scenes[which].url, { viewport, colorScheme }, async ({ page, errors, elsewhere }) => {
      await page.screenshot({ path: `${screenshots}/${which}-${name}.png`, fullPage: true });
      // What is folded up is looked at as well.
      await page.locator('#runs-table summary').click();
      await page.evaluate(axe.source);
      const violations = await page.evaluate(
        'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes.map((n) => n.html)]))',
      );
      expect(violations).toEqual([]);
      expect({ errors, elsewhere }).toEqual({ errors: [], elsewhere: [] });
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    });
  });
});

describe('the page', () => {
  it('shows what is wrong, and what to do', async () => {
    await visit(scenes.troubled.url, {}, async ({ page }) => {
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Data is stale');
      const text = await page.locator('main').innerText();
      for (const said of [
        'Tasks should have been read by now',
        'Somebody else uses the key',
        'chatrhub-sync reconcile --repair',
        'Waiting until',
        '150/hour are used up',
        '688 requests done',
        'Changed at the source',
        'groups.system_group vanished',
        '303 doubts are open, about groups, chats, messages and tasks',
        'messages, chat 3: no message was received',
        'and 297 more of messages, for the same reason',
        'What settles it: the next sync asks again',
        'missing 5',
        'partial 2',
      ])
        expect(text).toContain(said);
    });
    await visit(scenes.calm.url, {}, async ({ page }) => {
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Data is fresh');
    });
  });

  it("shows what the source calls things as text, and nobody's data", async () => {
    await visit(scenes.troubled.url, {}, async ({ page }) => {
      expect(await page.locator('main').innerText()).toContain(HOSTILE);
      expect(await page.locator('img').count()).toBe(0);
      expect(await page.content()).not.toContain(PERSONAL);
      expect(await page.locator('main').innerText()).toContain('xxxx xxx 99');
    });
  });

  it('brings itself up to date, and what is unfolded stays so', async () => {
    const { url, bench } = scenes.calm;
    await visit(url, {}, async ({ page }) => {
      await page.locator('#runs-table summary').click();
      await bench.database.pool.query(`insert into chatrhub_sync.runs (command, status, finished_at) values ('replay', 'complete', now())`);
      await page.getByRole('cell', { name: 'replay' }).waitFor({ timeout: 20_000 });
      expect(await page.locator('#runs-table').getAttribute('open')).toBe('');
      expect(await page.evaluate('document.activeElement.tagName')).toBe('SUMMARY');
    });
  });

  it('needs no script, and no mouse', async () => {
    await visit(scenes.troubled.url, { javaScriptEnabled: false }, async ({ page, errors }) => {
      expect(await page.locator('noscript meta[http-equiv=refresh], meta[http-equiv=refresh]').count()).toBe(1);
      expect(await page.getByRole('heading', { level: 2 }).count()).toBeGreaterThan(5);
      expect(errors).toEqual([]);
    });
    await visit(scenes.calm.url, {}, async ({ page }) => {
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      expect(await page.locator('details[open]').count()).toBe(1);
    });
  });

  it('says so when nobody answers any more', async () => {
    await visit(scenes.calm.url, {}, async ({ page }) => {
      await page.route('**/*', (route) => route.abort());
      await page.getByText('No answer since').waitFor({ timeout: 20_000 });
    });
  });
});

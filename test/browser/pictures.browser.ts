import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createReport } from '../../src/pages/report/report.ts';
import { addDays, dayOf } from '../../src/time/period.ts';
import { serveStatus } from '../support/status-page.ts';
import { createWorkbench, type Workbench } from '../support/warehouse.ts';
import { visit } from './browser.ts';

// They show the time, so that each is another one: those of the README are written when `npm run pictures` asks for it.
const images = fileURLToPath(new URL(`../../${process.env.PICTURES ?? 'screenshots'}`, import.meta.url));
const VIEW = { viewport: { width: 1_000, height: 900 }, colorScheme: 'light', bypassCSP: true } as const;
const LARGEST_BYTES = 120_000;

/** Takes a picture of the top of a page, whose size a reader of README.md does not notice. */
async function takePicture(url: string, name: string): Promise<void> {
  await mkdir(images, { recursive: true });
  const path = join(images, name);
  await visit(url, VIEW, async ({ page }) => void (await page.screenshot({ path })));
  expect((await stat(path)).size).toBeLessThan(LARGEST_BYTES);
}

let bench: Workbench;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chatrhub-picture-'));
  bench = await createWorkbench({ seed: 21, agents: 8, days: 57, chats: 800, now: new Date() }, {}, { refreshes: true });
  await bench.sync();
}, 600_000);
afterAll(async () => {
  await rm(folder, { recursive: true });
  await bench.close();
});

describe('the pictures of README.md', () => {
  it('are of the report', async () => {
    const last = addDays(dayOf(bench.account.now()), -1);
    const { html } = await createReport(bench.database, { from: addDays(last, -27), to: last }, bench.account.now());
    await writeFile(join(folder, 'report.html'), html);
    await takePicture(pathToFileURL(join(folder, 'report.html')).href, 'report.png');
  });

  it('and of the status page', async () => {
    const server = await serveStatus(bench.database, { perMinute: 1_000 });
    await takePicture(server.url, 'status.png').finally(() => server.close());
  });
});

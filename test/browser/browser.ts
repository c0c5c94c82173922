import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** A page, and what went wrong on it: messages of the console, requests to anywhere but the page's own server. */
export type Visit = { page: Page; errors: string[]; elsewhere: string[] };

/** Visits a page in a real browser with a profile of its own, and closes it. Says what to do when there is no browser. */
export async function visit<T>(url: string, options: BrowserContextOptions, look: (visit: Visit) => Promise<T>): Promise<T> {
  const executablePath = [process.env.CHROMIUM_PATH, ...PLACES].find((path) => path && existsSync(path));
  if (!executablePath) throw new Error('there is no Chromium: apt-get install chromium, or set CHROMIUM_PATH to where it is');
  const profile = await mkdtemp(join(tmpdir(), 'chatrhub-browser-'));
  let context: BrowserContext | undefined;
  try {
    context = await chromium.launchPersistentContext(profile, {
      ...options,
      executablePath,
      headless: true,
      // Its own services are not asked for anything; as root there is no sandbox.
      args: [
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
    const page = await context.newPage();
    const [errors, elsewhere]: [string[], string[]] = [[], []];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) errors.push(message.text());
    });
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== new URL(url).origin) elsewhere.push(request.url());
    });
    await page.goto(url);
    return await look({ page, errors, elsewhere });
  } finally {
    await context?.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

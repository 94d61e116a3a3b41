import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { partPath } from './parts.ts';

/** Nothing that reaches beyond loopback, nothing that a machine without a screen or a sandbox lacks. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * The system's Chromium with an empty user data folder, for one test: it closes when the test ends.
 * Each `browser.newContext()` is a person of their own: own cookies, own windows.
 * A suite that shares one opens it with `launchBrowser` in `beforeAll`, which may return `() => browser.close()`.
 */
export async function openBrowser(): Promise<Browser> {
  const browser = await launchBrowser();
  onTestFinished(() => browser.close());
  return browser;
}

/** As `openBrowser`; the caller closes it. */
export const launchBrowser = (): Promise<Browser> => chromium.launch({ executablePath: partPath('chromium'), args: FLAGS });

/**
 * A window of a person who opened the login link. What the browser complains of must be what the test expects; both are
 * judged when the test ends.
 */
export async function openWindow(browser: Browser, link: string, options: BrowserContextOptions = {}, expected: RegExp = /status of 4\d\d/): Promise<Page> {
  const context = await browser.newContext(options);
  onTestFinished(() => context.close());
  const window = await context.newPage();
  window.setDefaultTimeout(10_000);
  const complaints: string[] = [];
  window.on('console', (message) => {
    if (message.type() === 'error' && !expected.test(message.text())) complaints.push(message.text());
  });
  window.on('pageerror', (error) => complaints.push(String(error)));
  onTestFinished(() => expect(complaints).toEqual([]));
  await window.goto(link);
  return window;
}

const SCREENSHOTS = join(import.meta.dirname, '..', '..', '.cache', 'screenshots');

/** Keeps what the page looks like, in full length, as `.cache/screenshots/NAME.png`, for a person to look at. Returns the path. */
export async function screenshot(page: Page, name: string): Promise<string> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  const path = join(SCREENSHOTS, `${name}.png`);
  await page.screenshot({ path, fullPage: true });
  return path;
}

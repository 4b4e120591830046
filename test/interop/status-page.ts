/**
 * The status page of a running plugin in a real Chromium: what a person sees, and that nothing of a log becomes markup. With
 * INTEROP_SCREENSHOTS set to a folder, it leaves pictures there.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { findProgram } from './programs.js';
import { hostileName, type WatchedPlugin, withWatchedPlugin } from './watched-plugin.js';

export async function checkStatusPage(): Promise<string> {
  const { path } = findProgram('chromium', undefined, '/');
  await withWatchedPlugin(async (plugin) => {
    plugin.put(200);
    const browser = await chromium.launch({ executablePath: path, args: ['--no-sandbox'] });
    try {
      await checkAll(browser, plugin);
    } finally {
      await browser.close();
    }
  });
  return '';
}

async function checkAll(browser: Browser, plugin: WatchedPlugin): Promise<void> {
  const { url } = plugin;
  /** Requests to another place, and everything that the browser reports. */
  const faults: string[] = [];
  const light = await open(browser, url, { colorScheme: 'light' }, faults);
  await until(light, `document.querySelector('#events').textContent.includes('of log stream')`);
  await checkMarkup(light);
  await checkLive(light, plugin);
  await picture(light, 'light');
  await checkKeyboard(light);

  const dark = await open(browser, url, { colorScheme: 'dark' }, faults);
  assert.notEqual(await background(light), await background(dark), 'dark looks like light');
  await picture(dark, 'dark');

  for (const colorScheme of ['light', 'dark'] as const) {
    const viewport = { width: 360, height: 740 };
    const phone = await open(browser, url, { colorScheme, viewport, isMobile: true }, faults);
    const width = await phone.evaluate('document.documentElement.scrollWidth');
    assert.ok(Number(width) <= 360, `the page is ${width} pixels wide on a phone of 360`);
    await picture(phone, `phone-${colorScheme}`);
  }

  const plain = await open(browser, url, { javaScriptEnabled: false }, faults);
  assert.equal(await plain.locator('#shards tr').count(), 4);
  assert.equal(await plain.locator('svg polyline').count(), 3);
  await picture(plain, 'no-javascript');
  assert.deepEqual(faults, []);
}

type Look = NonNullable<Parameters<Browser['newContext']>[0]>;

async function open(browser: Browser, url: string, look: Look, faults: string[]): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...look });
  const page = await context.newPage();
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith('data:')) faults.push(`requested ${request.url()}`);
  });
  page.on('console', (message) => faults.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(url, { waitUntil: 'load' });
  return page;
}

/** The page's own policy allows no condition that the browser would evaluate by itself. */
async function until(page: Page, condition: string): Promise<void> {
  for (let step = 0; step < 300; step++) {
    if (await page.evaluate(condition)) return;
    await page.waitForTimeout(100);
  }
  assert.fail(`not within 30 s: ${condition}`);
}

async function checkMarkup(page: Page): Promise<void> {
  assert.equal(await page.locator('img').count(), 0);
  assert.equal(await page.locator('script').count(), 1);
  assert.ok((await page.locator('#events').innerText()).includes(hostileName), 'the log group is not shown as text');
}

/** New numbers come without a load, and what the reader has opened stays open. */
async function checkLive(page: Page, { put }: WatchedPlugin): Promise<void> {
  const records = `document.querySelector('#counts tr td:nth-child(2)').textContent`;
  await page.evaluate('window.isSame = true');
  await page.locator('summary').click();
  await until(page, `${records} === '200'`);
  put(10);
  await until(page, `${records} === '210'`);
  assert.equal(await page.evaluate('window.isSame'), true, 'the page was loaded again');
  assert.equal(await page.locator('details').getAttribute('open'), '');
  await checkMarkup(page);
}

/** Everything that scrolls or opens is reached by Tab, and shows that it is. */
async function checkKeyboard(page: Page): Promise<void> {
  await page.evaluate('document.activeElement.blur()');
  const reached: unknown[] = [];
  for (let step = 0; step < 12; step++) {
    await page.keyboard.press('Tab');
    const isShown = `getComputedStyle(document.activeElement).outlineStyle !== 'none'`;
    reached.push(await page.evaluate(`${isShown} && document.activeElement.tagName`));
  }
  for (const tag of ['DIV', 'SUMMARY', 'PRE', 'A'])
    assert.ok(reached.includes(tag), `Tab reached ${reached.join(', ')}`);
  await page.locator('summary').focus();
  await page.keyboard.press('Enter');
  assert.equal(await page.locator('details').getAttribute('open'), null);
}

const background = (page: Page) => page.evaluate('getComputedStyle(document.body).backgroundColor');

async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.INTEROP_SCREENSHOTS;
  if (folder) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

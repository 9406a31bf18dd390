// SPDX-License-Identifier: GPL-2.0-or-later
// The dashboard in Chromium: with hostile names in every field nothing runs, nothing is fetched and nothing breaks out; a
// phone's width is enough; a search works without script. RMAPBOT_SHOTS=FOLDER keeps pictures.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fullSample } from '../report/full-sample.ts';
import { poisoned } from '../report/poison.ts';
import { haveCommand } from '../sources/archive.ts';
import { aJob, startSite, type TestSite } from './site.ts';

const PATIENCE = 120_000;
const there = haveCommand('chromium', ['chromium']);
const EVIL =
  // biome-ignore lint/suspicious/noTemplateCurlyInString: that it is none is what is tested
  '"><script>alert(1)</script><img src=x onerror=alert(2)><svg/onload=alert(3)>\'`${alert(4)}{{7*7}}</style></title></textarea><a href="javascript:alert(5)">x\u202e\u001b[31m';

let browser: Browser;
let site: TestSite;
let evil = '';
let plain = '';
beforeAll(async () => {
  if (!there) return;
  browser = await chromium.launch({
    executablePath: execFileSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).trim(),
    args: ['--no-sandbox', '--disable-gpu'],
    timeout: PATIENCE,
  });
  site = await startSite({ health: [() => ({ name: EVIL, fine: false, said: EVIL })] });
  const review = await fullSample();
  const done = { state: 'done' as const, reason: 'a page can no longer be found from its folio' };
  const series = {
    thread: 'list:one',
    title: 'mm/rmap: link every VMA of a chain at once',
    author: 'Somebody <somebody@example.org>',
  };
  await site.ended({ ...series, version: 1 }, { ...done, verdict: 'violations', review: JSON.stringify(review) });
  plain = await site.ended(
    { ...series, version: 2, link: 'https://lists.example.org/one' },
    { ...done, verdict: 'clean', reason: 'every scenario ran', review: JSON.stringify(review) },
  );
  await site.ended(
    { title: 'mm: count anon folios by order', repository: 'example/linux' },
    { ...done, verdict: 'inconclusive', reason: '3 scenarios could not run' },
  );
  await site.ended(
    { title: 'mm: a bomb' },
    { state: 'parked', reason: 'the review was ended: it took more than 6144 MiB of memory' },
  );
  const all = { repository: EVIL, thread: EVIL, title: EVIL, author: EVIL, link: 'javascript:alert(6)', kind: EVIL };
  const hostile = { ...done, reason: EVIL, verdict: 'violations', review: JSON.stringify(poisoned(review, EVIL)) };
  evil = await site.ended({ ...all, version: 2 }, hostile);
  await site.ended({ ...all, version: 3 }, hostile);
  await site.queue.submit(aJob({ ...all, repositoryId: EVIL, lane: 'people' }));
  await site.queue.submit(aJob({ title: 'mm/rmap: a new walk, which waits' }));
  await site.database.query('INSERT INTO worker (id, host, started, seen, job) VALUES ($1, $1, 1, $2, $1)', [
    EVIL,
    Date.now(),
  ]);
}, PATIENCE);
afterAll(async () => {
  await browser?.close();
  await site?.stop();
});

async function open(path: string, options: BrowserContextOptions = {}): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage({ viewport: { width: 1100, height: 900 }, ...options });
  page.setDefaultTimeout(PATIENCE);
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (!request.isNavigationRequest()) complaints.push(request.url());
  });
  await page.goto(site.url + path, { timeout: PATIENCE });
  if (process.env.RMAPBOT_SHOTS) {
    const name = `${path.replace(/[^a-z0-9]+/gi, '-').slice(0, 40)}-${page.viewportSize()?.width}-${options.colorScheme ?? ''}.png`;
    await page.screenshot({ path: join(process.env.RMAPBOT_SHOTS, name), fullPage: path.length < 60 });
  }
  return { page, complaints };
}

const paths = () => [
  ...['/', '/reviews', `/reviews?q=${encodeURIComponent(EVIL)}&repository=${encodeURIComponent(EVIL)}`],
  ...[`/jobs/${evil}`, `/jobs/${evil}/report`, `/series?of=${encodeURIComponent(EVIL)}`, `/jobs/${plain}`],
  ...[
    `/scenarios?q=${encodeURIComponent(EVIL)}&area=${encodeURIComponent(EVIL)}`,
    '/rules',
    '/trees',
    '/health',
    '/nothing',
  ],
];

describe.skipIf(!there)('the dashboard', () => {
  it('runs and fetches nothing, whatever names are made of', async () => {
    for (const path of paths()) {
      const { page, complaints } = await open(path);
      const found = await page.evaluate<[number, number, string[]]>(`[
        document.querySelectorAll('script, iframe, object, embed, img, base, link').length,
        [...document.querySelectorAll('*')].filter((one) => [...one.attributes].some(({ name }) => name.startsWith('on'))).length,
        [...document.querySelectorAll('a[href], form[action]')].map((one) => one.getAttribute('href') ?? one.getAttribute('action')).filter((to) => !/^(\\/|#|https?:)/.test(to)),
      ]`);
      expect([path, ...found]).toEqual([path, 0, 0, []]);
      // A page that is not there is told by the browser itself.
      expect(complaints.filter((text) => !text.includes('404'))).toEqual([]);
      await page.close();
    }
  }, 600_000);

  it.each(['light', 'dark'] as const)(
    'fits on a phone, in %s',
    async (colorScheme) => {
      for (const path of paths()) {
        const { page } = await open(path, { viewport: { width: 390, height: 844 }, colorScheme, isMobile: true });
        const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
        expect([path, wide]).toEqual([path, 390]);
        const small = await page.evaluate<number>(
          `Math.min(...[...document.querySelectorAll('main p, main td, main dd, main a')].filter((one) => one.checkVisibility()).map((one) => parseFloat(getComputedStyle(one).fontSize)))`,
        );
        expect(small).toBeGreaterThanOrEqual(11);
        await page.close();
      }
    },
    600_000,
  );

  it(
    'is used without script: search, filter, history, report',
    async () => {
      const { page } = await open('/reviews', { javaScriptEnabled: false });
      await page.getByLabel('Title, author, repository').fill('link every');
      await page.getByLabel('Verdict').selectOption('clean');
      await page.getByRole('button', { name: 'Search' }).click();
      await page.getByRole('link', { name: 'mm/rmap: link every VMA' }).click();
      expect(await page.getByRole('heading', { level: 1 }).innerText()).toContain('link every VMA');
      expect(await page.getByRole('link', { name: 'Where it is discussed' }).getAttribute('href')).toBe(
        'https://lists.example.org/one',
      );
      await page.getByRole('link', { name: 'All 2 of this series' }).click();
      await page.getByRole('link', { name: 'v1' }).click();
      await page.getByRole('link', { name: 'Read the report' }).click();
      expect(await page.locator('#findings').count()).toBe(1);
      await page.close();
    },
    PATIENCE,
  );

  it(
    'can be read by those who use a keyboard or a screen reader',
    async () => {
      const { page } = await open('/reviews');
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.className')).toBe('skip');
      for (const path of ['/', '/reviews', '/scenarios', '/rules', '/trees', '/health']) {
        await page.goto(site.url + path);
        expect(await page.locator('h1').count()).toBe(1);
        expect(await page.locator('nav [aria-current=page]').count()).toBe(1);
        expect(
          await page
            .locator('input:not([type=hidden]), select')
            .evaluateAll(
              (all) => all.filter((one) => !(one as unknown as { labels: { length: number } }).labels.length).length,
            ),
        ).toBe(0);
      }
      await page.close();
    },
    PATIENCE,
  );
});

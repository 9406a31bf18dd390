// SPDX-License-Identifier: GPL-2.0-or-later
// The page in Chromium (Debian's package): both themes, a phone's width, the keyboard, paper, and hostile names.
import { execFileSync } from 'node:child_process';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { htmlPage } from '../../src/report/html/page.ts';
import { reviewSchema } from '../../src/review/schema.ts';
import { runToy } from '../simulator/toy.ts';
import { haveCommand } from '../sources/archive.ts';
import { fullSample } from './full-sample.ts';
import { poisoned } from './poison.ts';
import { sampleReview } from './sample.ts';

const there = haveCommand('chromium', ['chromium']);
/** A page on a loaded machine may take its time; nothing is measured. */
const PATIENCE = 120_000;

let browser: Browser;
beforeAll(async () => {
  // Chromium's own sandbox is not to be had for root in a container; the page has no script.
  if (there)
    browser = await chromium.launch({
      executablePath: execFileSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).trim(),
      args: ['--no-sandbox', '--disable-gpu'],
      timeout: PATIENCE,
    });
}, PATIENCE);
afterAll(() => browser?.close());

interface Shown {
  page: Page;
  /** Requests beyond the page itself, and what the console or the policy complained of. */
  complaints: string[];
}

async function show(
  html: string,
  size = { width: 1200, height: 900 },
  scheme: 'light' | 'dark' = 'light',
): Promise<Shown> {
  const page = await browser.newPage({ viewport: size, colorScheme: scheme });
  page.setDefaultTimeout(PATIENCE);
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => {
    complaints.push(dialog.message());
    void dialog.dismiss();
  });
  await page.route('**/*', (route) => {
    if (route.request().url() !== 'http://report.example/') complaints.push(route.request().url());
    return route.fulfill({ contentType: 'text/html', body: html });
  });
  await page.goto('http://report.example/', { timeout: PATIENCE });
  return { page, complaints };
}

/** Contrast of an element's text with what is behind it, as WCAG 2 defines it. */
const contrast = (page: Page, selector: string) =>
  page.evaluate<number>(`(() => {
    const numbers = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number);
    const luminance = (color) => {
      const [r, g, b] = numbers(color).map((part) => {
        const c = part / 255;
        return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const element = document.querySelector(${JSON.stringify(selector)});
    let behind = element, back = 'rgba(0, 0, 0, 0)';
    while (behind && (numbers(back)[3] ?? 1) === 0) {
      back = getComputedStyle(behind).backgroundColor;
      behind = behind.parentElement;
    }
    const [a, b] = [luminance(getComputedStyle(element).color), luminance(back)].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  })()`);

/** Every element that a selector finds, put through an expression in "element". */
const each = <T>(page: Page, selector: string, expression: string) =>
  page.evaluate<T[]>(`[...document.querySelectorAll(${JSON.stringify(selector)})].map((element) => ${expression})`);

describe.skipIf(!there)('the page in Chromium', { timeout: 300_000 }, () => {
  it('asks for nothing and complains of nothing, in both themes, and they differ', async () => {
    const html = htmlPage(await fullSample());
    const backs = new Set<string>();
    for (const scheme of ['light', 'dark'] as const) {
      const { page, complaints } = await show(html, undefined, scheme);
      backs.add(await page.evaluate('getComputedStyle(document.documentElement).backgroundColor'));
      for (const selector of [
        'h1',
        '.series',
        '.verdict',
        '.since',
        '.evidence',
        'nav a',
        '.aside',
        'td',
        '.facts small',
      ]) {
        expect(await contrast(page, selector), `${selector} ${scheme}`).toBeGreaterThan(4.5);
      }
      expect(complaints, scheme).toEqual([]);
      await page.close();
    }
    expect(backs.size).toBe(2);
  });

  it('does not scroll sideways on a phone, whatever the names', async () => {
    const review = await fullSample();
    for (const one of [review, poisoned(review, 'x'.repeat(300)), await sampleReview('does-not-build')]) {
      const { page } = await show(htmlPage(one), { width: 390, height: 800 });
      await each(page, 'details', 'element.open = true');
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
      await page.close();
    }
  });

  it('has landmarks, headings in order, names for all figures, and no id twice', async () => {
    const { page } = await show(htmlPage(await fullSample()));
    for (const landmark of ['banner', 'main', 'contentinfo', 'navigation'] as const) {
      expect(await page.getByRole(landmark).count(), landmark).toBe(1);
    }
    const levels = await each<number>(page, 'h1,h2,h3,h4', 'Number(element.tagName[1])');
    expect(levels[0]).toBe(1);
    for (const [index, level] of levels.entries()) expect(level - (levels[index - 1] ?? level)).toBeLessThanOrEqual(1);
    const drawings = await each<string>(
      page,
      'svg',
      "element.getAttribute('aria-label') ?? (element.closest('[aria-hidden=true]') ? 'hidden' : '')",
    );
    expect(drawings.filter((name) => name.trim() === '')).toEqual([]);
    expect(await page.getByRole('img', { name: /After the step.*misses C1:A\+3/ }).count()).toBe(2);
    expect(await each<string>(page, 'th', 'element.textContent.trim()')).not.toContain('');
    const ids = await each<string>(page, '[id]', 'element.id');
    expect(new Set(ids).size).toBe(ids.length);
    const dead = await each<boolean>(page, 'a', 'document.getElementById(element.hash.slice(1)) === null');
    expect(dead).not.toContain(true);
  });

  it('is walked through with the keyboard: first to the findings, then whatever scrolls or opens', async () => {
    const { page } = await show(htmlPage(await fullSample()));
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('To the findings');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
    expect(await each<number>(page, '.scroll, pre', 'element.tabIndex')).not.toContain(-1);
    await page.locator('summary').first().focus();
    await page.keyboard.press('Enter');
    expect(await page.locator('details').first().getAttribute('open')).not.toBeNull();
  });

  it('draws nothing outside of its figures, however much there is to draw', async () => {
    const many = Array.from({ length: 9 }, (_, i) => [`P: mmap R${i} 12 rw private anon`, `P: write R${i} 0-3`]).flat();
    const steps = [...many, 'P: mmap F 4 rw private file f offset 1', 'P: read F 0-1', 'P: write F 2', 'P: fork C'];
    const [violation] = runToy(steps, (machine) => machine.plants.add('fork-skips-clone')).violations;
    const review = await fullSample();
    const [first, ...rest] = review.findings;
    if (!first || !violation) throw new Error('there is something to draw');
    const large = { ...first, ...violation, summary: violation.evidence, where: [], step: 21 };
    const findings = [reviewSchema.shape.findings.element.strip().parse(large), ...rest];
    const { page } = await show(htmlPage({ ...review, findings }));
    const outside = await each<string[]>(
      page,
      '.topology svg, .timeline svg',
      `(() => {
        const box = element.getBoundingClientRect();
        return [...element.querySelectorAll('text, rect, circle')].filter((part) => {
          const { left, right, top, bottom } = part.getBoundingClientRect();
          return left < box.left - 1 || right > box.right + 1 || top < box.top - 1 || bottom > box.bottom + 1;
        }).map((part) => part.outerHTML);
      })()`,
    );
    expect(outside.flat()).toEqual([]);
  });

  it('prints dark on light, whole, without its navigation', async () => {
    const { page } = await show(htmlPage(await fullSample()), undefined, 'dark');
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('nav').isVisible()).toBe(false);
    const paper = await page.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor');
    expect(Number(/\d+/.exec(paper)?.[0])).toBeGreaterThan(240);
    expect(await page.getByText('No chain leads from AV1').first().isVisible()).toBe(true);
    expect((await page.pdf()).length).toBeGreaterThan(10_000);
  });

  it('runs nothing of hostile names, wherever they stand', async () => {
    const review = await fullSample();
    for (const lure of [
      '<script>alert(1)</script>',
      '"><img src=x onerror=alert(1)>',
      '</style><style>*{display:none}</style>',
    ]) {
      const { page, complaints } = await show(htmlPage(poisoned(review, lure)));
      expect(complaints, lure).toEqual([]);
      expect(await page.locator('script, img, body style').count()).toBe(0);
      expect(await page.locator('h1').isVisible()).toBe(true);
      expect(await page.locator('h1').textContent()).toContain(lure.replace(/^[a-z]/, (first) => first.toUpperCase()));
      await page.close();
    }
  });

  it('lets not even its own markup run a script', async () => {
    const html = htmlPage(await fullSample()).replace('</body>', '<script>document.title = "ran"</script></body>');
    const { page, complaints } = await show(html);
    expect(await page.title()).not.toBe('ran');
    expect(complaints.join()).toContain('Content Security Policy');
  });
});

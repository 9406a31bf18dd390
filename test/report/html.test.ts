// SPDX-License-Identifier: GPL-2.0-or-later
// The page as text: golden, self-contained, one policy, and nothing foreign in it that a browser would take for markup.
import { describe, expect, it } from 'vitest';
import { htmlPage } from '../../src/report/html/page.ts';
import { fullSample } from './full-sample.ts';
import { expectGolden } from './golden.ts';
import { poisoned } from './poison.ts';
import { SAMPLE_NAMES, sampleReview } from './sample.ts';

describe('golden pages', () => {
  it('with something of everything', async () => expectGolden('full.html', htmlPage(await fullSample())));
});

describe('the page', () => {
  it('is the same for every verdict in form, and small', async () => {
    for (const name of SAMPLE_NAMES) {
      const page = htmlPage(await sampleReview(name));
      expect(page, name).toMatch(/^<!doctype html>\n<html lang="en">/);
      expect(page.match(/<h1>/g), name).toHaveLength(1);
      expect(page, name).not.toMatch(/undefined|\[object|NaN/);
      expect(page.length).toBeLessThan(100_000);
    }
  });

  it('claims nothing of what was not compared', async () => {
    const page = htmlPage(await sampleReview('inconclusive'));
    expect(page).not.toContain('as on the base');
    expect(page).toContain('nothing was measured');
    const quiet = await fullSample();
    expect(htmlPage({ ...quiet, effects: [] })).toContain('as on the base');
  });

  it('does not depend on what was measured of time', async () => {
    const review = await fullSample();
    expect(htmlPage({ ...review, timings: { total: 99 } })).toBe(htmlPage(review));
  });

  it('needs nothing from anywhere: no script, no address, one style sheet', async () => {
    const page = htmlPage(await fullSample());
    expect(page).not.toMatch(/<script|<link|<img|<iframe|\bsrc=|\bstyle=|@import|url\((?!#)|https?:/i);
    expect(page).not.toMatch(/\son\w+=/i);
    expect(page.match(/<style/g)).toHaveLength(1);
    expect(page).toMatch(/Content-Security-Policy" content="default-src 'none'; style-src 'sha256-[\w+/]+=*'; /);
  });

  it('tells the finding first, then the world around its step', async () => {
    const page = htmlPage(await fullSample());
    const order = [
      'violations',
      '<h1>',
      'id="findings-title"',
      'class="evidence"',
      'Before the step',
      'id="versions-title"',
      'id="memory-title"',
      'id="reproduce-title"',
    ];
    const places = order.map((part) => page.indexOf(part));
    expect(places.every((place) => place >= 0)).toBe(true);
    expect([...places].sort((a, b) => a - b)).toEqual(places);
  });

  it('draws what a walk missed, and says it in words', async () => {
    const page = htmlPage(await fullSample());
    expect(page).toContain('class="entry missed"');
    expect(page).toContain('class="ghost"');
    expect(page).toContain('it misses C1:A+3');
    expect(page).toContain('No chain leads from AV1 to C1:A 3-7.');
    expect(page).toContain('Not drawn: 2 VMAs and 1 folio more.');
  });

  it('shows layouts side by side: what moved, came and went, holes, and no members of members', async () => {
    const page = htmlPage(await fullSample());
    expect(page).toContain('before: 96 bytes, 2 cache lines, 1 hole (24 bytes)');
    expect(page).toContain('after: 104 bytes');
    expect(page).toMatch(/class="came"><td class="num">48<\/td>.*\+ <code>unsigned long num_moved/);
    expect(page).toMatch(/class="gone"><td class="num">72<\/td>.*↕ <code>unsigned long rb_root/);
    expect(page).toMatch(/class="hole"><td class="num">48<\/td><td class="num">24/);
    expect(page).not.toContain('rwsem.count');
  });

  it('stays below 2 MB with a hundred findings and thousands of rows', async () => {
    const review = await fullSample();
    const [first] = review.findings;
    const [row] = review.memory;
    if (!first || !row) throw new Error('the sample has both');
    const large = {
      ...review,
      findings: Array.from({ length: 100 }, () => first),
      memory: Array.from({ length: 20_000 }, (_, index) => ({ ...row, scenario: `s${index}` })),
      notes: Array.from({ length: 5000 }, () => 'x'.repeat(600)),
    };
    expect(htmlPage(large).length).toBeLessThan(2_000_000);
  });
});

describe('hostile text', () => {
  const lures = [
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    '</title></style><script>alert(1)</script>',
    '<!-- ',
    ']]><svg onload=alert(1)>',
    'javascript:alert(1)',
    '&lt;script&gt;&#60;b&#62;',
    '`$' + '{alert(1)}`',
  ];
  it('is text wherever it stands', async () => {
    const review = await fullSample();
    // Tags with the names of their attributes: a value that broke out of its quotes would add one.
    const tags = (page: string) =>
      [...page.matchAll(/<(\/?[a-z][\w-]*)([^>]*)>/gi)].map(([, name, rest = '']) => {
        const attributes = rest.replace(/"[^"]*"/g, '').match(/[\w-]+/g) ?? [];
        return [name, ...attributes].join(' ');
      });
    const usual = new Set(tags(htmlPage(review)));
    for (const lure of lures) {
      const page = htmlPage(poisoned(review, lure));
      expect([...new Set(tags(page)).difference(usual)], lure).toEqual([]);
      expect(page, lure).not.toMatch(/<script|<img/i);
      expect(page.match(/href="[^"#]/g), lure).toBeNull();
    }
  });

  it('carries no control, escape or direction change', async () => {
    const page = htmlPage(poisoned(await fullSample(), 'a\u202eb\u0000c\u001b[31m\u2028'));
    expect(page).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    expect(page).toContain('\\u{202e}');
  });
});

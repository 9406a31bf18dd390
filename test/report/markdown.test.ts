// SPDX-License-Identifier: GPL-2.0-or-later
// Markdown for GitHub: golden, the finding first, and nothing foreign that becomes markup, a mention or a reference.
import { describe, expect, it } from 'vitest';
import { markdownText } from '../../src/report/markdown.ts';
import { code, fenced, md } from '../../src/report/markdown-text.ts';
import { fullSample } from './full-sample.ts';
import { expectGolden } from './golden.ts';
import { poisoned } from './poison.ts';
import { sampleReview } from './sample.ts';
import { withoutCode } from './without-code.ts';

describe('golden Markdown', () => {
  it('with something of everything', async () => expectGolden('full.md', markdownText(await fullSample())));
  it('of a clean series', async () => expectGolden('clean.md', markdownText(await sampleReview('clean'))));
});

describe('the text', () => {
  it('begins with the verdict and the finding', async () => {
    const text = markdownText(await fullSample());
    const order = ['## violations', '### 1. walk', '> evidence', '### Memory', '### What ran', 'rmapbot review'];
    const places = order.map((part) => text.indexOf(part));
    expect(places.every((place) => place >= 0)).toBe(true);
    expect([...places].sort((a, b) => a - b)).toEqual(places);
  });

  it('shows what the base had only in full', async () => {
    const review = await fullSample();
    expect(markdownText(review)).not.toContain('evidence of recount');
    expect(markdownText(review, { full: true })).toContain('evidence of recount');
  });

  it('fits into a comment whatever there is to say', async () => {
    const review = await fullSample();
    const [first] = review.findings;
    const findings = Array.from({ length: 100 }, () => ({
      ...(first as typeof first & object),
      reproducer: 'x\n'.repeat(900),
    }));
    const text = markdownText({ ...review, findings }, { full: true });
    expect(Buffer.byteLength(text)).toBeLessThan(65_536);
    expect(text).toMatch(/The rest is too long for a comment; .*\n$/);
  });
});

describe('hostile text', () => {
  it('mentions nobody, refers to nothing, links nowhere and is no markup', async () => {
    const lures = [
      '@torvalds',
      '#123',
      'torvalds/linux#1',
      'GH-12',
      '[a](https://x.example)',
      '<img src=x>',
      '![](x)',
      'https://x.example',
      'www.x.example',
      '# title',
      '- [ ] task',
      '1. one',
      '| a | b |',
      '**b**',
      '```\n@eve\n```',
      '<!-- ',
    ];
    const review = await fullSample();
    for (const lure of lures) {
      const text = markdownText(poisoned(review, lure), { full: true });
      const outside = withoutCode(text);
      expect(outside, lure).not.toMatch(/@\w|(?<![&\\])#\d|\bGH-\d|(?<!\\)\]\(|(?<!\\)!\[|<img|https?:\/\/|www\.x/);
      const tags = [...outside.matchAll(/<\/?([a-z]+)/g)].map(([, tag]) => tag);
      expect(new Set(tags).difference(new Set(['details', 'summary', 'code', 'sub'])), lure).toEqual(new Set());
    }
  });

  it('stays inside of its code span or block', () => {
    expect(code('a`b')).toBe('``a`b``');
    expect(code('`a')).toBe('`` `a ``');
    expect(code('a|b')).toBe('`a\\|b`');
    expect(fenced('````\nx')).toEqual(['`````', '````', 'x', '`````']);
    expect(md('a_b *c* \u202e')).toBe('a_b \\*c\\* \\\\u{202e}');
  });
});

// SPDX-License-Identifier: GPL-2.0-or-later
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { assembleSeries, chooseSeries } from '../../src/series/index.ts';
import type { Message, Series } from '../../src/series/values.ts';
import { assemble, diffOf, later, mail, only, patchBody, posting, refs } from './mails.ts';

const ids = (series: Series) => series.patches.map(({ messageId }) => messageId.replace('@example.org', ''));
const byVersion = (all: Series[], version: number) => all.filter((series) => series.version === version);

describe('a series', () => {
  it('is whole with and without cover letter, in any order of the mails', async () => {
    const mails = posting('s', 12, { prefix: 'RFC PATCH mm-unstable v3' });
    for (const name of ['r1', 'r2']) {
      mails.push(mail(name, 'Re: [PATCH]', `Acked-by: R <${name}@example.org>\n`, refs('s-0', 's-3')));
    }
    const series = await only(mails);
    expect(series).toMatchObject({
      id: 's-0@example.org',
      version: 3,
      subject: 'mm: series',
      expected: 12,
      missing: [],
    });
    expect(series.tags).toEqual(['RFC', 'mm-unstable']);
    expect(series.cover).toMatchObject({ messageId: 's-0@example.org', text: 'why' });
    expect(series.patches.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    const bare = await only(posting('b', 3, { cover: false }));
    expect(bare).toMatchObject({ id: 'b-1@example.org', subject: 'mm: series: part 1', missing: [] });
    expect(bare.cover).toBeUndefined();
    const text = JSON.stringify(series);
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(mails, { minLength: mails.length }), async (order) => {
        expect(JSON.stringify(await only(order))).toBe(text);
      }),
      { numRuns: 50 },
    );
  });

  it('names what is missing', async () => {
    const series = await only(posting('s', 5).filter((_, n) => n !== 2 && n !== 5));
    expect(series).toMatchObject({ expected: 5, missing: [2, 5] });
    expect(ids(series)).toEqual(['s-1', 's-3', 's-4']);
    expect(
      (await assemble([...posting('c', 3).slice(0, 1), mail('p', '[PATCH] other', patchBody())])).series[0],
    ).toMatchObject({ missing: [1, 2, 3], patches: [] });
  });

  it('may be a single patch, with any of the usual subjects', async () => {
    for (const subject of ['[PATCH] x', '[RESEND PATCH v2] x', '[PATCH 1/1] x', '[PATCH 0/0] x', '[PATCH 6.12.y] x']) {
      const series = await only([mail(subject, subject, patchBody())]);
      expect(series).toMatchObject({ subject: 'x', expected: 1, missing: [] });
      expect(series.patches[0]).toMatchObject({ number: 1, title: 'x', paths: ['mm/rmap.c'] });
    }
  });

  it('is one where replies are chained, references broken or absent', async () => {
    const chained = posting('c', 3, { cover: false }).map((one, n) =>
      n === 2 ? { ...one, ...refs('c-1', 'c-2') } : one,
    );
    expect((await only(chained)).missing).toEqual([]);
    const torn = posting('t', 4).map((one, n) => (n > 1 ? { ...one, references: [] } : one));
    expect((await only(torn)).missing).toEqual([]);
    // As git format-patch --stdout writes it: no identifiers, authors as senders, dates of writing.
    const nameless = posting('n', 3).map((one, n) => ({
      ...one,
      messageId: `sha256:${n}`,
      references: [],
      from: { name: 'x', address: `${n === 2 ? 'other' : 'a'}@example.org` },
      date: `2026-0${n + 1}-01T00:00:00.000Z`,
    }));
    expect((await only(nameless)).missing).toEqual([]);
  });

  it('takes a mail that came by several lists once', async () => {
    const mails = posting('s', 2);
    expect((await only([...mails, ...mails])).patches).toHaveLength(2);
  });

  it('keeps apart what does not belong together', async () => {
    const two = [
      ...posting('a', 3, { title: 'first' }),
      ...posting('b', 3, { title: 'second', more: { from: { name: 'B', address: 'b@example.org' } } }),
    ];
    expect((await assemble(two)).series.map(({ subject, missing }) => [subject, missing.length])).toEqual([
      ['first', 0],
      ['second', 0],
    ]);
    const same = [...posting('x', 3, { title: 'first' }), ...posting('y', 3, { title: 'second' })];
    const mixed = same.toSorted((a, b) => a.messageId.slice(1).localeCompare(b.messageId.slice(1)));
    expect((await assemble(mixed)).series.map(ids)).toEqual([
      ['x-1', 'x-2', 'x-3'],
      ['y-1', 'y-2', 'y-3'],
    ]);
    const inThread = [
      ...posting('s', 2),
      ...posting('o', 2, { parents: ['s-0'], title: 'mine', more: { from: { name: 'B', address: 'b@example.org' } } }),
    ];
    expect((await assemble(inThread)).series.map(ids)).toEqual([
      ['s-1', 's-2'],
      ['o-1', 'o-2'],
    ]);
  });

  it('sent again in its own thread is a series of its own', async () => {
    const first = posting('s', 2);
    later(8);
    const again = posting('r', 2, { prefix: 'RESEND PATCH', parents: ['s-0'] });
    const { series } = await assemble([...again, ...first]);
    expect(series.map(ids)).toEqual([
      ['r-1', 'r-2'],
      ['s-1', 's-2'],
    ]);
    expect(chooseSeries({ series, warnings: [] }).chosen.id).toBe('r-0@example.org');
  });

  it('reads base, prerequisites and change-id', async () => {
    const cover =
      'why\n\nbase-commit: 0123456789abcdef0123456789abcdef01234567\nprerequisite-patch-id: 1111111111111111111111111111111111111111\nprerequisite-message-id: <dep@example.org>\nchange-id: 20261120-x-1a2b\nBased-on: <dep@example.org>\nDepends-on: nothing at all\nbase-commit: --upload-pack=evil\n';
    const mails = posting('s', 1);
    expect(await only([mail('s-0', '[PATCH 0/1] x', cover), ...mails.slice(1)])).toMatchObject({
      base: '0123456789abcdef0123456789abcdef01234567',
      changeId: '20261120-x-1a2b',
      prerequisites: [
        { kind: 'patch-id', value: '1111111111111111111111111111111111111111' },
        { kind: 'message-id', value: 'dep@example.org' },
      ],
    });
    const below = mail('p', '[PATCH] x', `${patchBody()}base-commit: 89abcdef\n`);
    expect((await only([below])).base).toBe('89abcdef');
    expect((await only([mail('q', '[PATCH] x', `${patchBody()}base-commit: --evil\n`)])).base).toBeUndefined();
  });
});

describe('answers', () => {
  const reviewer = { from: { name: 'R', address: 'r@example.org' } };

  it('give their trailers to the patch they answer, and to all if they answer the cover letter', async () => {
    const series = await only([
      mail(
        'r1',
        'Re: [PATCH 1/2] mm: series: part 1',
        '> code\nReviewed-by: R <r@example.org>\n> Acked-by: Q <q@example.org>\n\n-- \nTested-by: S <s@example.org>\n',
        { ...reviewer, ...refs('s-0', 's-1') },
      ),
      ...posting('s', 2),
      mail('r2', 'Re: [PATCH 0/2] mm: series', 'Tested-by: T\n <t@example.org>\nFixes: something vague\n', {
        ...reviewer,
        ...refs('s-0'),
      }),
      mail('r3', 'Re: [PATCH 1/2] mm: series: part 1', 'Thanks.\nReviewed-by: R <r@example.org>\n', {
        ...reviewer,
        ...refs('s-0', 's-1', 'r1'),
      }),
    ]);
    const own = { name: 'Signed-off-by', value: 'A <a@example.org>' };
    const tested = { name: 'Tested-by', value: 'T <t@example.org>', from: 'r2@example.org' };
    expect(series.patches.map(({ trailers }) => trailers)).toEqual([
      [own, { name: 'Reviewed-by', value: 'R <r@example.org>', from: 'r1@example.org' }, tested],
      [own, tested],
    ]);
  });

  it('are no patches, even where they quote or hold a diff', async () => {
    const series = await only([
      ...posting('s', 2),
      mail('r1', 'Re: [PATCH 2/2] mm: series: part 2', patchBody('other'), { ...reviewer, ...refs('s-0', 's-2') }),
    ]);
    expect(ids(series)).toEqual(['s-1', 's-2']);
  });

  it('are known without "Re:" where they hold no diff and answer the patch with their number', async () => {
    const series = await only([
      ...posting('s', 2),
      mail('r', '[PATCH 2/2] mm: series: part 2', 'Acked-by: R <r@example.org>\n', {
        ...reviewer,
        ...refs('s-0', 's-2'),
      }),
    ]);
    expect(series.patches[1]?.trailers).toHaveLength(2);
    const lost = await only([...posting('t', 2).slice(0, 2), mail('t-2', '[PATCH 2/2] x', 'no diff\n', refs('t-0'))]);
    expect(lost.patches[1]).toMatchObject({ messageId: 't-2@example.org', unusable: 'the mail holds no diff' });
  });

  it('that hold one patch of a new version make that version, the rest taken over', async () => {
    for (const subject of ['[PATCH v2 2/3] mm: better', 'Re: [PATCH v2 2/3] mm: better']) {
      const { series, warnings } = await assemble([
        ...posting('s', 3),
        mail('n', subject, patchBody('n'), refs('s-0', 's-2')),
      ]);
      const [v2] = byVersion(series, 2);
      expect(v2).toMatchObject({
        id: 'n@example.org',
        subject: 'mm: series',
        missing: [],
        takenOver: [1, 3],
        supersedes: 's-0@example.org',
      });
      expect(v2 && ids(v2)).toEqual(['s-1', 'n', 's-3']);
      expect(warnings).toEqual([expect.stringContaining('1, 3 are taken from an earlier version')]);
      expect(byVersion(series, 1)[0]?.takenOver).toBeUndefined();
    }
  });

  it('take nothing over where the new version is merely incomplete', async () => {
    const { series } = await assemble([
      ...posting('s', 3),
      ...posting('n', 3, { prefix: 'PATCH v2', parents: ['s-0'] }).filter((_, n) => n !== 1),
    ]);
    expect(byVersion(series, 2)[0]).toMatchObject({ missing: [1] });
    const coverOnly = mail('n', '[PATCH v2 0/3] mm: series', 'new\n', refs('s-0'));
    expect(byVersion((await assemble([...posting('s', 3), coverOnly])).series, 2)[0]).toMatchObject({
      missing: [1, 2, 3],
    });
  });
});

describe('assembleSeries', () => {
  it('links versions by title, change-id or thread, and numbers may change', async () => {
    const v1 = posting('a', 3, { title: 'mm: old title' });
    later(5);
    const v2 = posting('b', 4, { prefix: 'PATCH v2', title: 'mm: new title', parents: ['a-0'] });
    later(5);
    const v3 = posting('c', 2, { prefix: 'PATCH v3', title: 'mm: new title' });
    const { series } = await assemble([...v3, ...v1, ...v2]);
    expect(series.map(({ version, supersedes }) => [version, supersedes])).toEqual([
      [3, 'b-0@example.org'],
      [1, undefined],
      [2, 'a-0@example.org'],
    ]);
    expect(series.map(({ lineage }) => lineage)).toEqual(Array(3).fill('a-0@example.org'));
    expect(new Set(series.map(({ thread }) => thread)).size).toBe(1);
  });

  it('says that there is no patch', async () => {
    await expect(assemble([mail('x', 'hello', 'world\n'), mail('y', '[PATCH] no diff here', 'x\n')])).rejects.toThrow(
      new InputError('no patch among 2 messages'),
    );
    await expect(assemble([])).rejects.toThrow('no patch among 0 messages');
    await expect(assemble([mail('c', '[PATCH 0/3] cover only', 'x\n')])).rejects.toThrow(InputError);
  });

  it('warns of flowed patches and absurd counters, and takes over what the source warns of', async () => {
    const messages = [
      mail('f', '[PATCH] x', patchBody(), { flowed: true }),
      mail('h', '[PATCH 1/99999] y', patchBody()),
    ];
    async function* read() {
      yield* messages;
    }
    const { series, warnings } = await assembleSeries({ warnings: ['from the source'], [Symbol.asyncIterator]: read });
    expect(series).toHaveLength(1);
    expect(series[0]?.patches[0]?.unusable).toMatch(/format=flowed/);
    expect(warnings).toEqual([
      'from the source',
      'f@example.org: format=flowed, its patch cannot be used',
      'h@example.org: its counter promises too many patches: not read',
    ]);
  });

  it('gives values that survive structured cloning and JSON', async () => {
    const series = await only(posting('s', 2));
    expect(structuredClone(series)).toEqual(series);
    expect(JSON.parse(JSON.stringify(series)).patches[1].diff).toBe(diffOf('mm/rmap.c', 's2'));
  });

  it('keeps every patch mail in exactly one series, whatever the threads', async () => {
    const subject = fc.constantFrom(
      '[PATCH 0/2] a',
      '[PATCH 1/2] a',
      '[PATCH 2/2] a',
      '[PATCH v2 1/2] a',
      '[PATCH v2 2/2] b',
      '[PATCH] c',
      'Re: [PATCH v2 1/2] a',
      'talk',
      '[PATCH 3/2] d',
      '[PATCH 0/0] e',
    );
    const one = fc.record({
      subject,
      refs: fc.array(fc.nat({ max: 12 }), { maxLength: 3 }),
      sender: fc.constantFrom('a', 'b'),
      patch: fc.boolean(),
      at: fc.nat({ max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(one, { maxLength: 12 }), async (all) => {
        const messages: Message[] = all.map((each, n) => ({
          messageId: `${n}@x`,
          references: each.refs.map((ref) => `${ref}@x`),
          subject: each.subject,
          from: { name: '', address: each.sender },
          date: `2026-11-2${each.at}T00:00:00.000Z`,
          body: each.patch ? patchBody(n) : 'Acked-by: Q <q@example.org>\n',
          flowed: false,
        }));
        const assembly = await assemble(messages).catch((error: unknown) => error);
        if (assembly instanceof InputError) return;
        const { series } = assembly as Awaited<ReturnType<typeof assemble>>;
        const own = series.flatMap(({ messageIds }) => messageIds ?? []);
        expect(new Set(own).size).toBe(own.length);
        for (const [n, each] of all.entries()) {
          if (each.subject.startsWith('[') && each.patch) expect(own).toContain(`${n}@x`);
        }
        for (const each of series) {
          expect(each.patches.length + each.missing.length).toBe(each.expected);
          expect(each.patches.map(({ number }) => number)).toEqual(
            [...new Set(each.patches.map(({ number }) => number))].sort((a, b) => a - b),
          );
        }
        expect(chooseSeries({ series, warnings: [] }).others).toHaveLength(series.length - 1);
      }),
      { numRuns: 500 },
    );
  });
});

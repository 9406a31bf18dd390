// SPDX-License-Identifier: GPL-2.0-or-later
// What becomes of the mails of a list: which series are reviewed, when, once; and how they are answered.
import { renameSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { patchBody } from '../series/mails.ts';
import { filesOf, post, rawMail, seriesMails, world } from './world.ts';

const MODERATED = { answer: { mode: 'moderated', to: ['author'] } };

describe('a series', () => {
  it('is reviewed once, when it is complete, whatever the order of its mails', async () => {
    const at = world({ mm: {} });
    const [cover = '', one = '', two = ''] = seriesMails('alpha', 2);
    post(at, 'mm', two);
    await at.run();
    expect(at.tasks()).toEqual({ 'v1 mm: alpha 2': 'waiting: patch 1 of 2 missing' });
    post(at, 'mm', one, cover);
    await at.run();
    expect(at.tasks()).toEqual({ 'v1 mm: alpha': expect.stringMatching(/^done: violations: dry run: /) });
    post(at, 'mm', cover, one, two);
    await at.run();
    expect(at.asked.length).toBe(1);
    expect(at.asked[0]?.series.patches.map(({ title }) => title)).toEqual(['mm: alpha 1', 'mm: alpha 2']);
    const [mail = ''] = at.dry();
    expect(at.dry().length).toBe(1);
    expect(mail).toContain('In-Reply-To: <alpha-0@example.org>');
    expect(at.outbox()).toEqual([]);
  });

  it('keeps its answer where its cover letter comes after it', async () => {
    const at = world({ mm: MODERATED });
    const [cover = '', ...patches] = seriesMails('late', 2);
    post(at, 'mm', ...patches);
    await at.run();
    post(at, 'mm', cover);
    await at.run();
    expect(at.asked.length).toBe(1);
    expect(at.outbox().map(({ state, subject }) => `${state} ${subject}`)).toEqual(['queued [PATCH 1/2] mm: late 1']);
  });

  it('that stays incomplete is an end, and comes back when the rest arrives', async () => {
    const at = world({ mm: { 'complete-within': '0 s' } });
    const [cover = '', one = '', two = ''] = seriesMails('part', 2);
    post(at, 'mm', cover, one);
    await at.run();
    expect(at.tasks()).toEqual({ 'v1 mm: part': 'done: incomplete: patch 2 of 2 missing' });
    expect(at.asked).toEqual([]);
    at.verdict = () => new InputError('refused');
    post(at, 'mm', two);
    await at.run();
    expect(at.tasks()).toEqual({ 'v1 mm: part': 'parked: refused' });
  });

  it('is not taken for a part of another one of its author, whatever comes first', async () => {
    const at = world({ mm: {} });
    const [coverA = '', a1 = '', a2 = ''] = seriesMails('left', 2);
    const [coverB = '', b1 = '', b2 = ''] = seriesMails('right', 2);
    // Cover letter and first patch of one, second patch of the other: it looks whole.
    post(at, 'mm', coverA, a1, b2);
    await at.run();
    expect(at.asked).toEqual([]);
    post(at, 'mm', coverB, b1);
    await at.run();
    post(at, 'mm', a2);
    await at.run();
    expect(Object.keys(at.tasks()).sort()).toEqual(['v1 mm: left', 'v1 mm: right']);
    expect(at.asked.map(({ assembly }) => assembly.series.length)).toEqual([1, 1]);
    const titles = at.asked.map(({ series }) => series.patches.map(({ title }) => title));
    expect(titles.sort()).toEqual([
      ['mm: left 1', 'mm: left 2'],
      ['mm: right 1', 'mm: right 2'],
    ]);
  });

  it('without references waits for the whole time, as only its looks join it', async () => {
    const at = world({ mm: {}, soon: { 'complete-within': '0 s' } });
    const mails = seriesMails('plain', 2).map((mail) => mail.replace(/^References: .*\n/m, ''));
    post(at, 'mm', ...mails);
    await at.run();
    expect(at.tasks()).toEqual({ 'v1 mm: plain': 'ready' });
    const others = seriesMails('other', 2, { from: 'O <o@example.org>' });
    post(at, 'soon', ...others.map((mail) => mail.replace(/^References: .*\n/m, '')));
    await at.run();
    expect(at.tasks()['v1 mm: other']).toMatch(/^done: violations/);
  });

  it('of which only the cover letter ever comes is incomplete too', async () => {
    const at = world({ mm: { 'complete-within': '0 s' } });
    const [cover = ''] = seriesMails('alone', 2);
    post(at, 'mm', cover);
    await at.run();
    expect(at.tasks()).toEqual({ 'v1 mm: alone': 'done: incomplete: patches 1, 2 of 2 missing' });
  });

  it('rests before it is reviewed', async () => {
    const at = world({ mm: { settle: '1 h' } });
    post(at, 'mm', ...seriesMails('rest', 1));
    await at.run();
    expect(at.tasks()).toEqual({ 'v1 mm: rest': 'ready' });
  });

  it('is dropped where a newer version comes, also from the outbox, but not by another author', async () => {
    const at = world({ mm: MODERATED });
    post(at, 'mm', ...seriesMails('over', 2));
    post(at, 'mm', ...seriesMails('other', 1));
    await at.run();
    expect(at.outbox().map(({ state }) => state)).toEqual(['queued', 'queued']);
    post(at, 'mm', ...seriesMails('over.v2', 2, { prefix: 'PATCH v2' }));
    post(
      at,
      'mm',
      ...seriesMails('other.v2', 1, { prefix: 'PATCH v2', from: 'Eve <eve@example.org>', references: ['other-0'] }),
    );
    await at.run();
    expect(at.tasks()).toEqual({
      'v1 mm: over': 'skipped: violations: superseded by v2 <over.v2-0@example.org>',
      'v2 mm: over': 'done: violations: outbox: moderated',
      'v1 mm: other': 'done: violations: outbox: moderated',
      'v2 mm: other': 'done: violations: outbox: moderated',
    });
    const states = at.outbox().map(({ state, note }) => `${state} ${note}`);
    expect(states.sort()).toEqual([
      'dropped superseded by v2 <over.v2-0@example.org>',
      'queued ',
      'queued ',
      'queued ',
    ]);
  });

  it('is not reviewed at all where its newer version is there', async () => {
    const at = world({ mm: {} });
    post(at, 'mm', ...seriesMails('both', 1), ...seriesMails('both.v2', 1, { prefix: 'PATCH v2' }));
    await at.run();
    expect(at.asked.map(({ series }) => series.version)).toEqual([2]);
  });

  it('that is sent again gets no second answer', async () => {
    const at = world({ mm: MODERATED });
    post(at, 'mm', ...seriesMails('again', 1));
    await at.run();
    const body = patchBody('again0');
    post(at, 'mm', rawMail({ id: 'again.r-0', subject: '[PATCH RESEND 0/1] mm: again', body: 'why\n' }));
    post(
      at,
      'mm',
      rawMail({ id: 'again.r-1', subject: '[PATCH RESEND 1/1] mm: again 1', references: ['again.r-0'], body }),
    );
    await at.run();
    expect(at.asked.length).toBe(1);
    expect(at.outbox().length).toBe(1);
  });

  it('is taken only where it touches what is ours, is of an author on the list, and of no bot', async () => {
    const at = world({ mm: { authors: ['*@example.org'], areas: ['vma-split'] } });
    post(at, 'mm', ...seriesMails('doc', 1, { path: 'Documentation/mm/notes.rst' }));
    post(at, 'mm', ...seriesMails('guest', 1, { from: 'Guest <guest@elsewhere.example.net>' }));
    post(at, 'mm', ...seriesMails('machine', 1, { from: 'syzbot <syzbot+1@example.org>' }));
    post(at, 'mm', ...seriesMails('auto', 1, { headers: { 'Auto-Submitted': 'auto-generated' } }));
    post(at, 'mm', ...seriesMails('ours', 1, { headers: { Precedence: 'bulk', 'List-Id': '<mm.example.org>' } }));
    await at.run();
    expect(at.tasks()).toEqual({
      'v1 mm: doc': 'skipped: touches nothing of ours',
      'v1 mm: guest': 'skipped: the author is not on the list',
      'v1 mm: ours': expect.stringMatching(/^done: violations/),
    });
    expect(at.asked).toMatchObject([{ areas: ['vma-split'] }]);
  });

  it('that came by two lists is answered once, by the policy of the first', async () => {
    const at = world({ mm: MODERATED, kernel: { answer: { mode: 'moderated', to: ['other@example.org'] } } });
    const mails = seriesMails('cross', 2);
    post(at, 'kernel', ...mails);
    post(
      at,
      'mm',
      ...mails.map((mail) => mail.replace('Subject: ', 'Subject: [list] ').replace(/$/, '\n_______\nlist footer\n')),
    );
    await at.run();
    expect(at.asked.length).toBe(1);
    expect(at.outbox()).toMatchObject([{ list: 'mm', recipients: ['ann@example.org'] }]);
  });

  it('with the Message-IDs of another one is a series of its own', async () => {
    const at = world({ mm: {} });
    post(at, 'mm', rawMail({ id: 'same', subject: '[PATCH] mm: first', minute: 1 }));
    await at.run();
    const second = rawMail({ id: 'same', subject: '[PATCH] mm: second', minute: 2, body: patchBody('second') });
    post(at, 'mm', second, second);
    await at.run();
    await at.run();
    expect(at.asked.map(({ series }) => series.subject)).toEqual(['mm: first', 'mm: second']);
    expect(at.dry().filter((mail) => mail.includes('In-Reply-To: <same@example.org>')).length).toBe(2);
    expect(at.log.filter((line) => line.includes('Message-ID of an earlier mail')).length).toBe(1);
  });

  it('that cannot be reviewed is parked with the reason; our own failure is tried again', async () => {
    const at = world({ mm: {} });
    at.verdict = () => new InputError('patch 1 is refused: it leaves the tree');
    post(at, 'mm', ...seriesMails('bad', 1));
    await at.run();
    at.verdict = () => new Error('no space');
    post(at, 'mm', ...seriesMails('unlucky', 1));
    await at.run();
    expect(at.tasks()).toEqual({
      'v1 mm: bad': 'parked: patch 1 is refused: it leaves the tree',
      'v1 mm: unlucky': 'ready: our own failure: no space',
    });
    expect([at.outbox(), at.dry()]).toEqual([[], []]);
  });

  it.each(['out-of-scope', 'clean', 'inconclusive', 'does-not-apply'])(
    'that is %s is not answered',
    async (verdict) => {
      const at = world({ mm: MODERATED });
      at.verdict = () => verdict;
      post(at, 'mm', ...seriesMails('quiet', 1));
      await at.run();
      expect(Object.values(at.tasks())[0]).toMatch(verdict);
      expect(at.outbox()).toEqual([]);
    },
  );
});

it('passes over what it cannot read, and goes on', async () => {
  const at = world({ mm: {} });
  post(at, 'mm', '\0\0\0', `Subject: x\n${'A: b\n'.repeat(200_000)}\nx`, ...seriesMails('good', 1));
  await at.run();
  expect(Object.keys(at.tasks())).toEqual(['v1 mm: good']);
  expect(at.log.filter((line) => line.includes('passed over')).length).toBe(2);
});

it('goes on when a source comes back, and says so once', async () => {
  const at = world({ mm: {} });
  const [away, there] = [`${at.folder}/away`, at.maildir('mm')];
  renameSync(there, away);
  const stop = new AbortController();
  const running = at.run({ once: false, signal: stop.signal });
  await vi.waitUntil(() => at.log.some((line) => line.includes('tried again until it is back')));
  renameSync(away, there);
  post(at, 'mm', ...seriesMails('back', 1));
  await vi.waitUntil(() => at.log.some((line) => line.includes('done: violations')), { timeout: 30_000 });
  stop.abort();
  await running;
  expect(at.log.filter((line) => line.includes('Maildir')).length).toBe(1);
  expect(at.log.filter((line) => /: back after \d+ attempts?/.test(line)).length).toBe(1);
});

it('reads a range that has gone by', async () => {
  const at = world({ mm: { since: '2099-01-01' } });
  post(at, 'mm', ...seriesMails('past', 1));
  await at.run();
  expect(at.tasks()).toEqual({});
  await at.run({ backfill: { range: '1..', list: 'mm' } });
  expect(Object.keys(at.tasks())).toEqual(['v1 mm: past']);
  await at.run({ backfill: { range: '1..' } });
  expect(at.asked.length).toBe(1);
  expect(at.log.filter((line) => line.includes('new patch mails'))).toEqual([
    expect.stringContaining('2 mails, 2 new patch mails'),
    expect.stringContaining('2 mails, 0 new patch mails'),
  ]);
});

it('answers nobody by default, and in a dry run shows what it would write', async () => {
  const at = world({ mm: {} });
  post(at, 'mm', ...seriesMails('dry', 1));
  await at.run();
  expect(filesOf(`${at.folder}/state/dry-run`).length).toBe(1);
  expect(at.outbox()).toEqual([]);
});

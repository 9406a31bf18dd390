// SPDX-License-Identifier: GPL-2.0-or-later
// What a series needs: found in the same input or in an archive, in the order in which it is applied, or named as missing.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { chooseSeries, findPrerequisites } from '../../src/series/index.ts';
import type { Library, Message, Prerequisites } from '../../src/series/values.ts';
import { openSource } from '../../src/sources/index.ts';
import { assemble, later, mail, patchBody, posting } from './mails.ts';

/** A posting whose cover letter says more. */
function saying(name: string, text: string, options: Parameters<typeof posting>[2] = {}, count = 1): Message[] {
  const [cover, ...patches] = posting(name, count, { title: `mm: ${name}`, ...options });
  return [{ ...(cover as Message), body: `why\n\n${text}\n` }, ...patches];
}
const needs = (...names: string[]) =>
  names.map((name) => `prerequisite-message-id: <${name}-0@example.org>`).join('\n');

/** An archive of threads, which writes down what it is asked. */
function archive(threads: Message[][], more: Partial<Library> = {}): Library & { asked: string[] } {
  const asked: string[] = [];
  return {
    name: 'archive.example.org/mm/',
    asked,
    async thread(id) {
      asked.push(id);
      return threads.find((thread) => thread.some(({ messageId }) => messageId === `${id}`));
    },
    ...more,
  };
}

async function find(mails: Message[], name: string, library?: Library): Promise<Prerequisites> {
  const assembly = await assemble(mails);
  return findPrerequisites(chooseSeries(assembly, `${name}-0@example.org`).chosen, assembly, library);
}
const shown = ({ found }: Prerequisites) =>
  found.map(({ series, patches, from }) => [series.id.split('@')[0], patches.length, from]);

describe('what a series needs', () => {
  it('is taken from the same input, else from the archive, and nothing is asked that is not needed', async () => {
    const library = archive([posting('far', 3)]);
    const found = await find([...posting('near', 2), ...saying('s', needs('near', 'far'))], 's', library);
    expect(shown(found)).toEqual([
      ['near-0', 2, 'the same input'],
      ['far-0', 3, 'archive.example.org/mm/'],
    ]);
    expect(found.missing).toEqual([]);
    expect(library.asked).toEqual(['far-0@example.org']);
  });

  it('may be named by any patch of it, and in prose', async () => {
    const text = 'This is based on [0].\n\n[0] https://lore.example.org/linux-mm/near-2@example.org/';
    expect(shown(await find([...posting('near', 2), ...saying('s', text)], 's'))).toEqual([
      ['near-0', 2, 'the same input'],
    ]);
  });

  it('comes behind what it needs itself, each once', async () => {
    const library = archive([saying('b', needs('a')), saying('c', needs('a', 'b')), posting('a', 2)]);
    const found = await find(saying('s', needs('c', 'b')), 's', library);
    expect(shown(found).map(([id]) => id)).toEqual(['a-0', 'b-0', 'c-0']);
    expect(found.found[0]).toMatchObject({ kind: 'message-id', value: 'a-0@example.org', neededBy: 'c-0@example.org' });
    expect(found.found[2]).not.toHaveProperty('neededBy');
  });

  it('is refused by name where it goes round', async () => {
    const library = archive([saying('b', needs('c')), saying('c', needs('s'))]);
    const { found, missing } = await find(saying('s', needs('b')), 's', library);
    expect(missing).toEqual([
      {
        kind: 'message-id',
        value: 's-0@example.org',
        neededBy: 'c-0@example.org',
        why: 'series that need each other: <s-0@example.org> needs <b-0@example.org> needs <c-0@example.org> needs <s-0@example.org>',
      },
    ]);
    expect(found.map(({ series }) => series.id)).toEqual(['c-0@example.org', 'b-0@example.org']);
  });

  it('is bounded', async () => {
    const chain = Array.from({ length: 12 }, (_, at) => saying(`n${at}`, needs(`n${at + 1}`)));
    const deep = await find(saying('s', needs('n0')), 's', archive(chain));
    expect(deep.missing[0]?.why).toBe('more than 8 series in a row need each other');
    const names = Array.from({ length: 40 }, (_, at) => `w${at}`);
    const wide = await find(saying('s', needs(...names)), 's', archive(names.map((name) => posting(name, 1))));
    expect([wide.found.length, wide.missing.length]).toEqual([32, 8]);
    expect(wide.missing[0]?.why).toMatch(/more than 32 series/);
    const absent = archive([]);
    const lost = await find(saying('s', needs(...names, ...names.map((name) => `z${name}`))), 's', absent);
    expect([lost.missing.length, absent.asked.length]).toEqual([80, 40]);
    expect(lost.missing.at(-1)?.why).toMatch(/was asked 40 times, and no more/);
  });

  it('is looked into once, however many need it', async () => {
    // Each of thirty needs all that come after it: a billion ways through them.
    const names = Array.from({ length: 30 }, (_, at) => `m${at}`);
    const web = names.map((name, at) => saying(name, needs(...names.slice(at + 1))));
    const { found, missing } = await find([...web.flat(), ...saying('s', needs(...names.toReversed()))], 's');
    expect(missing).toEqual([]);
    expect(found.map(({ series }) => series.id)).toEqual(names.toReversed().map((name) => `${name}-0@example.org`));
  });

  it.each([
    ['no archive was named', undefined, /no such message in the input, and no archive was named/],
    ['the archive does not have it', [], /no such message in the input and in archive\.example\.org\/mm\//],
    ['it is no patch', [[mail('d-0', 'hello', 'hi')]], /it is no patch and no cover letter/],
    ['a patch of it is missing', [posting('d', 3).filter((_, at) => at !== 2)], /patch 2 of 3 is missing/],
    [
      'a patch of it is cut off',
      [posting('d', 1).map((one) => ({ ...one, body: one.body.slice(0, one.body.indexOf('\n c\n') + 1) }))],
      /its patch 1 cannot be used/,
    ],
  ])('is named as missing where %s', async (_what, threads, why) => {
    const library = threads === undefined ? undefined : archive(threads);
    const { found, missing } = await find(saying('s', needs('d')), 's', library);
    expect(found).toEqual([]);
    expect(missing).toMatchObject([{ kind: 'message-id', value: 'd-0@example.org' }]);
    expect(missing[0]?.why).toMatch(why);
  });

  it('may be a change-id: the version that is named, else the newest whole one', async () => {
    const of = (name: string, prefix: string) => saying(name, 'change-id: 20260105-need-1', { prefix });
    const mails = [...of('v1', 'PATCH'), ...of('v2', 'PATCH v2')];
    later(1);
    const named = (text: string) => [
      ...mails,
      ...saying('s', `change-id: mine\nprerequisite-change-id: 20260105-need-1${text}`),
    ];
    expect(shown(await find(named(':v1'), 's'))[0]?.[0]).toBe('v1-0');
    expect(shown(await find(named(''), 's'))[0]?.[0]).toBe('v2-0');
    expect((await find(named(':v9'), 's')).missing[0]?.why).toMatch(/no such series in the input, and no archive/);
  });

  it('is searched for by change-id in an archive that can be searched or read through', async () => {
    const thread = saying('far', 'change-id: 20260105-need-1');
    const wanted = saying('s', 'prerequisite-change-id: 20260105-need-1:v1');
    const search = archive([thread], {
      search: async (query) => (query === 'nq:"change-id: 20260105-need-1"' ? thread : []),
    });
    expect(shown(await find(wanted, 's', search))).toEqual([['far-0', 1, 'archive.example.org/mm/']]);
    const all = archive([thread], { all: () => Readable.from(thread) });
    expect(shown(await find(wanted, 's', all))).toEqual([['far-0', 1, 'archive.example.org/mm/']]);
    expect((await find(wanted, 's', archive([thread]))).missing[0]?.why).toMatch(/cannot be searched/);
  });
});

describe('by patch id', () => {
  /** Three commits on a base; what git itself writes with --base for the last one names the two before it. */
  async function written(): Promise<{ needed: Message[]; own: Message[] }> {
    const root = mkdtempSync(join(tmpdir(), 'rmapbot-ids-'));
    onTestFinished(() => rmSync(root, { recursive: true, force: true }));
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.org', ...args], {
        cwd: root,
        env: { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', HOME: root },
      });
    git('init', '-q', '-b', 'main');
    for (let at = 0; at < 4; at++) {
      writeFileSync(
        join(root, 'a.c'),
        Array.from({ length: 40 }, (_, n) => `line ${n} ${n < at * 9 ? at : 0}\n`).join(''),
      );
      git('add', '-A');
      git('commit', '-q', '-m', `mm: step ${at}`);
    }
    const read = async (range: string, id: string) => {
      const mbox = git('format-patch', '--stdout', '--base=HEAD~3', '--thread', range);
      const messages: Message[] = [];
      for await (const one of openSource('-', { stdin: Readable.from([mbox]) }))
        messages.push({ ...one, messageId: one.messageId.replace(/^/, id) });
      return messages.map(({ references: _, ...one }) => ({ ...one, references: [] }));
    };
    return { needed: await read('HEAD~3..HEAD~1', 'n'), own: await read('HEAD~1..HEAD', 'o') };
  }
  const search = async (mails: Message[], id: string, library?: Library) => {
    const assembly = await assemble(mails);
    return findPrerequisites(chooseSeries(assembly, id).chosen, assembly, library);
  };

  it('gives the patches that git names, in git’s order, from the input or the archive', async () => {
    const { needed, own } = await written();
    const id = own[0]?.messageId ?? '';
    const wanted = needed.map(({ messageId }) => messageId);
    const stranger = mail('x', '[PATCH] mm: other', patchBody('other'));
    const here = await search([...needed.toReversed(), stranger, ...own], id);
    expect(here.missing).toEqual([]);
    expect(here.found.flatMap(({ patches }) => patches.map(({ messageId }) => messageId))).toEqual(wanted);
    const through = archive([], { all: () => Readable.from([stranger, ...own, ...needed]) });
    const far = await search(own, id, through);
    expect(far.found.flatMap(({ patches }) => patches.map(({ messageId }) => messageId))).toEqual(wanted);
    expect(far.found.map(({ from }) => from)).toContain('archive.example.org/mm/');
  });

  it('names each that is nowhere', async () => {
    const { needed, own } = await written();
    const { found, missing } = await search([...needed.slice(0, 1), ...own], own[0]?.messageId ?? '', archive([]));
    expect(found.flatMap(({ patches }) => patches)).toHaveLength(1);
    expect(missing).toHaveLength(1);
    expect(missing[0]).toMatchObject({
      kind: 'patch-id',
      why: expect.stringMatching(/no patch with this id in the input/),
    });
  });
});

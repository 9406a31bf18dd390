// SPDX-License-Identifier: GPL-2.0-or-later
// Real git writes the mails, real git applies what comes out: the trees must be those of git am.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assembleSeries, chooseSeries } from '../../src/series/index.ts';
import type { Series } from '../../src/series/values.ts';
import { openSource } from '../../src/sources/index.ts';

const IDENTITY = {
  GIT_AUTHOR_NAME: 'C',
  GIT_AUTHOR_EMAIL: 'c@example.org',
  GIT_COMMITTER_NAME: 'C',
  GIT_COMMITTER_EMAIL: 'c@example.org',
};
let home: string;
let repository: string;
const git = (args: string[], input?: string): string =>
  execFileSync('git', args, {
    cwd: repository,
    encoding: 'utf8',
    input,
    env: { PATH: process.env.PATH, HOME: home, GIT_CONFIG_NOSYSTEM: '1', TZ: 'UTC', ...IDENTITY },
  });
const commit = (message: string, author = 'A <a@example.org>') =>
  git(['commit', '-q', '-a', '-F', '-', `--author=${author}`], message);

const MESSAGES = [
  'mm/rmap: first change\n\nFrom the start this was wrong.\n\nFrom here on, it is right.\n\nSigned-off-by: A <a@example.org>\n',
  'mm: a title that is so long that git folds the Subject header of the mail, and then some more – with a dash\n\nFixes: 0123456789ab ("x")\nReviewed-by: R <r@example.org>\n',
  'rename, mode, binary and odd names\n\n>From a quoted line.\n',
  'delete and no newline\n\n    diff --git a/x b/x\n    --- a/x\n    +++ b/x\n    @@ -1 +1 @@\n',
];

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'series-'));
  repository = join(home, 'repository');
  mkdirSync(join(repository, 'mm'), { recursive: true });
  const put = (name: string, content: string | Buffer) => {
    writeFileSync(join(repository, name), content);
    git(['add', '--', name]);
  };
  const lines = Array.from({ length: 80 }, (_, n) => `line ${n}\n`);
  git(['init', '-q', '-b', 'main', '.']);
  put('mm/rmap.c', lines.join(''));
  put('data.bin', Buffer.from([0, 1, 2, 255]));
  put('old name.txt', lines.join('o'));
  put('gone.c', 'int gone;\n');
  commit('base\n');
  git(['tag', 'base']);
  put('mm/rmap.c', lines.with(2, '-- \n').with(50, 'From here\n').with(79, '-- end').join(''));
  commit(MESSAGES[0] ?? '');
  put('mm/rmap.c', lines.with(2, '\n').with(51, '>From there ü\n').join(''));
  put('mm/new.c', '-- \n\n--\n2.47.3\n');
  commit(MESSAGES[1] ?? '', 'Jörg Ö <j@example.org>');
  git(['mv', 'old name.txt', 'new name.txt']);
  put('data.bin', Buffer.from([0, 9, 200, 10, 13]));
  put('é"\t.c', 'x\n');
  symlinkSync('mm/rmap.c', join(repository, 'link'));
  git(['add', 'link']);
  chmodSync(join(repository, 'mm/rmap.c'), 0o755);
  commit(MESSAGES[2] ?? '');
  git(['rm', '-q', 'gone.c']);
  put('mm/new.c', 'no newline');
  commit(MESSAGES[3] ?? '');
});
afterAll(() => rmSync(home, { recursive: true }));

async function read(mbox: string | Buffer): Promise<Series> {
  const assembly = await assembleSeries(openSource('-', { stdin: Readable.from([Buffer.from(mbox)]) }));
  expect(assembly.warnings).toEqual([]);
  expect(assembly.series).toHaveLength(1);
  return chooseSeries(assembly).chosen;
}

/** The tree after each patch, as git apply makes it of the diffs. */
function trees(series: Series): string[] {
  git(['checkout', '-q', '-f', 'base']);
  return series.patches.map(({ diff }) => {
    git(['apply', '--index', '--whitespace=nowarn', '-'], diff);
    return git(['write-tree']).trim();
  });
}

function check(series: Series): void {
  const commits = git(['rev-list', '--reverse', 'base..main']).trim().split('\n');
  expect(series).toMatchObject({ expected: commits.length, missing: [] });
  expect(series.patches.map(({ unusable }) => unusable)).toEqual(commits.map(() => undefined));
  expect(trees(series)).toEqual(commits.map((id) => git(['rev-parse', `${id}^{tree}`]).trim()));
  expect(series.patches.map(({ author }) => `${author.name} <${author.address}>`)).toEqual(
    commits.map((id) => git(['show', '-s', '--format=%an <%ae>', id]).trim()),
  );
  expect(series.patches.map(({ title, message }) => `${title}\n\n${message}`.trim())).toEqual(
    commits.map((id) => git(['show', '-s', '--format=%B', id]).trim()),
  );
  const paths = commits.map((id) =>
    git(['show', '--format=', '--name-only', '--no-renames', '-z', id])
      .split('\0')
      .filter((name) => name !== ''),
  );
  expect(series.patches.map((patch) => patch.paths.toSorted())).toEqual(paths.map((names) => names.sort()));
}

describe('what git format-patch writes', () => {
  it.each([
    ['plain', []],
    ['threaded, with cover letter', ['--thread', '--cover-letter', '-v3', '--rfc']],
    ['with the sender apart from the author', ['--from=S <s@example.org>', '--thread=deep']],
    ['with base and signature', ['--base=base', '--signature=-- \n- not a deletion', '--cover-letter']],
    ['with attachments', ['--attach', '--thread']],
    ['with in-line parts', ['--inline', '--thread']],
    ['with full binary and minimal context', ['--full-index', '-U1', '--histogram']],
  ])('reads back as the commits it was made of: %s', async (_, options) => {
    const mbox = git(['format-patch', '--stdout', '--binary', ...options, 'base..main']);
    check(await read(mbox));
  });

  it('reads back in reverse order, gzipped, with CRLF, and as mboxrd of an archive', async () => {
    const mbox = git(['format-patch', '--stdout', '--binary', '--thread', '--cover-letter', 'base..main']);
    const mails = mbox.split(/^(?=From [0-9a-f]{40} )/m);
    expect(mails).toHaveLength(5);
    check(await read(mails.toReversed().join('')));
    check(await read(gzipSync(mbox)));
    check(await read(mbox.replace(/\n/g, '\r\n')));
    const archive = mails.map((mail) => {
      const [, ...rest] = mail.split('\n');
      return `From mboxrd@z Thu Jan  1 00:00:00 1970\n${rest.join('\n').replace(/^(>*From )/gm, '>$1')}`;
    });
    check(await read(archive.join('')));
  });

  it('keeps version, tags and base', async () => {
    const series = await read(
      git(['format-patch', '--stdout', '--base=base', '--cover-letter', '--rfc', '-v4', '--binary', 'base..main']),
    );
    expect(series).toMatchObject({ version: 4, tags: ['RFC'], base: git(['rev-parse', 'base']).trim() });
  });
});

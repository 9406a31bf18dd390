// SPDX-License-Identifier: GPL-2.0-or-later
// Threads for the comparison with b4: made by git format-patch from a repository of our own, then edited by hand.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Thread {
  name: string;
  mails: string[];
  /** The version to ask for; the newest without. */
  version?: number;
  /** Neither has anything to apply. */
  nothing?: true;
  /** Why we differ from b4 on purpose: in the series chosen, where b4 gives nothing that git am takes, or where we refuse. */
  differs?: { in: 'choice' | 'b4 fails' | 'we refuse'; why: string };
}

/** A repository with three commits behind the tag base, and branches of one commit each for odd diffs. */
export function makeRepository(folder: string): (args: string[], input?: string) => string {
  mkdirSync(join(folder, 'mm'), { recursive: true });
  const env = { PATH: process.env.PATH, HOME: folder, GIT_CONFIG_NOSYSTEM: '1', TZ: 'UTC' };
  const who = {
    GIT_AUTHOR_NAME: 'A',
    GIT_AUTHOR_EMAIL: 'a@example.org',
    GIT_COMMITTER_NAME: 'C',
    GIT_COMMITTER_EMAIL: 'c@example.org',
  };
  let minute = 10;
  const git = (args: string[], input = '') => {
    const dates = { GIT_AUTHOR_DATE: `2026-01-05T10:${minute}:00Z`, GIT_COMMITTER_DATE: `2026-01-05T10:${minute}:00Z` };
    const stdio: ['pipe', 'pipe', 'ignore'] = ['pipe', 'pipe', 'ignore'];
    return execFileSync('git', args, {
      cwd: folder,
      encoding: 'latin1',
      input: Buffer.from(input, 'latin1'),
      env: { ...env, ...who, ...dates },
      stdio,
      maxBuffer: 2 ** 24,
    });
  };
  const put = (name: string, content: string | Buffer) => writeFileSync(join(folder, name), content);
  const commit = (message: string, author = 'A <a@example.org>') => {
    git(['add', '-A', '.']);
    git(['commit', '-q', '-F', '-', `--author=${author}`], Buffer.from(message).toString('latin1'));
    minute++;
  };
  const lines = Array.from({ length: 60 }, (_, n) => `line ${n}\n`);
  git(['init', '-q', '-b', 'main', '.']);
  put('mm/rmap.c', lines.join(''));
  put('gone.c', 'int gone;\n');
  put('.gitattributes', '* -text\n');
  commit('base\n');
  git(['tag', 'base']);
  const series = [
    lines.with(2, 'first\n'),
    lines.with(2, 'first\n').with(30, 'second\n'),
    lines.with(2, 'first\n').with(30, 'second\n').with(58, 'third\n'),
  ];
  for (const [at, content] of series.entries()) {
    put('mm/rmap.c', content.join(''));
    if (at === 1) put('mm/new.c', 'int new;\n');
    commit(`mm/rmap: part ${at + 1}\n\nWhy part ${at + 1}.\n\nSigned-off-by: A <a@example.org>\n`);
  }
  git(['tag', 'other', 'base']);
  const branch = (
    name: string,
    change: () => void,
    message = `mm: ${name}\n\nWhy.\n\nSigned-off-by: A <a@example.org>\n`,
    author?: string,
  ) => {
    git(['checkout', '-q', '-f', '-b', name, 'base']);
    change();
    commit(message, author);
  };
  branch('second-try', () => put('mm/rmap.c', lines.with(3, 'otherwise\n').join('')));
  branch(
    'utf8',
    () => put('mm/rmap.c', lines.with(4, 'grüße\n').join('')),
    'mm: größer – und länger als alles, was in eine Zeile des Kopfes einer Mail passt\n\nWhy.\n\nSigned-off-by: A <a@example.org>\n',
    'Jörg Ö <j@example.org>',
  );
  branch('rename', () => git(['mv', 'mm/rmap.c', 'mm/reverse.c']));
  branch('delete', () => git(['rm', '-q', 'gone.c']));
  branch('mode', () => chmodSync(join(folder, 'mm/rmap.c'), 0o755));
  branch('binary', () => put('data.bin', Buffer.from([0, 1, 2, 255, 254])));
  branch('no-newline', () => put('gone.c', 'int gone;'));
  branch('blanks', () => put('mm/rmap.c', lines.with(5, 'blanks \t \n').with(6, '\n').join('')));
  branch(
    'from-lines',
    () => put('mm/rmap.c', lines.with(7, 'From here\n').with(8, '>From there\n').join('')),
    'mm: from lines\n\n>From a quoted line.\n\nSigned-off-by: A <a@example.org>\n',
  );
  git(['checkout', '-q', '-f', 'main']);
  return git;
}

const setHeader = (mail: string, name: string, value: string | undefined): string => {
  const at = mail.indexOf('\n\n');
  const head = mail
    .slice(0, at)
    .replace(new RegExp(`^${name}:.*(\\n[ \\t].*)*\\n?`, 'im'), '')
    .replace(/\n$/, '');
  return `${head}${value === undefined ? '' : `\n${name}: ${value}`}${mail.slice(at)}`;
};
const idOf = (mail: string): string => /^Message-ID: <(.*)>$/im.exec(mail)?.[1] ?? '';
const body = (mail: string): string => mail.slice(mail.indexOf('\n\n') + 2);
const withBody = (mail: string, text: string): string => mail.slice(0, mail.indexOf('\n\n') + 2) + text;
const subject = (mail: string, change: (text: string) => string): string =>
  mail.replace(/^Subject: (.*(\n[ \t].*)*)$/m, (_, text: string) => `Subject: ${change(text)}`);

/** All threads; `git` is of makeRepository. */
export function threads(git: (args: string[], input?: string) => string): Thread[] {
  let clock = Date.UTC(2026, 0, 6);
  const date = () => {
    clock += 60_000;
    return new Date(clock).toUTCString().replace('GMT', '+0000');
  };
  /** Patches of a range as send-email posts them: own Message-IDs, threaded below the first one. */
  const post = (name: string, args: string[] = [], range = 'base..main', parent?: string): string[] => {
    const out = git(['format-patch', '--stdout', '--binary', ...args, range]);
    const mails = out.split(/^From [0-9a-f]{40} .*\n/m).slice(1);
    return mails.map((mail, at) => {
      const refs = [parent, at > 0 ? `${name}-0@example.org` : undefined].filter((id) => id !== undefined);
      let posted = setHeader(setHeader(mail, 'Message-ID', `<${name}-${at}@example.org>`), 'Date', date());
      for (const header of ['In-Reply-To', 'References']) posted = setHeader(posted, header, undefined);
      if (refs.length === 0) return posted;
      const up = `<${refs.at(-1)}>`;
      return setHeader(setHeader(posted, 'In-Reply-To', up), 'References', refs.map((id) => `<${id}>`).join(' '));
    });
  };
  const filled = (mails: string[], title: string): string[] =>
    mails.map((mail, at) =>
      at > 0 ? mail : mail.replace('*** SUBJECT HERE ***', title).replace('*** BLURB HERE ***', 'Why all of it.'),
    );
  const covered = (name: string, args: string[] = [], parent?: string) =>
    filled(post(name, ['--cover-letter', ...args], 'base..main', parent), 'mm: a series');
  let answers = 0;
  const answer = (to: string | undefined, text: string, from = 'Rev Iewer <r@example.org>'): string => {
    const re = /^Subject: (.*)$/m.exec(to ?? '')?.[1];
    return `From: ${from}\nDate: ${date()}\nSubject: Re: ${re}\nMessage-ID: <answer-${++answers}@example.org>\nIn-Reply-To: <${idOf(to ?? '')}>\nReferences: <${idOf(to ?? '')}>\n\nOn some day A wrote:\n> text\n\n${text}\n`;
  };
  const encoded = (mail: string, encoding: string, text: string) =>
    withBody(
      setHeader(setHeader(mail, 'Content-Transfer-Encoding', encoding), 'Content-Type', 'text/plain; charset=utf-8'),
      text,
    );
  const all: Thread[] = [];
  const add = (name: string, mails: (string | undefined)[], more: Omit<Thread, 'name' | 'mails'> = {}) =>
    all.push({ name, mails: mails.filter((mail) => mail !== undefined), ...more });
  const TAG = 'Reviewed-by: Rev Iewer <r@example.org>';

  // Forms of postings.
  const single = () => post('s', [], 'base..second-try');
  add('one patch without a counter', single());
  add('three patches without cover letter', post('p'));
  add('three patches with cover letter', covered('c'));
  add(
    'deep threading',
    post('d').map((mail, at) =>
      at === 0
        ? mail
        : setHeader(
            setHeader(mail, 'In-Reply-To', `<d-${at - 1}@example.org>`),
            'References',
            `<d-${at - 1}@example.org>`,
          ),
    ),
  );
  add('any order', covered('o').toReversed());
  add('RFC', covered('rfc', ['--rfc']));
  add('RESEND', covered('re', ['--subject-prefix=RESEND PATCH']));
  add('a tree in the prefix', covered('t', ['--subject-prefix=PATCH mm-unstable', '-v2']));
  add('a glued version', covered('g', ['--subject-prefix=PATCHv3']));
  add(
    'counters with zeros',
    post('z').map((mail) => subject(mail, (text) => text.replace(/(\d)\/(\d)/, '0$1/0$2'))),
  );
  add('a stable version in the prefix', post('st', ['--subject-prefix=PATCH 6.12.y']));
  add('base-commit', covered('b', ['--base=base']));
  add('a sender apart from the author', post('f', ['--from=Sen Der <s@example.org>']));
  add(
    'no references at all',
    covered('n').map((mail) => setHeader(setHeader(mail, 'In-Reply-To', undefined), 'References', undefined)),
  );
  add('references to a mail that is not there', covered('m', [], 'absent@example.org'));
  // Versions.
  const v1 = covered('v1');
  const v2 = (parent?: string) => covered('v2', ['-v2'], parent);
  add('v2 below v1', [...v1, ...v2('v1-0@example.org')]);
  add('v2 apart from v1', [...v1, ...v2()]);
  add('v1 asked for', [...v1, ...v2('v1-0@example.org')], { version: 1 });
  add('v3 of another title below v1', [...v1, ...post('v3', ['-v3'], 'base..second-try', 'v1-0@example.org')], {
    differs: {
      in: 'choice',
      why: 'b4 takes the highest version in a thread; for us a version of a series has a title, a patch or a change-id in common with it, or is of several patches: a fix sent below a series must not replace it',
    },
  });
  const reroll = (number: number) => {
    const mail = setHeader(post('pr', ['-v2'])[number - 1] ?? '', 'Message-ID', `<pr-${number}@example.org>`);
    return setHeader(
      setHeader(mail, 'In-Reply-To', `<v1-${number}@example.org>`),
      'References',
      `<v1-0@example.org> <v1-${number}@example.org>`,
    ).replace('Why part', 'Better: why part');
  };
  add('a partial re-roll of one patch', [...v1, reroll(3)]);
  add('a partial re-roll of two patches', [...v1, reroll(1), reroll(2)]);
  add('a patch of a new version as an answer to the old one', [...v1, subject(reroll(2), (text) => `Re: ${text}`)]);
  add('references broken in the middle', [
    ...covered('h').map((mail, at) =>
      at === 2
        ? setHeader(setHeader(mail, 'In-Reply-To', '<absent@example.org>'), 'References', '<absent@example.org>')
        : mail,
    ),
  ]);
  add('a RESEND below the first posting', [
    ...v1,
    ...covered('rs', ['--subject-prefix=RESEND PATCH'], 'v1-0@example.org'),
  ]);
  add('a cover letter without patches', v1.slice(0, 1), { nothing: true });
  add('the cover letter of v2 without patches, below v1', [...v1, ...v2('v1-0@example.org').slice(0, 1)]);
  add('v2 without cover letter, below v1 with one', [...v1, ...post('nc', ['-v2'], 'base..main', 'v1-0@example.org')]);
  // What a series says of others.
  const saying = (name: string, text: string, args: string[] = []) =>
    covered(name, args).map((mail, at) =>
      at === 0 ? mail.replace('Why all of it.', `Why all of it.\n\n${text}`) : mail,
    );
  add(
    'prerequisites by patch id',
    post('pi', ['--base=base'], 'base..main').map((mail) =>
      mail.replace(/^(base-commit: .*)$/m, `$1\nprerequisite-patch-id: ${'ab'.repeat(20)}`),
    ),
  );
  add(
    'prerequisites by Message-ID and change-id',
    saying('pm', 'prerequisite-message-id: <x@example.org>\nprerequisite-change-id: 20260105-x-1:v2'),
  );
  add('dependencies in prose', saying('pd', 'This depends on [0].\n\n[0] https://lore.example.org/mm/x@example.org/'));
  add(
    'Depends-on below the ---',
    post('do').map((mail) => mail.replace('\n---\n', '\n---\nDepends-on: <x@example.org>\n')),
  );
  add('versions that only a change-id holds together', [
    ...saying('ci', 'change-id: 20260105-x-1'),
    ...saying('cj', 'change-id: 20260105-x-1', ['-v2']).map((mail) =>
      mail.replace('mm: a series', 'mm: another title'),
    ),
  ]);
  // Trailers.
  add('a trailer for one patch', [...v1, answer(v1[2], TAG)]);
  add('a trailer for the cover letter', [...v1, answer(v1[0], TAG)]);
  add('trailers by two people', [
    ...v1,
    answer(v1[1], TAG),
    answer(v1[1], 'Acked-by: B <b@example.org>', 'B <b@example.org>'),
  ]);
  add('two trailers in one answer', [...v1, answer(v1[1], `${TAG}\nTested-by: Rev Iewer <r@example.org>`)]);
  add('the same trailer twice', [...v1, answer(v1[1], TAG), answer(v1[1], TAG)]);
  add('a quoted trailer', [...v1, answer(v1[1], `> ${TAG}\nno`)]);
  add('a trailer behind a signature', [...v1, answer(v1[1], `no\n-- \n${TAG}`)]);
  add('a trailer by somebody else', [...v1, answer(v1[1], 'Suggested-by: B <b@example.org>')]);
  add('a trailer for a single patch', [...single(), answer(single()[0], TAG)]);
  add('an answer to an answer', [...v1, answer(answer(v1[1], 'hm'), 'what?')]);
  add(
    'a trailer in an answer to an answer',
    (() => {
      const first = answer(v1[1], 'a question');
      return [...v1, first, answer(first, TAG)];
    })(),
  );
  add('answers without trailers', [...v1, answer(v1[1], 'why?'), answer(v1[0], 'Reviewed by me: yes')]);
  add('a trailer of v1 with v2', [
    ...v1,
    answer(v1[1], TAG),
    ...v2('v1-0@example.org').map((mail) => mail.replace('+first', '+First')),
  ]);
  add('a diff in an answer', [
    ...v1,
    answer(
      v1[2],
      `How about\n\n${body(post('x', [], 'base..second-try')[0] ?? '').replace(/^[\s\S]*?(?=diff --git)/, '')}`,
    ),
  ]);
  // Mail.
  add(
    'base64',
    covered('e').map((mail) =>
      encoded(mail, 'base64', Buffer.from(body(mail)).toString('base64').replace(/.{76}/g, '$&\n')),
    ),
  );
  add(
    'quoted-printable',
    covered('q').map((mail) =>
      encoded(
        mail,
        'quoted-printable',
        body(mail)
          .replace(/=/g, '=3D')
          .replace(/[ \t]$/gm, '=20'),
      ),
    ),
  );
  add('UTF-8 in subject, author and diff', post('u', [], 'base..utf8'), {
    differs: { in: 'b4 fails', why: 'b4 0.12 ends with an error at a subject that git has folded' },
  });
  add(
    'CRLF',
    covered('l').map((mail) => mail.replace(/\n/g, '\r\n')),
  );
  add('the same mails by several lists', [
    ...v1,
    ...v1.map(
      (mail) =>
        `${setHeader(mail, 'List-Id', '<mm.example.org>')}_______________________________________________\nmm mailing list\nmm@example.org\n`,
    ),
  ]);
  add(
    'a list footer',
    single().map((mail) => `${mail}_______________________________________________\nmm mailing list\nmm@example.org\n`),
  );
  add(
    'scissors',
    single().map((mail) => withBody(mail, `Hello,\n\nbefore.\n\n-- >8 --\n${body(mail)}`)),
  );
  add(
    'long headers',
    single().map((mail) => setHeader(mail, 'X-Long', `${'word '.repeat(200)}\n ${'more '.repeat(200)}`)),
  );
  // Diffs.
  for (const name of ['rename', 'delete', 'mode', 'binary', 'no-newline', 'blanks', 'from-lines']) {
    add(`a diff: ${name}`, post(name, name === 'rename' ? ['-M'] : [], `base..${name}`), {
      ...(name === 'binary' && {
        differs: { in: 'b4 fails', why: 'b4 0.12 cuts off the empty line that ends a binary diff' },
      }),
    });
  }
  // What is not whole.
  add('a patch missing', v1.toSpliced(2, 1), {
    differs: {
      in: 'we refuse',
      why: 'b4 warns and writes the patches that are there; for us the series is incomplete',
    },
  });
  return all;
}

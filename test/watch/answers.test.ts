// SPDX-License-Identifier: GPL-2.0-or-later
// Answers by policy, sent to a real mail server; commands by reply.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { type ParsedMail, simpleParser } from 'mailparser';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Outbox } from '../../src/delivery/index.ts';
import { isQuiet } from '../../src/watch/post.ts';
import { startSmtp } from '../support/servers.ts';
import { post, rawMail, seriesMails, type World, world } from './world.ts';

const server = await startSmtp();
afterAll(() => server?.close());
const smtp = { host: 'localhost', port: server?.port ?? 1, security: 'none' };
let before = 0;
/** The mails that came since the test began; a mail server delivers when it likes. */
const taken = async (count: number): Promise<ParsedMail[]> => {
  const folder = join(server?.maildir ?? '', 'new');
  await vi.waitUntil(() => readdirSync(folder).length >= before + count, { timeout: 20_000 });
  const files = readdirSync(folder).sort((a, b) => (a < b ? -1 : 1));
  return Promise.all(files.slice(before).map((file) => simpleParser(readFileSync(join(folder, file)))));
};
beforeEach(() => {
  before = server ? readdirSync(join(server.maildir, 'new')).length : 0;
});

const SEND = { mode: 'send', to: ['author'] };
const states = (at: World) => at.outbox().map(({ state, note }) => `${state}${note === '' ? '' : `: ${note}`}`);

if (!server) it('NOT TESTED: sending (no exim4 here)', () => expect(server).toBeUndefined());

describe.runIf(server)('answers', () => {
  it('go to author, list and people, in the thread', async () => {
    const answer = { mode: 'send', to: ['author', 'list', 'P <p@example.org>'], cc: ['c@example.org'] };
    const at = world({ mm: { address: 'mm@example.org', answer } }, { smtp });
    post(at, 'mm', ...seriesMails('sent', 2));
    await at.run();
    await at.run();
    expect(states(at)).toEqual(['sent']);
    const [mail, ...more] = await taken(1);
    expect(more).toEqual([]);
    expect(mail).toMatchObject({ inReplyTo: '<sent-0@example.org>', subject: 'Re: [PATCH 0/2] mm: sent' });
    expect([mail?.to, mail?.cc].flat().map((one) => one?.text)).toEqual([
      '"Ann Example" <ann@example.org>, mm@example.org, "P" <p@example.org>',
      'c@example.org',
    ]);
    expect(mail?.headers.get('auto-submitted')).toBe('auto-replied');
  });

  it('wait for a person where the policy says so, or where the series is old', async () => {
    const at = world(
      { mm: { answer: { ...SEND, mode: 'moderated' } }, old: { answer: { ...SEND, 'max-age': '1 min' } } },
      { smtp },
    );
    post(at, 'mm', ...seriesMails('asks', 1));
    post(at, 'old', ...seriesMails('aged', 1, { minute: -10 }));
    await at.run();
    expect(states(at)).toEqual(['queued', 'queued']);
    const box = new Outbox(join(at.folder, 'state', 'outbox.db'));
    for (const { id } of box.list()) box.decide(id, 'approved', '');
    box.close();
    await at.run();
    expect(states(at)).toEqual(['sent', 'sent']);
  });

  it('keep the delay, the daily limit and the quiet hours', async () => {
    const lists = {
      slow: { answer: { ...SEND, delay: '1 h' } },
      few: { answer: { ...SEND, 'daily-limit': 2 } },
      night: { answer: { ...SEND, 'quiet-hours': { from: '00:00', to: '23:59' } } },
    };
    const at = world(lists, { smtp });
    post(at, 'slow', ...seriesMails('later', 1));
    post(at, 'few', ...seriesMails('f1', 1), ...seriesMails('f2', 1), ...seriesMails('f3', 1));
    post(at, 'night', ...seriesMails('dark', 1));
    await at.run();
    const by = Object.groupBy(at.outbox(), ({ list, state }) => `${list} ${state}`);
    expect(Object.fromEntries(Object.entries(by).map(([key, all]) => [key, all?.length]))).toEqual({
      'slow approved': 1,
      'few sent': 2,
      'few approved': 1,
      'night approved': 1,
    });
  });

  it('are not sent where a newer version comes within the delay', async () => {
    const at = world({ slow: { answer: { ...SEND, delay: '1 h' } } }, { smtp });
    post(at, 'slow', ...seriesMails('delayed', 1));
    await at.run();
    post(at, 'slow', ...seriesMails('delayed.v2', 1, { prefix: 'PATCH v2' }));
    await at.run();
    expect(states(at).sort()).toEqual(['approved', 'dropped: superseded by v2 <delayed.v2-0@example.org>']);
  });

  it('survive a server that refuses for now, for ever, or is away', async () => {
    const at = world(
      {
        a: { answer: { mode: 'send', to: ['later@example.org'] } },
        b: { answer: { mode: 'send', to: ['nobody@example.org'] } },
      },
      { smtp },
    );
    post(at, 'a', ...seriesMails('greylisted', 1));
    post(at, 'b', ...seriesMails('refused', 1));
    await at.run();
    await at.run();
    expect(
      at
        .outbox()
        .map(({ list, state }) => `${list} ${state}`)
        .sort(),
    ).toEqual(['a approved', 'b queued']);
    const away = world({ mm: { answer: SEND } }, { smtp: { ...smtp, port: 1 } });
    post(away, 'mm', ...seriesMails('away', 1));
    await away.run();
    expect(states(away)).toEqual(['approved']);
    expect(away.log.filter((line) => line.includes('ECONNREFUSED')).length).toBe(1);
  });

  it('go over TLS only to a server that can be trusted, with a password that is never told', async () => {
    const password = join(server?.maildir ?? '', '..', 'password');
    vi.stubEnv('RMAPBOT_SMTP_USER', 'bot');
    vi.stubEnv('RMAPBOT_SMTP_PASSWORD_FILE', password);
    const once = async (name: string, secret: string) => {
      writeFileSync(password, `${secret}\n`);
      const at = world({ mm: { answer: SEND } }, { smtp: { ...smtp, security: 'starttls' } });
      post(at, 'mm', ...seriesMails(name, 1));
      await at.run();
      expect(at.log.join('\n')).not.toContain(secret);
      return `${states(at)} ${at.log.at(-1)}`;
    };
    expect(await once('untrusted', 'secret')).toMatch(/^approved .*self-signed certificate/);
    const trusted = getCACertificates('default');
    setDefaultCACertificates([...trusted, readFileSync(server?.certificate ?? '', 'utf8')]);
    expect(await once('mistaken', 'hunter2')).toMatch(/^approved .*Invalid login/);
    expect(await once('trusted', 'secret')).toMatch(/^sent sent/);
    setDefaultCACertificates(trusted);
    vi.unstubAllEnvs();
    expect(readFileSync(server?.log ?? '', 'utf8')).toMatch(/<= bot-address@example\.org .* X=TLS\S+ .*A=plain:bot/);
  });

  it('that may have been sent are looked up where they would be', async () => {
    const at = world({ mm: { answer: SEND } }, { smtp, sent: [server?.maildir] });
    post(at, 'mm', ...seriesMails('half', 1));
    await at.run();
    const there = at.outbox()[0]?.id ?? '';
    await taken(1);
    // As a crash leaves them: one went out, one did not, and nobody wrote that down.
    const box = new Outbox(join(at.folder, 'state', 'outbox.db'));
    const entry = {
      subject: 'x',
      verdict: 'violations',
      sender: 'b@example.org',
      recipients: ['a@example.org'],
      list: 'mm',
    };
    box.add({ ...entry, id: 'rmapbot-gone@example.org', raw: Buffer.from('x'), signatures: [], approved: true });
    box.claim('rmapbot-gone@example.org');
    box.settle('rmapbot-gone@example.org', 'uncertain', 'the connection was cut');
    box.close();
    const db = new DatabaseSync(join(at.folder, 'state', 'outbox.db'));
    db.prepare("UPDATE outbox SET state = 'uncertain' WHERE id = ?").run(there);
    db.close();
    await at.run();
    expect(Object.fromEntries(at.outbox().map(({ id, state, note }) => [id, `${state} ${note}`]))).toMatchObject({
      [there]: `sent seen in ${server?.maildir}`,
      'rmapbot-gone@example.org': 'uncertain the connection was cut',
    });
  });
});

describe('commands', () => {
  const lists = {
    mm: { answer: { mode: 'moderated', to: ['author'] }, commands: { from: ['author', 'boss@example.org'] } },
  };
  const say = (id: string, body: string, references: string[], from = 'Ann Example <ann@example.org>', headers = {}) =>
    rawMail({ id, subject: 'Re: [PATCH 0/1] mm: asked', from, references, body, headers });

  it('are answered once, quoted, to who asked', async () => {
    const at = world(lists);
    post(at, 'mm', ...seriesMails('asked', 1));
    await at.run();
    at.verdict = ({ base }) => (base === 'v6.12' ? 'clean' : 'violations');
    const command = say(
      'c1',
      'Please.\n\nrmapbot: base v6.12\nrmapbot: scenario fork-*\n',
      ['asked-0'],
      'Boss <boss@example.org>',
    );
    post(at, 'mm', command, command);
    await at.run();
    await at.run();
    expect(at.asked.length).toBe(2);
    expect(at.asked[1]).toMatchObject({ base: 'v6.12', scenarios: 'fork-*' });
    const [, reply, ...more] = at.outbox();
    expect(more).toEqual([]);
    const mail = await simpleParser(reply?.raw ?? '');
    expect(reply).toMatchObject({
      state: 'queued',
      verdict: 'clean',
      recipients: ['boss@example.org', 'ann@example.org'],
    });
    expect(mail.inReplyTo).toBe('<c1@example.org>');
    expect(mail.text).toMatch(/^> rmapbot: base v6\.12\n> rmapbot: scenario fork-\*\n\nCLEAN/);
    expect(mail.text).not.toMatch(/^rmapbot:/m);
  });

  it('come from people who may, about series that we know, and from no machine', async () => {
    const at = world(lists);
    post(at, 'mm', ...seriesMails('asked', 1));
    await at.run();
    post(at, 'mm', say('e1', 'rmapbot: rerun\n', ['asked-0'], 'Eve <eve@example.org>'));
    post(at, 'mm', say('e2', 'rmapbot: rerun\n', ['asked-0'], undefined, { 'Auto-Submitted': 'auto-replied' }));
    post(at, 'mm', say('e3', '> rmapbot: rerun\nno\n', ['asked-0']));
    post(at, 'mm', say('e4', 'rmapbot: rerun\n', ['elsewhere']));
    await at.run();
    expect(at.asked.length).toBe(1);
    expect(at.outbox().length).toBe(1);
    expect(at.log.some((line) => line.includes('eve@example.org is passed over'))).toBe(true);
  });

  it('reach us in answers to our own mails, and are not without end', async () => {
    const at = world(lists);
    post(at, 'mm', ...seriesMails('asked', 1));
    await at.run();
    let last = at.outbox()[0]?.id.split('@')[0] ?? '';
    for (let n = 0; n < 12; n++) {
      post(at, 'mm', say(`r${n}`, 'rmapbot: rerun\n', [last]));
      await at.run();
      last = at.outbox().at(-1)?.id.split('@')[0] ?? '';
    }
    expect(at.asked.length).toBe(11);
    expect(at.log.at(-1)).toMatch(/there were 10 about this series/);
  });

  it('that make no sense, or cannot be done, are told so', async () => {
    const at = world(lists);
    post(at, 'mm', ...seriesMails('asked', 1));
    await at.run();
    post(at, 'mm', say('u1', 'rmapbot: make coffee\n', ['asked-0']));
    await at.run();
    expect((await simpleParser(at.outbox()[1]?.raw ?? '')).text).toMatch(
      /^> rmapbot: make coffee\n\nThis is no command of mine/,
    );
  });

  it('stop what waits, and the versions to come', async () => {
    const at = world(lists);
    post(at, 'mm', ...seriesMails('asked', 1));
    await at.run();
    post(at, 'mm', say('s1', 'rmapbot: stop\n', ['asked-0']));
    await at.run();
    post(at, 'mm', ...seriesMails('asked.v2', 1, { prefix: 'PATCH v2' }));
    await at.run();
    expect(at.asked.length).toBe(1);
    expect(at.tasks()['v2 mm: asked']).toMatch(/^skipped: stopped by reply/);
    expect(
      at
        .outbox()
        .map(({ state, verdict }) => `${state} ${verdict}`)
        .sort(),
    ).toEqual(['dropped violations', 'queued note']);
  });

  it('are off where nobody may give any', async () => {
    const at = world({ mm: { answer: { mode: 'moderated', to: ['author'] } } });
    post(at, 'mm', ...seriesMails('asked', 1), say('n1', 'rmapbot: rerun\n', ['asked-0']));
    await at.run();
    expect(at.asked.length).toBe(1);
    expect(at.outbox()[0]?.raw.toString()).not.toContain('rmapbot: rerun');
  });
});

it('quiet hours reach over midnight, in their own time zone', () => {
  const quiet = { from: 22 * 60, to: 7 * 60 + 30, timezone: 'Europe/Berlin' };
  const at = (text: string) => isQuiet({ quiet }, Date.parse(text));
  expect([
    at('2026-01-10T20:59:00Z'),
    at('2026-01-10T21:00:00Z'),
    at('2026-01-11T06:29:00Z'),
    at('2026-01-11T06:30:00Z'),
  ]).toEqual([false, true, true, false]);
  expect(isQuiet({ quiet: { from: 60, to: 120, timezone: 'UTC' } }, Date.parse('2026-01-10T01:30:00Z'))).toBe(true);
  expect(isQuiet({}, 0)).toBe(false);
});

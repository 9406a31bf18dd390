// SPDX-License-Identifier: GPL-2.0-or-later
// Commands in comments: what is one, who may give one, what comes of it.
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { commandsIn } from '../../src/github/command-job.ts';
import type { CommandJob, ReviewJob } from '../../src/github/values.ts';
import { fakePorts, jobOf, RMAP, run, type World, world } from './world.ts';

/** Each test starts git some fifty times. */
vi.setConfig({ testTimeout: 180_000 });

describe('what is a command', () => {
  it.each([
    ['/rmapbot rerun', { rerun: true }],
    ['thanks!\r\n/RMAPBOT  Rerun  \r\nbye', { rerun: true }],
    ['/rmapbot scenario fork-*', { scenario: 'fork-*' }],
    ['/rmapbot base mm/mm-unstable\n/rmapbot scenario split', { base: 'mm/mm-unstable', scenario: 'split' }],
    ['/rmapbot stop', { stop: true }],
    ['/rmapbot', { unknown: ['/rmapbot'] }],
    ['/rmapbot help', { unknown: ['/rmapbot help'] }],
    ['/rmapbot base --upload-pack=x', { unknown: ['/rmapbot base --upload-pack=x'] }],
    ['/rmapbot base a..b', { unknown: ['/rmapbot base a..b'] }],
    ['/rmapbot scenario ../x', { unknown: ['/rmapbot scenario ../x'] }],
  ])('%j', (body, said) => expect(commandsIn(body)).toMatchObject(said));

  it.each([
    '> /rmapbot stop',
    'say /rmapbot stop',
    '```\n/rmapbot stop\n```',
    '~~~sh\n/rmapbot stop\n~~~',
    '/rmapbots stop',
    '',
    '-- \n/rmapbot stop',
  ])('not %j', (body) => expect(commandsIn(body)).toBeUndefined());
});

describe('a command', () => {
  let shared: World | undefined;
  let at: World;
  beforeEach(async () => {
    shared ??= await world(afterAll);
    at = shared;
    at.repository.comments.length = 0;
    at.repository.reactions.length = 0;
    at.repository.checks.length = 0;
    at.repository.permissions = { writer: 'write', boss: 'admin', reader: 'read' };
    at.pull(12, at.push(at.main, RMAP('int second;')));
  });

  function command(body: string, more: Partial<CommandJob> = {}): CommandJob {
    const { number, repository, installation = 1, at: time } = jobOf(at, 12);
    const key = `github:${repository.id}#12/commands`;
    const who = { login: 'writer', isAuthor: false };
    return {
      kind: 'command',
      key,
      dedup: 'x',
      priority: 30,
      comment: 99,
      number,
      repository,
      installation,
      at: time,
      ...who,
      body,
      ...more,
    };
  }

  it.each([
    ['writer', false, true],
    ['boss', false, true],
    ['ann', true, true],
    ['reader', false, false],
    ['stranger', false, false],
  ])('of %s (author: %s) is obeyed: %s', async (login, isAuthor, obeyed) => {
    const ports = fakePorts();
    const outcome = await run(at, command('/rmapbot rerun', { login, isAuthor }), ports);
    expect(outcome.state).toBe(obeyed ? 'answered' : 'refused');
    expect(ports.submitted).toHaveLength(obeyed ? 1 : 0);
    expect(at.repository.reactions).toEqual([{ comment: 99, content: obeyed ? '+1' : 'confused' }]);
    expect(at.repository.comments).toEqual([]);
  });

  it('to run again makes a review that is known by the comment, shown as a run of its own', async () => {
    await run(at, jobOf(at, 12), fakePorts('clean'));
    const ports = fakePorts();
    await run(at, command('/rmapbot scenario fork-*\n/rmapbot base main'), ports);
    const [job] = ports.submitted as ReviewJob[];
    expect(job).toMatchObject({
      kind: 'review',
      key: `github:${at.repository.id}#12`,
      asked: { id: 'comment-99', scenario: 'fork-*', base: 'main' },
    });
    await run(at, job as ReviewJob, ports);
    expect(ports.wishes).toMatchObject([
      {
        scenarios: 'fork-*',
        tree: { identity: at.main },
        notes: ['only scenarios fork-*, as asked', 'on main, as asked, not on the merge base'],
      },
    ]);
    expect(at.repository.checks.map(({ external_id }) => external_id)).toEqual([
      `rmapbot:12:auto-${at.main.slice(0, 12)}`,
      'rmapbot:12:comment-99',
    ]);
    expect((await run(at, job as ReviewJob, ports)).state).toBe('nothing-to-do');
  });

  it('for a base that there is not: action required, in words', async () => {
    const ports = fakePorts();
    await run(at, command('/rmapbot base no-such'), ports);
    expect((await run(at, ports.submitted[0] as ReviewJob, ports)).state).toBe('refused');
    expect(at.repository.checks[0]).toMatchObject({
      conclusion: 'action_required',
      output: { title: 'base no-such: octo/linux has no such commit' },
    });
  });

  it('to stop cancels at once, ends the check, and keeps quiet until somebody asks again', async () => {
    const ports = fakePorts();
    await run(at, jobOf(at, 12), { ...ports, review: () => Promise.reject(new Error('killed')) }).catch(() => {});
    await run(at, command('/rmapbot stop'), ports);
    expect(ports.cancelled).toEqual([
      { which: { key: `github:${at.repository.id}#12` }, before: 1_001, why: 'stopped by writer' },
    ]);
    for (const job of ports.submitted.splice(0)) for (let twice = 0; twice < 2; twice++) await run(at, job, ports);
    expect(at.repository.checks).toMatchObject([{ conclusion: 'cancelled', output: { title: 'stopped by writer' } }]);
    expect(at.repository.comments).toMatchObject([{ body: expect.stringContaining('Stopped by writer') }]);
    at.pull(12, at.push(at.main, RMAP('int third;')));
    expect(await run(at, jobOf(at, 12), ports)).toEqual({ state: 'nothing-to-do', why: 'somebody said stop' });
    await run(at, command('/rmapbot rerun', { comment: 100 }), ports);
    await run(at, ports.submitted[0] as ReviewJob, ports);
    expect(at.repository.comments).toMatchObject([{ body: expect.stringContaining('## violations') }]);
    at.pull(12, at.push(at.main, RMAP('int fourth;')));
    expect((await run(at, jobOf(at, 12), ports)).state).toBe('answered');
  });

  it('that is none, or for help: one reply, however often the job is done', async () => {
    for (let twice = 0; twice < 2; twice++) await run(at, command('/rmapbot fix @everything <b>'));
    expect(at.repository.comments).toHaveLength(1);
    const [{ body = '' } = {}] = at.repository.comments;
    expect(body).toMatch(/^<!-- rmapbot:reply 99 -->\nNot understood: /);
    expect(body).not.toMatch(/@every|<b>/);
    expect(at.repository.reactions).toEqual([{ comment: 99, content: 'confused' }]);
    await run(at, command('/rmapbot help', { comment: 101 }));
    expect(at.repository.comments[1]?.body).toContain('`/rmapbot stop`');
    expect(at.repository.reactions[1]).toEqual({ comment: 101, content: '+1' });
    expect(at.fake.faults).toEqual([]);
  });
});

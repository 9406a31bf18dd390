// SPDX-License-Identifier: GPL-2.0-or-later
// `rmapbot review owner/repo#N`, and `rmapbot review --github` as a workflow runs it, against a fake GitHub.
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { workflowCommand } from '../../src/cli/workflow.ts';
import { comment, pullRequest } from '../github/payloads.ts';
import { RMAP, type World, world } from '../github/world.ts';
import { type Home, home, type Outcome, outcomeOf } from './cli.ts';

/** Two processes and some fifty gits each. */
vi.setConfig({ testTimeout: 180_000 });

interface Place {
  at: World;
  there: Home;
  run(args: string[], env?: Record<string, string>): Promise<Outcome>;
}

async function place(): Promise<Place> {
  const at = await world();
  const there = home();
  at.fake.writesAs = 'github-actions[bot]';
  const known = { GITHUB_API_URL: at.fake.url, GITHUB_TOKEN: at.fake.token };
  return { at, there, run: (args, env = {}) => outcomeOf(there.start(args, '.', { ...known, ...env })) };
}

/** What a runner sets for an event. */
function event(
  there: Home,
  at: World,
  name: string,
  payload: object,
  more: Record<string, string> = {},
): Record<string, string> {
  const path = join(there.folder, 'event.json');
  const { id, owner, name: repo } = at.ref;
  const { installation: _, ...rest } = payload as { installation?: unknown };
  const repository = { id, name: repo, full_name: `${owner}/${repo}`, owner: { login: owner } };
  writeFileSync(path, JSON.stringify({ ...rest, repository }));
  const summary = join(there.folder, 'summary.md');
  return {
    GITHUB_EVENT_NAME: name,
    GITHUB_EVENT_PATH: path,
    GITHUB_STEP_SUMMARY: summary,
    GITHUB_RUN_ID: '77',
    ...more,
  };
}

/** One that touches the reverse map in words only: reviewed without a compiler. */
const WORDS = { 'mm/rmap.c': 'int one;\nint two; /* of three */\nint three;\n' };

describe('rmapbot review owner/repo#N', () => {
  it('is a review like any other, on the merge base, and writes nothing', async () => {
    const { at, run } = await place();
    const head = at.push(at.main, WORDS);
    at.pull(12, head);
    const { code, stdout, stderr } = await run(['review', 'octo/linux#12', '--json', '-']);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      verdict: 'out-of-scope',
      base: `octo/linux, commit ${at.main}, the series' base-commit`,
      series: { id: `octo/linux#12@${head}`, patches: [{ paths: ['mm/rmap.c'] }] },
    });
    expect(at.fake.requests.every(({ method }) => method === 'GET')).toBe(true);
    expect(at.fake.faults).toEqual([]);
  });

  it('takes an earlier head, as reports name it', async () => {
    const { at, run } = await place();
    const old = at.push(at.main, WORDS);
    at.pull(12, old);
    at.pull(12, at.push(at.main, RMAP('int second;')));
    const { stdout } = await run(['review', `octo/linux#12@${old}`, '--json', '-']);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'out-of-scope', series: { id: `octo/linux#12@${old}` } });
  });

  it.each([
    ['octo/linux#13', 'octo/linux#13: no such pull request, or none that may be seen from here'],
    ['octo/none#1', 'octo/none#1: no such pull request'],
  ])('%s: one line, exit code 2', async (input, words) => {
    const { run } = await place();
    const { code, stderr } = await run(['review', input]);
    expect(stderr).toMatch(new RegExp(`^rmapbot: ${words}.*\n$`));
    expect(code).toBe(2);
  });

  it('asks no other server than the one that is set, and never without TLS beyond this machine', async () => {
    const { run } = await place();
    for (const url of [
      'http://ghe.example.org/api/v3',
      'https://user:secret@ghe.example.org',
      'file:///etc/passwd',
      'nonsense',
    ]) {
      const { code, stderr } = await run(['review', 'octo/linux#12'], { GITHUB_API_URL: url });
      expect(stderr).toMatch(/^rmapbot: the API's URL /);
      expect(stderr).not.toContain('secret');
      expect(code).toBe(2);
    }
  });
});

describe('rmapbot review --github', () => {
  it('shows the answer of the event in a check, a summary and the log', async () => {
    const { at, there, run } = await place();
    const pull = at.pull(12, at.push(at.main, WORDS));
    const env = event(there, at, 'pull_request', pullRequest('opened', { head: pull.head }));
    const { code, stdout, stderr } = await run(['review', '--github'], env);
    expect(stderr).toMatch(/^rmapbot: answered: out of scope: /);
    expect(code).toBe(0);
    expect(at.repository.checks).toMatchObject([{ name: 'rmapbot', head_sha: pull.head, conclusion: 'neutral' }]);
    expect(readFileSync(join(there.folder, 'summary.md'), 'utf8')).toContain('## out of scope');
    // Nothing that the report quotes is obeyed by the runner.
    expect(stdout).toMatch(/^::stop-commands::([0-9a-f-]{36})\n[\s\S]*\n::\1::\n$/);
    expect(at.fake.faults).toEqual([]);
    const again = await run(['review', '--github'], env);
    expect(again.stderr).toContain('nothing-to-do');
    const rerun = await run(['review', '--github'], { ...env, GITHUB_RUN_ATTEMPT: '2' });
    expect(rerun.stderr).toContain('answered');
    expect(at.repository.checks).toHaveLength(2);
  });

  it('with a token that only reads, as of a fork: in the log and the summary', async () => {
    const { at, there, run } = await place();
    at.fake.readOnly = true;
    const main = at.push(at.main, { '.github/rmapbot.yml': 'coment: never\n' });
    const pull = at.pull(12, at.push(main, WORDS), { base: main });
    const env = event(there, at, 'pull_request', pullRequest('opened', { head: pull.head }));
    const { code, stdout } = await run(['review', '--github'], env);
    expect(code).toBe(0);
    expect(at.repository.checks).toEqual([]);
    expect(stdout).toBe(
      '::error file=.github/rmapbot.yml,line=1,endLine=1,title=configuration of rmapbot::unknown key "coment", did you mean "comment"?\n',
    );
    expect(readFileSync(join(there.folder, 'summary.md'), 'utf8')).toContain('has errors');
  });

  it('loads no probot', async () => {
    const { at, there } = await place();
    at.pull(12, at.push(at.main, WORDS));
    const probe = fileURLToPath(new URL('./loaded.ts', import.meta.url));
    const env = {
      PATH: process.env.PATH,
      HOME: there.folder,
      GITHUB_API_URL: at.fake.url,
      GITHUB_TOKEN: at.fake.token,
    };
    const args = [probe, 'review', '--github', 'octo/linux#12'];
    const { stderr } = await outcomeOf(spawn(process.execPath, args, { cwd: there.folder, env }));
    expect(stderr).toContain('rmapbot: answered');
    expect(stderr).toContain('/node_modules/@octokit/rest/');
    expect(stderr).not.toMatch(/node_modules\/(?:probot|pg-boss|pg)\//);
  });

  it('obeys commands in comments, in the same run', async () => {
    const { at, there, run } = await place();
    at.repository.permissions = { ann: 'write' };
    at.pull(12, at.push(at.main, WORDS));
    const env = event(there, at, 'issue_comment', comment('/rmapbot rerun'));
    const { stderr } = await run(['review', '--github'], env);
    expect(stderr).toMatch(/^rmapbot: answered: review\nrmapbot: answered: out of scope/);
    expect(at.repository.checks).toMatchObject([{ external_id: 'rmapbot:12:comment-99' }]);
  });

  it('takes a pull request by name; says what is wrong in one line', async () => {
    const { at, there, run } = await place();
    at.pull(12, at.push(at.main, WORDS));
    expect((await run(['review', '--github', 'octo/linux#12'])).stderr).toContain('answered');
    expect(await run(['review', '--github'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('GITHUB_EVENT_PATH is not set'),
    });
    expect(await run(['review', '--github', 'x.mbox'])).toMatchObject({ code: 2 });
    const env = event(there, at, 'push', {});
    expect(await run(['review', '--github'], env)).toMatchObject({
      code: 0,
      stderr: 'rmapbot: nothing to do for this event\n',
    });
  });
});

it('workflow commands cannot be broken out of', () => {
  const annotation = {
    path: 'mm/a,b:c.c',
    start_line: 1,
    end_line: 1,
    title: 'x::y\n::stop',
    message: '50%\r\n::error::x',
  };
  expect(workflowCommand({ ...annotation, annotation_level: 'failure' })).toBe(
    '::error file=mm/a%2Cb%3Ac.c,line=1,endLine=1,title=x%3A%3Ay%0A%3A%3Astop::50%25%0D%0A::error::x\n',
  );
});

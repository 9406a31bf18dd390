// SPDX-License-Identifier: GPL-2.0-or-later
// A world for the tests of the github room: a fake GitHub with a small made-up kernel, a cache, access to both.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type GithubAccess, githubAccess } from '../../src/github/access.ts';
import { runGithubJob } from '../../src/github/job.ts';
import type {
  GithubJob,
  GithubPorts,
  JobMatch,
  JobOutcome,
  RepositoryRef,
  ReviewJob,
  ReviewWish,
} from '../../src/github/values.ts';
import type { Review } from '../../src/review/values.ts';
import { sampleReview } from '../report/sample.ts';
import { type FakeGithub, type FakePull, type FakeRepository, fakeGithub } from './fake.ts';
import { type Change, commit, git } from './fake-git.ts';

/** What passes for a kernel, with a part of it that nothing of ours reads. */
export const KERNEL: Change = {
  Makefile: 'VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 3\nEXTRAVERSION = -test\nNAME = small\n',
  Kbuild: '# empty\n',
  Kconfig: 'source "mm/Kconfig"\n',
  'mm/Makefile': 'obj-y := rmap.o\n',
  'mm/Kconfig': 'config MMU\n\tbool\n',
  'mm/rmap.c': 'int one;\nint two;\nint three;\n',
  'include/linux/rmap.h': '#define RMAP 1\n',
  'include/linux/mm_types.h': '#define TYPES 1\n',
  'drivers/gpu/small.c': 'int small;\n',
  ...Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`drivers/net/d${at}.c`, noise(at, 20_000)])),
};

/** Text that does not compress. */
function noise(seed: number, length: number): string {
  let state = seed + 1;
  let text = '';
  while (text.length < length) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    text += state.toString(36);
  }
  return `/* ${text} */\n`;
}

export interface World {
  fake: FakeGithub;
  repository: FakeRepository;
  ref: RepositoryRef;
  access: GithubAccess;
  cacheRoot: string;
  /** Tip of main. */
  main: string;
  /** Commits on top of a commit, one for each change; gives the last. */
  push(from: string, ...changes: (Change & { message?: string })[]): string;
  pull(number: number, head: string, more?: Partial<FakePull>): FakePull;
}

/** `finished`: when it goes. */
export async function world(finished: (clean: () => void | Promise<void>) => void = onTestFinished): Promise<World> {
  const fake = await fakeGithub();
  finished(() => fake.close());
  const cacheRoot = mkdtempSync(join(tmpdir(), 'rmapbot-github-cache-'));
  finished(() => rmSync(cacheRoot, { recursive: true, force: true }));
  const repository = fake.repository('octo', 'linux');
  const main = commit(repository.gitDir, [], KERNEL, 'base');
  git(repository.gitDir, ['update-ref', 'refs/heads/main', main]);
  const access = githubAccess({
    apiUrl: fake.url,
    auth: { appId: fake.app.id, privateKey: fake.app.privateKey },
    pace: { unitMs: 1, spread: false },
  });
  return {
    fake,
    repository,
    ref: { id: repository.id, owner: 'octo', name: 'linux' },
    access,
    cacheRoot,
    main,
    push(from, ...changes) {
      let tip = from;
      for (const [
        at,
        {
          message = `mm/rmap: change ${at + 1}\n\nBecause.\n\nSigned-off-by: Ann Example <ann@example.org>\n`,
          ...files
        },
      ] of changes.entries())
        tip = commit(repository.gitDir, [tip], files as Change, message);
      return tip;
    },
    pull(number, head, more) {
      const pull: FakePull = {
        ...{ number, head, base: main, state: 'open', draft: false, user: 'ann' },
        title: 'mm/rmap: a small thing',
        body: 'What it is for.',
        ...more,
      };
      repository.pulls.set(number, pull);
      git(repository.gitDir, ['update-ref', `refs/pull/${number}/head`, head]);
      return pull;
    },
  };
}

/** A job about a pull request as webhooks make it. */
export function jobOf(at: World, number: number, more: Partial<ReviewJob> = {}): ReviewJob {
  const pull = at.repository.pulls.get(number);
  const key = `github:${at.repository.id}#${number}`;
  return {
    ...{ kind: 'review', key, dedup: `${key}:${pull?.head}`, at: 1_000, priority: 10, installation: 1 },
    ...{ repository: at.ref, number, reason: 'opened' },
    ...(pull ? { head: pull.head } : {}),
    ...more,
  };
}

export interface FakePorts extends GithubPorts {
  wishes: ReviewWish[];
  submitted: GithubJob[];
  cancelled: { which: JobMatch; before?: number; why: string }[];
  /** What the reviewer does. */
  says: (wish: ReviewWish, signal: AbortSignal) => Promise<Review>;
}

/** A reviewer that says what the test wants, and a queue that remembers. */
export function fakePorts(sample = 'violations'): FakePorts {
  const ports: FakePorts = {
    ...{ wishes: [], submitted: [], cancelled: [] },
    says: () => sampleReview(sample),
    review: (wish, signal) => {
      ports.wishes.push(wish);
      return ports.says(wish, signal);
    },
    queue: {
      submit: async (job) => ports.submitted.push(job) > 0,
      cancel: async (which, options) => void ports.cancelled.push({ which, ...options }),
    },
    log() {},
  };
  return ports;
}

/** Does a job. */
export function run(
  at: World,
  job: GithubJob,
  ports: GithubPorts = fakePorts(),
  signal: AbortSignal = new AbortController().signal,
): Promise<JobOutcome> {
  return runGithubJob(job, at.access, ports, signal, { cacheRoot: at.cacheRoot });
}

export const RMAP = (two: string): Change => ({ 'mm/rmap.c': `int one;\n${two}\nint three;\n` });

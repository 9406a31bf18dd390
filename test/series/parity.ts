// SPDX-License-Identifier: GPL-2.0-or-later
// Threads read by b4 and by us. All of them go through one process of b4: its start costs more than its work.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { InputError } from '../../src/errors.ts';
import { assembleSeries, chooseSeries } from '../../src/series/index.ts';
import type { Series } from '../../src/series/values.ts';
import { openSource } from '../../src/sources/index.ts';
import { makeRepository, type Thread, threads } from './parity-threads.ts';

/** What both sides are compared by. */
export interface Reading {
  titles: string[];
  authors: string[];
  /** Per patch, sorted: b4 puts them in an order of its own. */
  trailers: string[][];
  /** The tree after the last patch. */
  tree: string;
}

export interface Comparison {
  thread: Thread;
  /** Undefined where there is nothing to apply. */
  b4: Reading | undefined;
  ours: Reading | undefined;
}

const DRIVER = `
import json, sys
import b4.command
for job in json.load(open(sys.argv[1])):
    sys.argv = ["b4", "--offline-mode", "am", "-C", "-t", "-S", "--no-cover", "-m", job["mbox"], "-o", job["out"], "-n", "am"] + job["args"]
    try:
        b4.command.cmd()
    except SystemExit:
        pass
    except Exception as error:
        print("b4 failed on", job["mbox"], repr(error), file=sys.stderr)
`;
const CONFIG = '[user]\n\tname = C\n\temail = c@example.org\n[b4]\n\tattestation-policy = off\n\ttrailer-order = *\n';

/** Reads every thread twice. In: an empty folder. */
export async function compareAll(folder: string): Promise<Comparison[]> {
  const repository = join(folder, 'repository');
  mkdirSync(repository);
  const all = threads(makeRepository(repository));
  writeFileSync(join(folder, '.gitconfig'), CONFIG);
  const jobs = all.map(({ mails, version }, at) => {
    const out = join(folder, `${at}`);
    mkdirSync(out);
    const mbox = mails.map(
      (mail) => `From mboxrd@z Thu Jan  1 00:00:00 1970\n${mail.replace(/^(>*From )/gm, '>$1')}\n`,
    );
    writeFileSync(join(out, 'in.mbox'), mbox.join(''), 'latin1');
    return { mbox: join(out, 'in.mbox'), out, args: version === undefined ? [] : ['-v', `${version}`] };
  });
  writeFileSync(join(folder, 'jobs.json'), JSON.stringify(jobs));
  // The user's own settings must not count.
  const env = { PATH: process.env.PATH, HOME: folder, GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C.UTF-8', TZ: 'UTC' };
  const run = spawnSync('/usr/bin/python3', ['-c', DRIVER, join(folder, 'jobs.json')], {
    cwd: repository,
    env,
    encoding: 'utf8',
    input: '',
  });
  if (run.status !== 0) throw new Error(`b4 failed: ${run.stderr.slice(-2000)}`);
  const git = (args: string[], input: string | Buffer = ''): string =>
    execFileSync('git', ['-c', 'core.autocrlf=false', ...args], {
      cwd: repository,
      env,
      input,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  const found: Comparison[] = [];
  for (const [at, thread] of all.entries()) {
    const job = jobs[at];
    if (job)
      found.push({
        thread,
        b4: b4Reading(join(job.out, 'am.mbx'), git),
        ours: await ourReading(job.mbox, thread, git),
      });
  }
  return found;
}

type Git = (args: string[], input?: string | Buffer) => string;

function b4Reading(mbox: string, git: Git): Reading | undefined {
  if (!existsSync(mbox)) return undefined;
  git(['checkout', '-q', '-f', '--detach', 'base']);
  git(['clean', '-qfdx']);
  try {
    git(['am', '-q', '--whitespace=nowarn'], readFileSync(mbox));
  } catch {
    git(['am', '--abort']);
    return undefined;
  }
  const commits = git(['rev-list', '--reverse', 'base..HEAD'])
    .trim()
    .split('\n')
    .filter((id) => id !== '');
  const show = (format: string) => commits.map((id) => git(['show', '-s', `--format=${format}`, id]).trim());
  return {
    titles: show('%s'),
    authors: show('%an <%ae>'),
    trailers: show('%(trailers:only,unfold)').map((text) =>
      text
        .split('\n')
        .filter((line) => line !== '')
        .sort(),
    ),
    tree: git(['rev-parse', 'HEAD^{tree}']).trim(),
  };
}

async function ourReading(mbox: string, thread: Thread, git: Git): Promise<Reading | undefined> {
  let chosen: Series;
  try {
    const assembly = await assembleSeries(openSource('-', { stdin: Readable.from([readFileSync(mbox)]) }));
    chosen = chooseSeries(assembly, thread.version === undefined ? undefined : `v${thread.version}`).chosen;
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
  if (chosen.missing.length > 0) return undefined;
  git(['checkout', '-q', '-f', '--detach', 'base']);
  git(['clean', '-qfdx']);
  for (const { diff } of chosen.patches) git(['apply', '--index', '--whitespace=nowarn', '-'], diff);
  return {
    titles: chosen.patches.map(({ title }) => title),
    authors: chosen.patches.map(({ author }) => `${author.name} <${author.address}>`),
    trailers: chosen.patches.map(({ trailers }) => trailers.map(({ name, value }) => `${name}: ${value}`).sort()),
    tree: git(['write-tree']).trim(),
  };
}

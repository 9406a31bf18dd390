// SPDX-License-Identifier: GPL-2.0-or-later
// Commands in comments: "/rmapbot rerun|scenario NAME|base REV|stop|help" at the start of a line, by whoever may write to
// the repository or opened the pull request. Others' are passed over with a sign that they were seen.
import { code, md } from '../report/markdown-text.ts';
import { type Request, requestIn } from '../watch/command-lines.ts';
import type { GithubAccess } from './access.ts';
import { react, reply } from './comment.ts';
import { PRIORITY } from './limits.ts';
import { jobKey } from './names.ts';
import { checkPlace, commentPlace } from './places.ts';
import { ifThere } from './pull-request.ts';
import type { CommandJob, GithubPorts, JobOutcome, ReviewJob } from './values.ts';

/** Lines that are commands; in quoted text and blocks of code there are none. */
export function commandsIn(body: string): Request | undefined {
  let fence = '';
  const lines = body
    .replace(/\r\n/g, '\n')
    .split('\n')
    .map((line) => {
      const [run = ''] = /^ {0,3}(?:`{3,}|~{3,})/.exec(line) ?? [];
      const mark = run.trim();
      if (fence === '' && mark !== '') fence = mark;
      else if (fence !== '' && mark.startsWith(fence) && line.trim() === mark) fence = '';
      else if (fence === '') return line;
      return '';
    });
  return requestIn(lines.join('\n'), /^\/rmapbot(?:[ \t]+(.*))?$/i);
}

export async function runCommandJob(job: CommandJob, access: GithubAccess, ports: GithubPorts): Promise<JobOutcome> {
  const request = commandsIn(job.body);
  if (!request) return { state: 'nothing-to-do', why: 'no command' };
  const { client, where } = checkPlace(job, access);
  if (!(await mayCommand(job, access))) {
    await react({ client, where }, job.comment, 'confused');
    return { state: 'refused', why: `${job.login} may not give commands` };
  }
  await react({ client, where }, job.comment, oddOf(request.unknown).length > 0 ? 'confused' : '+1');
  const told: string[] = [];
  if (request.stop) {
    const key = jobKey(job.repository.id, job.number);
    await ports.queue.cancel({ key }, { before: job.at + 1, why: `stopped by ${job.login}` });
    await ports.queue.submit({ ...own(job), kind: 'end', what: 'stopped', login: job.login });
    told.push('stop');
  } else if (request.rerun || request.scenario !== undefined || request.base !== undefined) {
    await ports.queue.submit(reviewOf(job, request));
    told.push('review');
  }
  if (request.unknown.length > 0) {
    await reply(await commentPlace(job, job.number, access), job.comment, helpText(request.unknown));
    told.push('help');
  }
  return { state: 'answered', why: told.join(', ') };
}

/** Its author may, and who can write to the repository. */
async function mayCommand(
  { isAuthor, login, installation, repository }: CommandJob,
  access: GithubAccess,
): Promise<boolean> {
  if (isAuthor) return true;
  const own = { owner: repository.owner, repo: repository.name, username: login };
  const got = await ifThere(access.client(installation).repos.getCollaboratorPermissionLevel(own));
  return got !== undefined && ['admin', 'write'].includes(got.data.permission);
}

/** A job about the same pull request, known by the comment. */
function own({ number, repository, installation, comment, at }: CommandJob) {
  const key = jobKey(repository.id, number);
  return {
    ...{ key, dedup: `${key}:by-comment-${comment}`, at, priority: PRIORITY.asked, repository, number },
    ...(installation === undefined ? {} : { installation }),
  };
}

function reviewOf(job: CommandJob, { scenario, base }: Request): ReviewJob {
  const asked = {
    id: `comment-${job.comment}`,
    ...(scenario === undefined ? {} : { scenario }),
    ...(base === undefined ? {} : { base }),
  };
  return { ...own(job), kind: 'review', reason: `asked by ${job.login}`, asked };
}

/** What is not even a question for help. */
function oddOf(unknown: readonly string[]): string[] {
  return unknown.filter((line) => !/^\/rmapbot[ \t]+help[ \t]*$/i.test(line));
}

const HELP = [
  [code('/rmapbot rerun'), 'reviews the pull request again'],
  [code('/rmapbot scenario NAME'), 'the same with the scenarios of such names only; `*` stands for anything'],
  [code('/rmapbot base REV'), 'the same on another branch, tag or commit of this repository'],
  [code('/rmapbot stop'), 'ends what is running; nothing more is said until somebody asks'],
  [code('/rmapbot help'), 'this'],
];

function helpText(unknown: readonly string[]): string {
  const odd = oddOf(unknown);
  const first =
    odd.length > 0
      ? [
          `Not understood: ${odd
            .slice(0, 5)
            .map((line) => md(line, 100))
            .join('; ')}.`,
          '',
        ]
      : [];
  const lines = HELP.map(([what, does]) => `- ${what}: ${does}`);
  return [...first, 'By the author and by people who can write here, at the start of a line:', '', ...lines, ''].join(
    '\n',
  );
}

// SPDX-License-Identifier: GPL-2.0-or-later
// The commands and their options. What a command does is loaded when it is called, so that each loads only its own.
import { Command, Option } from 'commander';
import { InputError } from '../errors.ts';
import { FORMATS } from '../report/render.ts';
import { BUDGET_STEPS_DEFAULT, HISTORIES_DEFAULT, TIME_CAP_MS_DEFAULT } from '../review/limits.ts';
import { LIMITS } from '../simulator/limits.ts';
import { BUDGET_MAX, HISTORIES_MAX, JOBS_MAX, SEED_MAX, TIME_CAP_S_MAX } from './limits.ts';
import { collect, defaultJobs, duration, notEmpty, scale as readScale, wholeNumber } from './options.ts';
import { toolVersion } from './version.ts';

const TREE = 'kernel tree: a path, debian:VERSION or git:REV[@URL] (default: this folder, else one that is fetched)';

/** A fresh program; errors of usage are thrown as CommanderError after one line on stderr. */
export function program(): Command {
  const root = new Command('rmapbot');
  root
    .description('Reviews kernel patch series that touch the reverse map by running the patched code.')
    .version(toolVersion())
    .showSuggestionAfterError(false)
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'rmapbot: ')) })
    .exitOverride();
  const command = (usage: string, about: string) =>
    root.command(usage).description(about).showSuggestionAfterError(false).copyInheritedSettings(root);

  command(
    'review [input]',
    'reviews the series in an mbox, a Maildir, standard input (-), or of a Message-ID, a URL or owner/repo#N',
  )
    .option('--tree <tree>', TREE, notEmpty)
    .option('--base <rev>', 'revision of the tree to apply the series to', notEmpty)
    .option('--series <which>', 'version (v2), Message-ID or part of a title, where the input has several', notEmpty)
    .option('--archive <place>', 'where Message-IDs are looked up: URL or public-inbox repository', notEmpty)
    .option('--range <from..to>', 'which messages of an archive: days (public-inbox) or numbers (NNTP, IMAP)', notEmpty)
    .addOption(new Option('--format <form>', 'what is printed').choices(FORMATS).default('text'))
    .option('--json <file>', 'write the review as JSON as well; - prints it instead of the text', notEmpty)
    .option('--html <file>', 'write the review as one HTML page as well', notEmpty)
    .option('--repro <file>', 'write a C program of the first finding as well: the same system calls', notEmpty)
    .option('--previous <file>', "JSON of an earlier version's review, to compare with", notEmpty)
    .option('--no-previous', 'do not review the version before, where it is in the same thread')
    .option('--reply <file>', 'write the answer to the thread as a mail; nothing is sent', notEmpty)
    .option('--reply-policy <file>', 'sender and recipients of that mail (default: nobody)', notEmpty)
    .option('--queue', 'put that mail into the outbox, where it waits for approval', false)
    .option('--outbox <file>', 'the outbox', notEmpty)
    .option('--rules <folder>', 'rules of your own beside ours; may be repeated (default: .rmapbot/rules)', collect)
    .option('--scenarios <glob>', 'run only scenarios of such names', notEmpty)
    .option('--jobs <n>', 'processes at a time', wholeNumber(JOBS_MAX), defaultJobs())
    .option('--budget <work>', 'steps of scenarios at most', wholeNumber(BUDGET_MAX), BUDGET_STEPS_DEFAULT)
    .option('--histories <n>', 'generated histories; 0: none', wholeNumber(HISTORIES_MAX, 0), HISTORIES_DEFAULT)
    .option(
      '--time-cap <seconds>',
      'start nothing more after so long',
      wholeNumber(TIME_CAP_S_MAX),
      TIME_CAP_MS_DEFAULT / 1000,
    )
    .option('--full', 'what the base had already and every table in full', false)
    .option('--github', "in a workflow: reviews the event's pull request and shows the answer there", false)
    .action(async (input, options) => (await import('./review.ts')).review(input, options));

  command('report <review>', 'shows a review that was kept as JSON in another form')
    .addOption(new Option('--format <form>', 'what is printed').choices(FORMATS).default('text'))
    .option('--output <file>', 'write it to a file', notEmpty)
    .option('--repro <file>', 'write a C program of the first finding: the same system calls', notEmpty)
    .option('--previous <file>', "JSON of an earlier version's review, to compare with", notEmpty)
    .option('--full', 'what the base had already and every table in full', false)
    .action(async (path, options) => (await import('./report.ts')).report(path, options));

  command('check', 'a check command for b4 review: one mail on standard input, a JSON array on standard output')
    .option('--tree <tree>', TREE, notEmpty)
    .option('--rules <folder>', 'rules of your own beside ours; may be repeated (default: .rmapbot/rules)', collect)
    .option('--archive <place>', 'where the thread is looked up if b4 does not keep it', notEmpty)
    .option('--jobs <n>', 'processes at a time', wholeNumber(JOBS_MAX), defaultJobs())
    .option('--budget <work>', 'steps of scenarios at most', wholeNumber(BUDGET_MAX), BUDGET_STEPS_DEFAULT)
    .option(
      '--time-cap <seconds>',
      'start nothing more after so long',
      wholeNumber(TIME_CAP_S_MAX),
      TIME_CAP_MS_DEFAULT / 1000,
    )
    .action(async (options) => (await import('./check.ts')).check(options));

  command('simulate [scenario...]', 'runs scenarios (files or names) on a tree, or on two to compare them')
    .option('--tree <tree>', TREE, notEmpty)
    .option('--against <tree>', 'second tree: what differs from the first', notEmpty)
    .option('--jobs <n>', 'processes at a time', wholeNumber(JOBS_MAX), defaultJobs())
    .option('--workload <name>', 'run a workload (a name or a file) and tell what it costs', notEmpty)
    .option('--scale <x>', 'size of the workload, 1 being the real thing', readScale, 0.01)
    .option('--ground-truth [folder]', 'replay histories that were measured on a running kernel (default: our copy)')
    .option('--repro <file>', 'write a C program of the one scenario: the same system calls', notEmpty)
    .option('--schedules <n>', 'schedules to try of scenarios with threads', wholeNumber(LIMITS.schedulesMax))
    .option('--schedule <text>', 'replay one schedule of a scenario with threads, as a report gives it', notEmpty)
    .option('--json', 'print the runs as JSON', false)
    .action(async (scenarios, options) => {
      if (options.workload !== undefined) {
        if (scenarios.length > 0) throw new InputError('a workload is run alone: leave out the scenarios');
        await (await import('./workload.ts')).simulateWorkload(options);
      } else if (options.groundTruth === undefined) await (await import('./simulate.ts')).simulate(scenarios, options);
      else await (await import('./ground-truth.ts')).groundTruth(scenarios, options);
    });

  command('lab', 'runs designs of the reverse map in the same histories, side by side, without any kernel')
    .option('--design <name>', 'a design; may be repeated (default: all)', collect)
    .option('--option <design.name=value>', 'a choice that a design leaves open; may be repeated', collect)
    .option('--scenario <glob>', 'scenarios of such names (default: all)', notEmpty)
    .option('--workload <name>', 'a workload (a name or a file) instead', notEmpty)
    .option('--scale <x>', 'size of the workload, 1 being the real thing', readScale, 0.1)
    .option('--html <file>', 'write one HTML page with charts over scale and pictures as well', notEmpty)
    .option('--json <file>', 'write the figures as JSON as well; - prints them instead of the text', notEmpty)
    .option('--list', 'list the designs: sources, assumptions, options', false)
    .action(async (options) => (await import('./lab.ts')).lab(options));

  command('fuzz', 'searches for histories that break something, on a tree or on two, and keeps them as scenarios')
    .option('--tree <tree>', TREE, notEmpty)
    .option('--against <tree>', 'second tree: what breaks there only, and code that the first does not have', notEmpty)
    .option('--time <time>', 'begin nothing more after so long, such as 60s or 10m', duration)
    .option(
      '--histories <n>',
      'so many histories; the same number and seed give the same result',
      wholeNumber(HISTORIES_MAX),
    )
    .option('--seed <n>', 'of the histories', wholeNumber(SEED_MAX, 0), 1)
    .option('--output <folder>', 'write what is found there rather than print it', notEmpty)
    .option('--jobs <n>', 'processes at a time', wholeNumber(JOBS_MAX), defaultJobs())
    .action(async (options) => (await import('./fuzz.ts')).fuzzTrees(options));

  command('watch', 'follows mailing lists, reviews what touches the reverse map, and answers by policy')
    .requiredOption('--config <file>', 'lists, policies, mail server (docs/watch.md)', notEmpty)
    .option('--once', 'do what there is to do now, and end', false)
    .option('--backfill <from..to>', 'read a range that has gone by first: days (public-inbox) or numbers', notEmpty)
    .option('--list <name>', 'the list of --backfill (default: all)', notEmpty)
    .option('--status', 'print what became of each series, and end', false)
    .action(async (options) => (await import('./watch.ts')).watchLists(options));

  command('serve', 'takes webhooks, follows lists, shows pages, and reviews: the whole service on one machine')
    .option('--config <file>', 'store, address, limits, lists, GitHub App (docs/operate.md)', notEmpty)
    .action(async (options) => (await import('./serve.ts')).serveCommand(options));

  command('worker', 'reviews what is in the queue of a service')
    .option('--config <file>', 'the same as that of `rmapbot serve`', notEmpty)
    .action(async (options) => (await import('./serve.ts')).workerCommand(options));

  const queue = command('queue', 'jobs of a service');
  const jobs = (usage: string, about: string) =>
    queue.command(usage).description(about).option('--config <file>', 'that of the service', notEmpty);
  jobs('list', 'lists what waits, is at work or is parked').action(async (options) =>
    (await import('./queue.ts')).queueList(options),
  );
  jobs('retry <id>', 'tries anew what is parked or cancelled').action(async (id, options) =>
    (await import('./queue.ts')).queueRetry(id, options),
  );
  jobs('cancel <id>', 'ends what waits or is at work').action(async (id, options) =>
    (await import('./queue.ts')).queueCancel(id, options),
  );

  // For `rmapbot worker` alone: a review as a process of its own.
  root
    .command('review-job', { hidden: true })
    .copyInheritedSettings(root)
    .action(async () => (await import('./review-job.ts')).reviewJob());

  const outbox = command('outbox', 'answers that wait for approval');
  const mails = (usage: string, about: string) =>
    outbox.command(usage).description(about).option('--outbox <file>', 'the outbox', notEmpty);
  mails('list', 'lists them and what became of them').action(async (options) =>
    (await import('./outbox.ts')).outboxList(options),
  );
  mails('show <id>', 'prints the mail').action(async (id, options) =>
    (await import('./outbox.ts')).outboxShow(id, options),
  );
  mails('approve <id>', 'lets it be sent').action(async (id, options) =>
    (await import('./outbox.ts')).outboxApprove(id, options),
  );
  mails('drop <id>', 'it will not be sent')
    .option('--why <text>', 'kept with it', '')
    .action(async (id, options) => (await import('./outbox.ts')).outboxDrop(id, options));
  mails('retract <id>', 'takes back what was sent, in its thread')
    .requiredOption('--why <text>', 'told to the readers', notEmpty)
    .action(async (id, options) => (await import('./outbox.ts')).outboxRetract(id, options));
  mails('send', 'sends what is approved')
    .requiredOption('--reply-policy <file>', 'with the mail server', notEmpty)
    .action(async (options) => (await import('./outbox.ts')).outboxSend(options));

  const tree = command('tree', 'kernel trees in the cache');
  tree
    .command('get <tree>')
    .description('fetches a tree: debian:VERSION or git:REV[@URL]')
    .option('--refresh', 'fetch it even if it is there', false)
    .action(async (name, options) => (await import('./tree.ts')).treeGet(name, options));
  tree
    .command('list')
    .description('lists the trees in the cache with their sizes')
    .action(async () => (await import('./tree.ts')).treeList());
  tree
    .command('remove <tree>')
    .description('removes a tree from the cache')
    .action(async (name) => (await import('./tree.ts')).treeRemove(name));

  const rules = command('rules', 'rules: areas of the reverse map and what belongs to them');
  rules
    .command('check [folder...]')
    .description('checks our rules and yours (default: .rmapbot/rules), and that what they name exists')
    .option('--tree <tree>', 'look names up in this tree too; may be repeated', collect, [])
    .action(async (folders, options) => (await import('./rules.ts')).rulesCheck(folders, options));

  command('scenarios [text]', 'lists the scenarios: all, or those with a text or of a glob')
    .option('--family <family>', 'those of one family', notEmpty)
    .option('--area <area>', 'those that speak for an area of the rules', notEmpty)
    .option('--invariant <invariant>', 'those in whose areas an invariant is at stake', notEmpty)
    .option('--tree <tree>', 'says which of them a tree can run', notEmpty)
    .option('--json', 'print them as JSON', false)
    .action(async (text, options) => (await import('./scenarios.ts')).scenarios(text, options));

  command('explain <id>', 'what an area, an invariant, a scenario or a workload means').action(async (id) =>
    (await import('./explain.ts')).explain(id),
  );

  command('doctor', 'says what of a tree can be built and run here')
    .option('--tree <tree>', TREE, notEmpty)
    .option('--jobs <n>', 'processes at a time', wholeNumber(JOBS_MAX), defaultJobs())
    .action(async (options) => (await import('./doctor.ts')).doctor(options));

  command('demo', 'writes an example series with a subtle bug, reviews it and shows the report')
    .option('--tree <tree>', TREE, notEmpty)
    .option('--jobs <n>', 'processes at a time', wholeNumber(JOBS_MAX), defaultJobs())
    .action(async (options) => (await import('./demo.ts')).demo(options));
  return root;
}

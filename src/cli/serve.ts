// SPDX-License-Identifier: GPL-2.0-or-later
// `rmapbot serve` and `rmapbot worker`. What needs the network is fetched by the worker; the review itself runs in a
// process of its own, in a box, with nothing but its cache.
import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheRoot } from '../cache-dir.ts';
import { BUDGET_STEPS_DEFAULT, TIME_CAP_MS_DEFAULT } from '../review/limits.ts';
import type { Library } from '../series/values.ts';
import { readServiceConfig, type ServiceConfig } from '../service/config.ts';
import { codeRoot, nodeFolders } from '../service/isolation/box.ts';
import { openLog } from '../service/log.ts';
import { needed } from '../service/secrets.ts';
import { type GithubPart, runWorker, type ServicePorts, serve } from '../service/service.ts';
import { libraryOf } from '../sources/library.ts';
import { openTree } from '../tree/index.ts';
import type { SourceTree } from '../tree/values.ts';
import { readConfig, watch } from '../watch/index.ts';
import { ours } from './ours.ts';
import { prepare } from './review.ts';
import { type Cell, type JobRequest, reviewInCell } from './review-job.ts';
import { toolVersion } from './version.ts';
import { untilSignal } from './workspace.ts';

/** Until a signal. Throws InputError for the configuration. */
export async function serveCommand({ config: path }: { config?: string }): Promise<void> {
  const config = await readServiceConfig(path);
  const lists = config.watch === undefined ? undefined : await readConfig(config.watch);
  const ports = await portsOf(config, true);
  const run: ServicePorts['watch'] = lists && ((watchPorts, signal) => watch(lists, watchPorts, { signal }));
  await serve(config, { ...ports, watch: run }, untilSignal());
  // A watcher may be in the middle of something: its state is made for that.
  process.exit();
}

/** Until a signal. */
export async function workerCommand({ config: path }: { config?: string }): Promise<void> {
  const config = await readServiceConfig(path);
  await runWorker(config, await portsOf(config, false), untilSignal());
  process.exit();
}

async function portsOf(config: ServiceConfig, webhooks: boolean): Promise<ServicePorts> {
  const { jobs, budget = BUDGET_STEPS_DEFAULT, timeCap = TIME_CAP_MS_DEFAULT / 1000, tree } = config.review;
  const share = Math.max(1, Math.floor(availableParallelism() / Math.max(1, config.workers)));
  const usual = { jobs: jobs ?? share, budget, timeCap };
  const chosen = tree === undefined ? {} : { tree };
  const inCell = (request: JobRequest, isolation: Cell['isolation'], signal: AbortSignal) =>
    reviewInCell(request, cellFor(config, request.ready.tree, isolation, signal));
  const log = openLog(config.logLevel);
  return {
    log,
    version: toolVersion(),
    reviewSeries: (isolation) => async (wish, signal) => {
      const { assembly, series, archive, areas, scenarios, base } = wish;
      const library = archive === undefined ? undefined : await ours(libraryOf('-', { archive }));
      const patient: Library | undefined = library && { ...library, thread: (id) => ours(library.thread(id)) };
      if (tree !== undefined) await ours(openTree(tree, { cwd: process.cwd() }));
      const ready = await prepare(assembly, series.id, { ...chosen, ...given({ base }) }, patient);
      const options = { ...usual, ...given({ areas, scenarios, base }), previous: true };
      return inCell({ assembly, which: series.id, ready, ...options }, isolation, signal);
    },
    reviewPullRequest: (isolation) => async (wish, signal) => {
      const {
        series,
        tree: source,
        areas,
        scenarios,
        budget: work = budget,
        timeCap: cap = timeCap,
        notes = [],
      } = wish;
      const ready = { tree: source, needs: { [series.id]: { found: [], missing: [] } } };
      const options = { ...usual, budget: work, timeCap: cap, ...given({ areas, scenarios }), previous: false };
      const assembly = { series: [series], warnings: notes };
      return inCell({ assembly, which: series.id, ready, ...options }, isolation, signal);
    },
    github: config.github && (await githubPart(config.github, webhooks, (line) => log.info({ part: 'github' }, line))),
  };
}

async function githubPart(
  { appId, apiUrl, path }: NonNullable<ServiceConfig['github']>,
  webhooks: boolean,
  log: (line: string) => void,
): Promise<GithubPart> {
  const { abandonJob, githubAccess, runGithubJob } = await import('../github/index.ts');
  const privateKey = needed('RMAPBOT_GITHUB_PRIVATE_KEY', 'github');
  const access = githubAccess({ auth: { appId, privateKey }, ...given({ apiUrl }) });
  const settings = { cacheRoot: cacheRoot() };
  const part: GithubPart = {
    access,
    room: {
      run: (job, at, ports, signal) => runGithubJob(job, at, ports, signal, settings),
      abandon: abandonJob,
    },
  };
  if (!webhooks) return part;
  const webhookSecret = needed('RMAPBOT_GITHUB_WEBHOOK_SECRET', 'github');
  part.webhooks = async (port) => {
    const { githubWebhooks } = await import('../github/app.ts');
    return githubWebhooks({ appId, privateKey, webhookSecret, ...given({ apiUrl, path }) }, port, log);
  };
  return part;
}

function cellFor(
  { limits, scratch }: ServiceConfig,
  { root, origin }: SourceTree,
  isolation: Cell['isolation'],
  signal: AbortSignal,
): Cell {
  const cache = cacheRoot();
  mkdirSync(cache, { recursive: true });
  const git = origin?.kind === 'checkout' ? [origin.gitDir] : [];
  const outside = [root, ...git].filter((path) => !path.startsWith(`${cache}/`));
  const code = codeRoot(fileURLToPath(new URL('../..', import.meta.url)));
  return {
    isolation,
    temporary: scratch,
    limits,
    signal,
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', XDG_CACHE_HOME: dirname(cache), LC_ALL: 'C.UTF-8' },
    places: { writable: [cache], readable: [code, ...nodeFolders(), ...outside] },
  };
}

/** Without the fields that are undefined. */
function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}

// SPDX-License-Identifier: GPL-2.0-or-later
// Debian's package manager, used to download one package and nothing else: nothing is installed, the machine's own
// lists are read but never changed, no package script runs. In: a package name, suites. Out: a .deb that apt verified.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../errors.ts';
import { DiskFullError, saysDiskFull, TreeGoneError } from './errors.ts';
import { LIMITS } from './limits.ts';
import type { Progress } from './values.ts';

/** Debian's archive keys, where its keyring package puts them (the second name since trixie). */
const KEYRINGS = ['/usr/share/keyrings/debian-archive-keyring.gpg', '/usr/share/keyrings/debian-archive-keyring.pgp'];

interface Source {
  uri: string;
  suite: string;
}

/**
 * Downloads a package to `folder` and gives the file's path. First as the machine's lists know it, then with fresh
 * lists of our own: the machine's Debian sources, and `suites` from the mirror that those name (`machineFirst`: in
 * this order).
 * Throws InputError where there is no apt or no Debian source, TreeGoneError where no suite has the package.
 */
export async function downloadPackage(
  name: string,
  folder: string,
  options: { suites: readonly string[]; machineFirst: boolean; say: Progress },
): Promise<string> {
  const { say } = options;
  const help = 'give the path of a kernel source, or a name such as git:v6.12';
  if ((await run('apt-get', ['--version'])) === undefined) {
    throw new InputError(`debian: trees come by apt, and this machine has none; ${help}`);
  }
  const known = await offered(name, []);
  if (known !== undefined) {
    const file = await fetchPackage(name, folder, [], known, say);
    if (file !== undefined) return file;
  }
  const sources = await debianSources();
  const mirror = sources[0];
  const keyring = KEYRINGS.find((file) => existsSync(file));
  if (!mirror || !keyring)
    throw new InputError(`this machine's apt names no Debian mirror to fetch ${name} from; ${help}`);
  const wider = options.suites.map((suite) => ({ uri: mirror.uri, suite }));
  for (const round of options.machineFirst ? [sources, wider] : [wider, sources]) {
    const own = await ownLists(join(folder, `apt-${round === wider ? 'suites' : 'machine'}`), round, keyring);
    say(`asking ${[...new Set(round.map((source) => source.suite))].join(', ')} for ${name}`);
    const updated = await run('apt-get', ['update', ...own]);
    if (updated?.code !== 0) throw new Error(`apt-get update failed: ${words(updated?.stderr)}`);
    const offer = await offered(name, own);
    const file = offer && (await fetchPackage(name, folder, own, offer, say));
    if (file !== undefined) return file;
  }
  throw new TreeGoneError(
    `Debian does not offer ${name} any more, or not yet (asked ${mirror.suite}, ${options.suites.join(', ')})`,
  );
}

/** Options that give apt sources, lists and caches of our own in `folder`. */
async function ownLists(folder: string, sources: readonly Source[], keyring: string): Promise<string[]> {
  await mkdir(join(folder, 'lists', 'partial'), { recursive: true });
  await mkdir(join(folder, 'cache', 'archives', 'partial'), { recursive: true });
  const lines = sources.map(({ uri, suite }) => `deb [signed-by=${keyring}] ${uri} ${suite} main\n`);
  await writeFile(join(folder, 'sources.list'), lines.join(''));
  return [
    ['Dir::Etc::sourcelist', join(folder, 'sources.list')],
    ['Dir::Etc::sourceparts', '-'],
    ['Dir::State::Lists', join(folder, 'lists')],
    ['Dir::Cache', join(folder, 'cache')],
    ['Acquire::Languages', 'none'],
  ].flatMap(([key, value]) => ['-o', `${key}=${value}`]);
}

interface Offer {
  version: string;
  bytes: number;
}

/** What apt would download; undefined where its lists do not know the package. */
async function offered(name: string, own: string[]): Promise<Offer | undefined> {
  const result = await run('apt-get', ['download', '--print-uris', ...own, '--', name]);
  const match = /^'[^']*' (\S+)_([^_\s]+)_\S+\.deb (\d+) \S+/m.exec(result?.code === 0 ? result.stdout : '');
  if (match?.[1] !== name) return undefined;
  return { version: decodeURIComponent(match[2] ?? ''), bytes: Number(match[3]) };
}

/** Downloads what was offered; undefined where the mirror no longer has it (the lists are old). */
async function fetchPackage(
  name: string,
  folder: string,
  own: string[],
  offer: Offer,
  say: Progress,
): Promise<string | undefined> {
  const what = `downloading ${name} ${offer.version}, ${Math.ceil(offer.bytes / 1024 / 1024)} MiB`;
  say(what);
  const watch = setInterval(() => say(`${what}: ${percentThere(name, folder, offer.bytes)} %`), 1000);
  const download = ['download', '-q=2', ...own, '--', name];
  const result = await run('apt-get', download, folder).finally(() => clearInterval(watch));
  if (saysDiskFull(result?.stderr ?? '')) throw new DiskFullError();
  const file = (await readdir(folder)).find((item) => item.startsWith(`${name}_`) && item.endsWith('.deb'));
  if (result?.code === 0 && file !== undefined) return join(folder, file);
  if (own.length > 0) throw new Error(`apt-get download failed: ${words(result?.stderr)}`);
  return undefined;
}

/** How much of a file that apt is writing is there already. */
function percentThere(name: string, folder: string, bytes: number): number {
  const file = readdirSync(folder).find((item) => item.startsWith(`${name}_`));
  const size = file === undefined ? undefined : statSync(join(folder, file), { throwIfNoEntry: false })?.size;
  return Math.min(100, Math.floor(((size ?? 0) / bytes) * 100));
}

/** The machine's own Debian sources, the main archive first. */
async function debianSources(): Promise<Source[]> {
  const format = '$(CREATED_BY)|$(COMPONENT)|$(REPO_URI)|$(RELEASE)|$(ORIGIN)';
  const listed = await run('apt-get', ['indextargets', '--format', format]);
  const bare = await run('apt-get', ['indextargets', '--no-release-info', '--format', format]);
  const codename = /^VERSION_CODENAME="?([a-z]+)/m.exec(osRelease())?.[1];
  const found = new Map<string, Source>();
  for (const line of `${listed?.stdout ?? ''}\n${bare?.stdout ?? ''}`.split('\n')) {
    const [kind, component, uri = '', suite = '', origin] = line.split('|');
    if (kind !== 'Packages' || component !== 'main') continue;
    if (!/^(https?|file|mirror\+[a-z]+):\/[\w./:%~+-]+$/.test(uri) || !/^[a-z][a-z0-9-]*$/.test(suite)) continue;
    // Lists never fetched have no Origin yet: the release's own name tells Debian from its neighbours then.
    const isDebian = origin === 'Debian' || (codename !== undefined && suite.split('-')[0] === codename);
    if (isDebian) found.set(`${uri} ${suite}`, { uri, suite });
  }
  return [...found.values()].sort((a, b) => Number(a.suite.includes('-')) - Number(b.suite.includes('-')));
}

function osRelease(): string {
  try {
    return readFileSync('/etc/os-release', 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** Runs a program of apt; undefined where the machine does not have it. */
async function run(
  program: string,
  args: string[],
  cwd = '/',
): Promise<{ code: number; stdout: string; stderr: string } | undefined> {
  // Root's cache may be closed to the user "_apt" that apt downloads as: then it downloads as root, as it would anyway.
  const sandbox = process.getuid?.() === 0 ? ['-o', 'APT::Sandbox::User=root'] : [];
  const child = spawn(program, [...sandbox, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' ? resolve(undefined) : reject(error),
    );
    child.once('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
}

/** Apt's words, shortened to its errors. */
function words(stderr = ''): string {
  const lines = stderr.split('\n').filter((line) => /^[EW]: /.test(line));
  return (lines.join(' ') || stderr.trim()).slice(0, LIMITS.messageCharsMax);
}

// SPDX-License-Identifier: GPL-2.0-or-later
// A box around a job's process, by bubblewrap: namespaces of its own for everything, no network, an empty environment;
// of the machine it sees programs and libraries, our own code, the trees, the cache and a scratch folder.
import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { dirname, sep } from 'node:path';
import { InputError } from '../../errors.ts';

export interface Places {
  /** Written: the scratch folder, the cache. */
  writable: readonly string[];
  /** Read only: our code, trees outside the cache. */
  readable: readonly string[];
}

export type Isolation = 'bubblewrap' | 'none';

/** Programs and libraries, on systems with /usr merged and without. */
const SYSTEM = [
  '/usr',
  '/bin',
  '/sbin',
  '/lib',
  '/lib64',
  '/lib32',
  '/etc/ld.so.cache',
  '/etc/localtime',
  '/etc/alternatives',
];

/** What this host can do. `auto` takes what there is; asking for bubblewrap where it does not work is an InputError. */
export function isolationOf(wish: 'auto' | Isolation): { isolation: Isolation; why: string } {
  if (wish === 'none') return { isolation: 'none', why: 'as configured' };
  const probe = spawnSync('bwrap', [...boxed({ writable: [], readable: [] }), 'true'], { timeout: 10_000 });
  if (probe.status === 0) return { isolation: 'bubblewrap', why: 'it works here' };
  const [said = ''] = String(probe.stderr ?? '')
    .trim()
    .split('\n');
  const why = probe.error ? `bwrap cannot be started (${probe.error.message})` : `bwrap does not work here: ${said}`;
  if (wish === 'bubblewrap') throw new InputError(`isolation: ${why}`);
  return { isolation: 'none', why };
}

/** The arguments of bwrap before the command. */
export function boxed({ writable, readable }: Places): string[] {
  const bind = (how: string, paths: readonly string[]) => paths.flatMap((path) => [how, path, path]);
  return [
    '--unshare-all',
    '--die-with-parent',
    '--new-session',
    '--clearenv',
    ...bind(
      '--ro-bind',
      SYSTEM.filter((path) => existsSync(path)),
    ),
    ...['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp'],
    ...bind('--ro-bind', readable),
    ...bind('--bind', writable),
    ...['--cap-drop', 'ALL'],
  ];
}

/** The folder that holds some code of ours and all that it imports: above the outermost node_modules, if it is in one. */
export function codeRoot(packageRoot: string): string {
  const real = realpathSync(packageRoot);
  const at = real.indexOf(`${sep}node_modules${sep}`);
  return at < 0 ? real : real.slice(0, at + `${sep}node_modules`.length);
}

/** The folder of the Node that runs us, where it is not among the system's. */
export function nodeFolders(): string[] {
  const folder = dirname(realpathSync(process.execPath));
  return folder.startsWith('/usr/') ? [] : [folder];
}

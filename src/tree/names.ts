// SPDX-License-Identifier: GPL-2.0-or-later
// What a user may write for a tree: a path, "debian:6.12", "git:REV" or "git:REV@URL". In: text. Out: what it names.
import { InputError } from '../errors.ts';
import { printable } from './paths.ts';

/** The tree used where none is named and the current folder is none. */
export const DEFAULT_TREE = 'debian:6.12';

/** Debian's trees that the tests run on; other versions are tried as asked. */
export const DEBIAN_TREES = ['debian:6.1', 'debian:6.12', 'debian:7.2', 'debian:7.3'] as const;

/** Where "git:REV" without a URL is fetched from if the current folder does not have the revision. */
export const UPSTREAM = 'https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git';

export type TreeName =
  | { kind: 'path'; path: string }
  | { kind: 'debian'; version: string }
  | { kind: 'git'; rev: string; url?: string };

const HTTPS = /^https:\/\/[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250})(?::\d{1,5})?(?:\/[A-Za-z0-9_~+][A-Za-z0-9._~+-]*)+\/?$/;
const FILE = /^file:\/\/(?:\/[A-Za-z0-9._~+ -]+)+\/?$/;

/** Reads a tree's name. Throws InputError where it has a known scheme and is malformed. */
export function parseTreeName(spec: string): TreeName {
  if (spec.startsWith('debian:')) {
    const version = spec.slice('debian:'.length);
    if (!/^\d{1,2}\.\d{1,3}$/.test(version)) {
      throw new InputError(`${printable(spec)}: expected a version, as in ${DEBIAN_TREES.join(', ')}`);
    }
    return { kind: 'debian', version };
  }
  if (spec.startsWith('git:')) {
    const [rev = '', ...rest] = spec.slice('git:'.length).split('@');
    if (!isRevision(rev))
      throw new InputError(`${printable(spec)}: not a revision that we accept (tag, branch or commit)`);
    const url = rest.length === 0 ? undefined : rest.join('@');
    if (url !== undefined && transportOf(url) === undefined) {
      throw new InputError(`${printable(spec)}: the repository must be an https:// or file:// URL or a path`);
    }
    return url === undefined ? { kind: 'git', rev } : { kind: 'git', rev, url };
  }
  if (spec === '' || spec.includes('\0')) throw new InputError('the name of the tree is empty or has a NUL character');
  return { kind: 'path', path: spec };
}

/** Whether a revision is one that we hand to git: a name or object id, with ~N and ^N behind it. */
export function isRevision(rev: string): boolean {
  return (
    /^[0-9A-Za-z][0-9A-Za-z._/+-]{0,199}(?:[~^]\d{0,4}){0,8}$/.test(rev) && !/\.\.|\/\/|\.lock(\/|$)|[./]$/.test(rev)
  );
}

/** How a repository is reached; undefined for every form that we do not accept (http, ssh, ext::, options). */
export function transportOf(url: string): 'https' | 'file' | 'path' | undefined {
  if (HTTPS.test(url) && !url.includes('/../')) return 'https';
  if (FILE.test(url) && !url.includes('/../')) return 'file';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/^\.{0,2}\//.test(url) && !/[\u0000-\u001f]/.test(url)) return 'path';
  return undefined;
}

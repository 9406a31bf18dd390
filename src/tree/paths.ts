// SPDX-License-Identifier: GPL-2.0-or-later
// Which path names we accept from archives, commits and patches, and where a symbolic link may point.
import { posix } from 'node:path';
import { LIMITS } from './limits.ts';

/** Why `path` cannot name a file of a tree, as words to follow the path; undefined where it can. */
export function pathFault(path: string): string | undefined {
  if (path === '') return 'is empty';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(path)) return 'has a control character';
  if (path.startsWith('/')) return 'is an absolute path';
  if (path.includes('\\')) return 'has a backslash';
  if (Buffer.byteLength(path) > LIMITS.pathBytesMax) return 'is too long';
  for (const part of path.split('/')) {
    if (part === '..' || part === '.') return `has a "${part}" component`;
    if (part === '') return 'has an empty component';
    // Git's own rule knows more spellings (HFS, NTFS); these are the ones worth words of their own.
    if (/^\.git[ .]*$/i.test(part) || /^git~\d+$/i.test(part)) return 'has a ".git" component';
  }
  return undefined;
}

/** A path that came from a stranger, fit to be printed in a message. */
export function printable(path: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
  const clean = path.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
  return clean.length > 120 ? `${clean.slice(0, 117)}...` : clean;
}

/** Whether a symbolic link at `path` with this target stays inside its tree, as far as names can tell. */
export function linkStaysInside(path: string, target: string): boolean {
  if (target === '' || target.startsWith('/') || target.includes('\\') || target.includes('\0')) return false;
  const resolved = posix.normalize(posix.join(posix.dirname(path), target));
  return resolved !== '..' && !resolved.startsWith('../');
}

/** The folders above a path, outermost first: "a/b/c" gives "a", "a/b". */
export function parentsOf(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('/'));
}

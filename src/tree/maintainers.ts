// SPDX-License-Identifier: GPL-2.0-or-later
// MAINTAINERS (its own head explains the form): which git tree the files of a series go through. In: its text, paths.
// Out: the `T:` of the section that is most precise about them. Nothing that stands there is ever contacted.
import { LIMITS } from './limits.ts';

export interface MaintainersTree {
  /** Title of the section. */
  section: string;
  url: string;
  branch?: string;
}

interface Section {
  title: string;
  files: string[];
  excluded: string[];
  tree?: Omit<MaintainersTree, 'section'>;
}

/**
 * Of the sections that have a git tree: the one that covers most of the paths, and among equals the one whose pattern is
 * the deepest, as get_maintainer orders them. Undefined where none covers any.
 */
export function maintainersTree(text: string, paths: readonly string[]): MaintainersTree | undefined {
  let best: { found: MaintainersTree; covered: number; depth: number } | undefined;
  const some = paths.slice(0, LIMITS.maintainersPathsMax);
  for (const section of sections(text)) {
    if (!section.tree || section.title === 'THE REST') continue;
    const depths = some.flatMap((path) => depthOf(section, path) ?? []);
    const depth = Math.max(0, ...depths);
    const covered = depths.length;
    if (covered === 0 || (best && (covered < best.covered || (covered === best.covered && depth <= best.depth))))
      continue;
    best = { found: { section: section.title, ...section.tree }, covered, depth };
  }
  return best?.found;
}

/** Repositories by what they are, however they are reached: "git.kernel.org/pub/scm/linux/kernel/git/akpm/mm". */
export function repositoryKey(url: string): string | undefined {
  const match =
    /^(?:(?:https?|git|ssh):\/\/(?:[^@/\s]+@)?([A-Za-z0-9.-]+)(?::\d+)?\/|(?:[^@/\s]+@)?([A-Za-z0-9.-]+):)([^\s?#]+)$/.exec(
      url,
    );
  if (!match) return undefined;
  const host = (match[1] ?? match[2] ?? '').toLowerCase();
  const path = (match[3] ?? '')
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
    .replace(/^\/+/, '');
  // One server by its names: for writing, and a mirror with the same paths.
  const same = /^(gitolite\.kernel\.org|kernel\.googlesource\.com)$/.test(host) ? 'git.kernel.org' : host;
  return `${same}/${path}`;
}

function* sections(text: string): Generator<Section> {
  let open: Section | undefined;
  let title = '';
  for (const line of text.split('\n')) {
    const entry = /^([A-Z]):\s*(\S.*?)\s*$/.exec(line);
    if (!entry) {
      if (open) yield open;
      open = undefined;
      title = line.trim() || title;
      continue;
    }
    open ??= { title, files: [], excluded: [] };
    const [, kind, value = ''] = entry;
    if (kind === 'F') open.files.push(value);
    else if (kind === 'X') open.excluded.push(value);
    else if (kind === 'T' && !open.tree) {
      const [, url = '', branch] = /^(?:git:?\s+)?((?:git|https?|ssh):\/\/\S+)(?:\s+([\w./-]+))?/.exec(value) ?? [];
      if (url !== '') open.tree = branch === undefined ? { url } : { url, branch };
    }
  }
  if (open) yield open;
}

/** Folders in the deepest pattern of a section that covers the path; undefined where none does. */
function depthOf({ files, excluded }: Section, path: string): number | undefined {
  const depths = files
    .filter((pattern) => covers(pattern, path))
    .map((pattern) => pattern.split('/').filter(Boolean).length);
  return depths.length === 0 || excluded.some((pattern) => covers(pattern, path)) ? undefined : Math.max(...depths);
}

/** "dir/": everything below; "dir/*": files in it, not below; "**": any depth. */
function covers(pattern: string, path: string): boolean {
  const wildcards = pattern.match(/[*?]/g)?.length ?? 0;
  if (wildcards === 0)
    return pattern.endsWith('/') ? path.startsWith(pattern) : path === pattern || path.startsWith(`${pattern}/`);
  // More than any real pattern has would make matching slow.
  if (wildcards > LIMITS.wildcardsMax) return false;
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*\*|\*|\?/g, (mark) => (mark === '**' ? '.*' : mark === '*' ? '[^/]*' : '[^/]'));
  return new RegExp(`^${source}${pattern.endsWith('/') ? '' : '$'}`).test(path);
}

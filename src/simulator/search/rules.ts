// SPDX-License-Identifier: GPL-2.0-or-later
// When the kernel must do what it is asked, by the documented meaning of the calls (mmap(2), mremap(2), madvise(2),
// ioctl_userfaultfd(2)) where that is the same on every tree.
import type { Action, FileDeclaration } from '../grammar/values.ts';
import type { Page } from './model.ts';

export function isReadable(page: Page): boolean {
  return page.prot !== 'none' && inObject(page);
}

export function isWritable(page: Page): boolean {
  return page.prot.includes('w') && inObject(page);
}

function inObject({ object, objectPage, objectPages }: Page): boolean {
  return object === '' || objectPage < objectPages;
}

const isAnon = ({ source, shared }: Page): boolean => source === 'anon' && !shared;

const ofOnePiece = (pages: readonly Page[]): boolean => pages.every(({ piece }) => piece === pages[0]?.piece);

/** Shared anonymous memory and /dev/zero have no pages beyond what was mapped first. */
export function allowsMap(
  { pages, offset, flags, source, beside }: Extract<Action, { op: 'mmap' }>,
  file: FileDeclaration | undefined,
  taken: (page: number) => boolean,
): boolean {
  if (beside !== undefined || flags.includes('growsdown')) return false;
  if ('name' in source) {
    if (file === undefined || offset + pages > file.pages) return false;
  } else if (offset !== 0) return false;
  if (flags.includes('fixed')) return true;
  for (let i = 0; i < pages; i++) if (taken(i)) return false;
  return true;
}

export function allowsAdvice(advice: string, pages: readonly Page[]): boolean {
  const unlocked = pages.every(({ locked }) => !locked);
  switch (advice) {
    case 'dontneed':
    case 'cold':
      return unlocked;
    case 'pageout':
      // Of files only their owner may ask for it, and the machine has no owners.
      return unlocked && pages.every(({ object }) => object === '');
    case 'free':
      return unlocked && pages.every(isAnon);
    case 'wipeonfork':
      return pages.every(isAnon);
    case 'populate-read':
      return pages.every(isReadable);
    case 'populate-write':
      return pages.every((page) => isWritable(page) && isReadable(page));
    case 'hugepage':
      return pages.every(isAnon);
    case 'dontfork':
    case 'dofork':
    case 'keeponfork':
    case 'mergeable':
    case 'unmergeable':
    case 'dontdump':
    case 'dodump':
    case 'random':
    case 'normal':
      return true;
    default:
      return false;
  }
}

/** One VMA, for certain: older trees move no more at once. Contents that may go at any time stay where they are. */
export function allowsMove(
  { to: moves, dontunmap }: Extract<Action, { op: 'mremap' }>,
  pages: readonly Page[],
  where: { first: number; to: number; size: number; free: (key: number) => boolean },
): boolean {
  const { first, to, size, free } = where;
  const count = pages.length;
  const last = pages[count - 1];
  if (last === undefined || !ofOnePiece(pages)) return false;
  if (size > count) {
    const anon = isAnon(last);
    if (
      last.locked ||
      (!anon && (last.object === '' || last.shared || last.objectPage + size - count >= last.objectPages))
    )
      return false;
  }
  if (moves === undefined) {
    if (size === count || dontunmap) return false;
    for (let i = count; i < size; i++) if (!free(first + i)) return false;
    return true;
  }
  if (to < first + count && first < to + size) return false;
  return !dontunmap || (size === count && pages.every((page) => isAnon(page) && !page.locked));
}

/** UFFDIO_MOVE takes folios that are this process's alone; both want nothing at the target. */
export function allowsFill(op: 'uffd-move' | 'uffd-copy', pages: readonly Page[], targets: readonly Page[]): boolean {
  const empty = targets.every((page) => isAnon(page) && !page.touched && page.prot === 'rw' && plain(page));
  if (!empty || !ofOnePiece(targets) || targets.some((page) => pages.includes(page))) return false;
  if (op === 'uffd-copy') return pages.every((page) => isReadable(page) && !page.freed);
  return (
    ofOnePiece(pages) &&
    pages.every((page) => isAnon(page) && page.exclusive && page.present && page.prot === 'rw' && plain(page))
  );
}

const plain = ({ locked, huge, mergeable, wipeOnFork, dontFork }: Page): boolean =>
  !locked && !huge && !mergeable && !wipeOnFork && !dontFork;

/** In: the pages named, and all pages of all processes. */
export function allowsFolioStep(op: string, pages: readonly Page[], everywhere: readonly Page[]): boolean {
  if (!pages.every(({ present, freed }) => present && !freed)) return false;
  if (op === 'referenced') return true;
  if (op !== 'migrate' && op !== 'reclaim' && op !== 'swapout') return false;
  if (!pages.every(({ own }) => own !== 0)) return false;
  if (op === 'migrate') return true;
  if (pages.some(({ lazy }) => lazy)) return false;
  // Locked anywhere, a folio stays; of a large or merged one it is not known who has it.
  if (everywhere.some(({ locked }) => locked) || pages.some(({ huge, mergeable }) => huge || mergeable)) return false;
  // The same folio twice: it is gone when its second turn comes.
  return new Set(pages.map(({ own }) => own)).size === pages.length;
}

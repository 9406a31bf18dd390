// SPDX-License-Identifier: GPL-2.0-or-later
// One step -> the calls of the C program's helpers that do it, and the helpers that this takes.
import { pagesIn } from '../../simulator/execute.ts';
import type { Action, FileDeclaration, PageRange } from '../../simulator/grammar/values.ts';
import { ADVICE, PROT } from '../../simulator/grammar/words.ts';
import { PAGE_SIZE } from '../../simulator/limits.ts';
import type { Expectation } from '../../simulator/memory-model.ts';
import type { DryStep, PageAccess } from './dry-run.ts';

/** Parts of the harness beside its core. */
export type Section =
  | 'vfork'
  | 'exec'
  | 'pageout'
  | 'migrate'
  | 'idle'
  | 'split'
  | 'poison'
  | 'uffd'
  | 'sysfs'
  | 'settings'
  | 'ksm'
  | 'shrink'
  | 'medium';

export interface Statements {
  lines: string[];
  sections: Section[];
  /** What the host must have, as calls of the harness. */
  needs: string[];
}

const PROTECTION = ['PROT_READ', 'PROT_WRITE', 'PROT_EXEC'];
const NONE: Statements = { lines: [], sections: [], needs: [] };

/** A protection word as C. */
export function protection(word: string): string {
  const bits = PROT[word] ?? 0;
  const names = PROTECTION.filter((_, i) => (bits >> i) & 1);
  return names.length === 0 ? 'PROT_NONE' : names.join(' | ');
}

/** In: an action, its pages as the dry run saw them, and numbers of processes and files. */
export function statementsOf(
  action: Exclude<Action, { op: 'walk' | 'exit' }>,
  { pages, at }: DryStep,
  fails: string | undefined,
  names: { process: (name: string) => number; files: readonly FileDeclaration[]; whole: (region: string) => number },
): Statements {
  const error = fails ?? '0';
  const place = (region: string, page: number): string => (page < 0 ? hex(at(region, page)) : `IN_${region}(${page})`);
  const range = (given: PageRange | undefined, region: string): [string, number] => [
    place(region, given?.first ?? 0),
    given?.count ?? names.whole(region),
  ];
  const call = (name: string, ...args: (string | number)[]): string => `${name}(${args.join(', ')});`;
  switch (action.op) {
    case 'fork':
      return { ...NONE, lines: [call('born', names.process(action.child))] };
    case 'vfork':
      return { ...NONE, lines: [call('borrowed', names.process(action.child))], sections: ['vfork'] };
    case 'exec':
      return { ...NONE, lines: ['become_new();'], sections: ['exec'] };
    case 'mmap': {
      const { source, flags, share, offset } = action;
      const words = [
        share === 'shared' ? 'MAP_SHARED' : 'MAP_PRIVATE',
        flags.includes('fixed') ? 'MAP_FIXED' : 'MAP_FIXED_NOREPLACE',
        ...(source.kind === 'anon' ? ['MAP_ANONYMOUS'] : []),
        ...(flags.includes('populate') ? ['MAP_POPULATE'] : []),
        ...(flags.includes('growsdown') ? ['MAP_GROWSDOWN'] : []),
      ];
      const file =
        source.kind === 'anon'
          ? -1
          : source.kind === 'devzero'
            ? names.files.length
            : names.files.findIndex(({ name }) => 'name' in source && name === source.name);
      const where = place(action.place.region, action.place.page);
      const line = call('map', where, action.pages, protection(action.prot), words.join(' | '), file, offset, error);
      return { ...NONE, lines: [line] };
    }
    case 'munmap':
      return { ...NONE, lines: [call('unmap', ...range(action.range, action.region), error)] };
    case 'mprotect': {
      const args = [...range(action.range, action.region), protection(action.prot), error];
      return { ...NONE, lines: [call('protect', ...args)] };
    }
    case 'mlock':
    case 'munlock': {
      const [where, count] = range(action.range, action.region);
      const name = action.op === 'mlock' ? 'lock' : 'unlock';
      return { ...NONE, lines: [call(name, where, count, error)], needs: [call('needs_lock', count)] };
    }
    case 'madvise':
      return advise(action, range(action.range, action.region), error);
    case 'mremap': {
      const [where, count] = range(action.range, action.region);
      const flags = [
        ...(action.to ? ['MREMAP_MAYMOVE', 'MREMAP_FIXED'] : []),
        ...(action.dontunmap ? ['MREMAP_DONTUNMAP'] : []),
      ];
      const to = action.to ? place(action.to.region, action.to.page) : '0';
      const size = action.pages ?? count;
      return { ...NONE, lines: [call('move', where, count, size, flags.join(' | ') || '0', to, error)] };
    }
    case 'uffd-move':
    case 'uffd-copy': {
      const [where, count] = range(action.range, action.region);
      const moves = action.op === 'uffd-move' ? 1 : 0;
      const to = place(action.to.region, action.to.page);
      const needs = [`if (!shared->skipped && open_uffd(${moves}) < 0)`, '\tskip("userfaultfd cannot do this here");'];
      return { lines: [call('fill', moves, where, count, to, error)], sections: ['uffd'], needs };
    }
    case 'write':
    case 'read':
      return { ...NONE, lines: accesses(pages, action, place, fails) };
    case 'migrate':
      return folios(action, place, 'migrate_pages_of', 'migrate', [
        'if (!has_nodes())',
        '\tskip("there is one memory node: pages cannot migrate");',
      ]);
    case 'reclaim':
      return folios(action, place, 'page_out', 'pageout', NEEDS_SWAP);
    case 'referenced':
    case 'page-idle':
      return folios(action, place, 'make_idle', 'idle', []);
    case 'split':
      return folios(action, place, 'split_folios', 'split', []);
    case 'poison':
      return folios(action, place, 'poison', 'poison', []);
    case 'swapout':
    case 'migrate-begin':
    case 'brk':
    case 'clone':
      throw new Error('refused before');
  }
}

const NEEDS_SWAP = ['if (!has_swap())', '\tskip("there is no swap");'];

const UNSURE: Readonly<Record<string, string>> = {
  mergeable: 'needs_advice(12, 1, "KSM is not to be had here");',
  unmergeable: 'needs_advice(13, 1, "KSM is not to be had here");',
  hugepage: 'needs_advice(14, 1, "huge pages are not to be had here");',
  nohugepage: 'needs_advice(15, 1, "huge pages are not to be had here");',
  wipeonfork: 'needs_advice(18, 1, "MADV_WIPEONFORK is not to be had here");',
  keeponfork: 'needs_advice(19, 1, "MADV_KEEPONFORK is not to be had here");',
  cold: 'needs_advice(20, 1, "MADV_COLD is not to be had here");',
  pageout: 'needs_advice(21, 1, "MADV_PAGEOUT is not to be had here");',
  'guard-install': 'needs_advice(102, 1, "MADV_GUARD_INSTALL is not to be had here");',
  'guard-remove': 'needs_advice(103, 1, "MADV_GUARD_REMOVE is not to be had here");',
  'populate-read': 'needs_advice(22, 1, "MADV_POPULATE_READ is not to be had here");',
  'populate-write': 'needs_advice(23, 1, "MADV_POPULATE_WRITE is not to be had here");',
};

function advise(action: Extract<Action, { op: 'madvise' }>, range: [string, number], error: string): Statements {
  const { advice } = action;
  const [where, count] = range;
  const lines = [`advise(${where}, ${count}, ${ADVICE[advice] ?? 0} /* ${advice} */, ${error});`];
  if (advice === 'collapse') {
    // Whether memory can be collapsed now depends on what is free: no failure of the history.
    const collapse = `if (madvise((void *)${where}, ${count} * PAGE, 25))`;
    return { ...NONE, lines: error === '0' ? [collapse, '\tskip("memory does not collapse here");'] : lines };
  }
  const needs = UNSURE[advice];
  return { ...NONE, lines, needs: needs === undefined ? [] : [needs] };
}

function folios(
  { region, pages }: { region: string; pages: PageRange[] },
  place: (region: string, page: number) => string,
  helper: string,
  section: Section,
  needs: string[],
): Statements {
  return {
    lines: pages.map(({ first, count }) => `${helper}(${place(region, first)}, ${count});`),
    sections: [section],
    needs,
  };
}

/** Pages in a row whose numbers go on alike are one call. */
function accesses(
  seen: readonly PageAccess[],
  { op, region, pages }: Extract<Action, { op: 'write' | 'read' }>,
  place: (region: string, page: number) => string,
  fails: string | undefined,
): string[] {
  const numbered = [...pagesIn(pages)].map((page, i) => ({ page, access: seen[i] }));
  if (op === 'write') {
    // Written pages have ascending numbers already.
    return runsOf(
      numbered.map(({ page, access }) => ({ page, tag: access?.tag ?? 0 })),
      (a, b) => b.tag === a.tag + 1,
    ).map((run) => `put(${place(region, run[0]?.page ?? 0)}, ${run.length}, ${run[0]?.tag ?? 0}, ${fails ?? '0'});`);
  }
  return readCalls(numbered.map(({ page, access }) => ({ at: place(region, page), page, expected: access?.expected })));
}

/** Calls that read pages and compare. */
export function readCalls(pages: readonly { at: string; page: number; expected: Expectation | undefined }[]): string[] {
  const each = pages.map(({ at, page, expected }) => {
    if (expected === undefined || 'errno' in expected) return { at, page, by: -1, tag: -1, other: -1 };
    const [tag = 0, other = tag] = expected.values;
    return { at, page, by: 0, tag, other };
  });
  const calls: string[] = [];
  for (const run of runsOf(each, alike)) {
    const [first, second] = run;
    if (first === undefined) continue;
    if (first.tag < 0) calls.push(`no_access(${first.at}, ${run.length});`);
    else {
      const by = second === undefined ? 0 : second.tag - first.tag;
      calls.push(`get(${first.at}, ${run.length}, ${first.tag}, ${by}, ${first.other});`);
    }
  }
  return calls;
}

/** Equal numbers, or each one above the one before; those that may be one of two stand alone. */
function alike(a: Numbered, b: Numbered, run: readonly Numbered[]): boolean {
  if (a.tag < 0 || b.tag < 0) return a.tag === b.tag;
  if (a.other !== a.tag || b.other !== b.tag) return false;
  const step = b.tag - a.tag;
  const [first, second] = run;
  return second === undefined || first === undefined ? step === 0 || step === 1 : step === second.tag - first.tag;
}

interface Numbered {
  page: number;
  tag: number;
  other: number;
}

/** Splits pages into runs of neighbours that go together. */
function runsOf<T extends { page: number }>(
  pages: readonly T[],
  together: (a: T, b: T, run: readonly T[]) => boolean,
): T[][] {
  const runs: T[][] = [];
  for (const page of pages) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (run && last && page.page === last.page + 1 && together(last, page, run)) run.push(page);
    else runs.push([page]);
  }
  return runs;
}

export const hex = (address: number): string => `0x${address.toString(16)}UL`;

/** Page of an address. */
export const pageNumber = (address: number): number => Math.floor(address / PAGE_SIZE);

// SPDX-License-Identifier: GPL-2.0-or-later
// A Topology -> lines that are equal exactly where the shapes are: anon_vmas and folios are renamed in the order in
// which processes (by name), VMAs (by address), chains (in list order) and pages lead to them.
import type { Topology, TopologyPage, TopologyVma } from './values.ts';

/** What a measurement tells: lines of a replay leave out the rest. */
export interface Detail {
  /** Offsets, pages, numbers of VMAs and anon_vmas, not only VMAs with their chains. */
  whole: boolean;
}

/** Canonical lines; within each process in the order of addresses. */
export function linesOf(topology: Topology, detail: Detail): string[] {
  const names = new Names();
  const lines: string[] = [];
  const spaces = [...topology.spaces].sort((a, b) => (a.process < b.process ? -1 : 1));
  for (const { process, mapCount, vmas } of spaces) {
    if (detail.whole) lines.push(`${process} has ${mapCount} VMAs`);
    for (const vma of vmas) {
      lines.push(vmaLine(process, vma, names, detail));
      if (detail.whole) lines.push(...pageLines(process, vma, names));
    }
  }
  if (detail.whole) lines.push(...anonVmaLines(topology, names));
  return lines;
}

class Names {
  readonly anonVmas = new Map<string, string>();
  readonly folios = new Map<string, string>();

  anonVma(key: string): string {
    return named(this.anonVmas, key, 'AV');
  }
  folio(key: string): string {
    return named(this.folios, key, 'F');
  }
}

function named(map: Map<string, string>, key: string, prefix: string): string {
  const known = map.get(key) ?? `${prefix}${map.size + 1}`;
  map.set(key, known);
  return known;
}

function vmaLine(process: string, vma: TopologyVma, names: Names, detail: Detail): string {
  const chain = vma.chain.map((key) => names.anonVma(key)).join(' ');
  const pgoff = detail.whole ? ` pgoff ${vma.pgoff}` : '';
  const perm = detail.whole ? vma.perm : vma.perm.slice(0, 3);
  const active = vma.anonVma === undefined ? 'none' : names.anonVma(vma.anonVma);
  return `${process} ${vma.start} ${vma.pages} ${perm}${pgoff} anon_vma ${active} chain ${chain || 'empty'}`;
}

/** Pages of neighbouring addresses, folios and indices share a line. */
function pageLines(process: string, vma: TopologyVma, names: Names): string[] {
  const lines: string[] = [];
  let run: { first: TopologyPage; count: number; folio: number } | undefined;
  const flush = (): void => {
    if (run === undefined) return;
    const { first, count, folio } = run;
    const av = names.anonVma(first.anonVma);
    const pages = count === 1 ? `page ${first.page}` : `pages ${first.page}-${first.page + count - 1}`;
    lines.push(`${process} ${vma.start} ${pages}: F${folio} index ${first.index} mapcount ${first.mapcount} ${av}`);
  };
  for (const page of vma.present ?? []) {
    const folio = Number(names.folio(page.folio).slice(1));
    if (
      run !== undefined &&
      page.page === run.first.page + run.count &&
      folio === run.folio + run.count &&
      page.mapcount === run.first.mapcount &&
      page.anonVma === run.first.anonVma &&
      page.index === after(run.first.index, run.count)
    ) {
      run.count++;
      continue;
    }
    flush();
    run = { first: page, count: 1, folio };
  }
  flush();
  return lines;
}

/** "A+3" or "3", so many pages further. */
function after(index: string, pages: number): string {
  const plus = index.lastIndexOf('+');
  return `${index.slice(0, plus + 1)}${Number(index.slice(plus + 1)) + pages}`;
}

function anonVmaLines(topology: Topology, names: Names): string[] {
  const byKey = new Map((topology.anonVmas ?? []).map((anonVma) => [anonVma.name, anonVma]));
  const lines: string[] = [];
  // Ancestors without a VMA of their own get their names when a descendant names them.
  const queue = [...names.anonVmas.keys()];
  const seen = new Set(queue);
  for (let i = 0; i < queue.length; i++) {
    const anonVma = byKey.get(queue[i] ?? '');
    if (anonVma === undefined) continue;
    for (const key of [anonVma.root, anonVma.parent]) {
      if (!seen.has(key)) queue.push(key);
      seen.add(key);
    }
    const { refcount, numChildren, numActiveVmas } = anonVma;
    const [own, root, parent] = [anonVma.name, anonVma.root, anonVma.parent].map((key) => names.anonVma(key));
    const counters = `refcount ${refcount} num_children ${numChildren} num_active_vmas ${numActiveVmas}`;
    lines.push(`${own} root ${root} parent ${parent} ${counters} tree ${anonVma.tree.join(' ') || 'empty'}`);
  }
  const lost = [...byKey.keys()].filter((key) => !seen.has(key)).length;
  if (lost > 0) lines.push(`${lost} anon_vmas that no VMA leads to`);
  return lines;
}

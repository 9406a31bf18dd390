// SPDX-License-Identifier: GPL-2.0-or-later
// A world -> a picture of it. Captured after every step, as the next one may be the failing one; drawn only when it is.
import { LIMITS, PAGE_SIZE } from './limits.ts';
import type { Picture, PictureEntry, PictureFolios, PictureVma } from './picture-values.ts';
import { type FolioUse, VM, vmaPages, type World } from './world.ts';

/** A world that stays what it was though the machine goes on: everything that a picture needs has been read. */
export interface Captured {
  world: World;
  /** Chain entries of all VMAs: where they lead, and whether that anon_vma's tree has them. */
  chains: { vma: number; anonVma: number; inTree: boolean }[];
}

/** Undefined for a world that is too large to look at after every step. */
export function capture(world: World): Captured | undefined {
  if (world.vmas.size > LIMITS.pictureWorld) return undefined;
  const chains: Captured['chains'] = [];
  for (const { vma } of world.vmas.values()) {
    for (const chain of vma.chain) {
      if (!world.live('anon_vma_chain').has(chain)) continue;
      const { anonVma } = world.machine.chain(chain);
      chains.push({ vma: vma.ptr, anonVma, inTree: world.nodesOf(anonVma).has(chain) });
    }
  }
  // Read now what the world reads only when asked.
  void world.used;
  void world.anonVmas;
  world.names.anonVma(0);
  return { world, chains };
}

/** Pictures before and after a step, in the names of the world after it (of the one before it where there is none). */
export function pictures(
  before: Captured | undefined,
  after: Captured | undefined,
): { before?: Picture; after?: Picture } {
  const named = (after ?? before)?.world;
  if (named === undefined) return {};
  const artist = new Artist(named);
  const drawn = after && artist.draw(after);
  return {
    ...(before === undefined ? {} : { before: artist.draw(before) }),
    ...(drawn === undefined ? {} : { after: drawn }),
  };
}

/** Keeps the numbers of VMAs and files equal from one picture to the next. */
class Artist {
  readonly #named: World;
  readonly #vmas = new Map<number, number>();
  readonly #files = new Map<number, number>();

  constructor(named: World) {
    this.#named = named;
  }

  draw({ world, chains }: Captured): Picture {
    const all = this.#folios(world);
    const folios = all.slice(0, LIMITS.pictureFolios);
    const vmas = this.#chosenVmas(world, folios);
    const ids = new Set(vmas.map(({ id }) => id));
    const links = chains
      .map(({ vma, anonVma, inTree }) => ({ vma: this.#vma(vma), anonVma: this.#anonVma(anonVma), inTree }))
      .filter(({ vma }) => ids.has(vma));
    const wanted = new Set([
      ...folios.map(({ anchor }) => anchor),
      ...vmas.flatMap(({ anonVma }) => anonVma ?? []),
      ...links.map(({ anonVma }) => anonVma),
    ]);
    const anonVmas = [...world.anonVmas.values()]
      .map(({ ptr, root, parent, refcount }) => {
        return { name: this.#anonVma(ptr), root: this.#anonVma(root), parent: this.#anonVma(parent), refcount };
      })
      .filter(({ name }) => wanted.has(name))
      .sort((a, b) => a.name.length - b.name.length || (a.name < b.name ? -1 : 1))
      .slice(0, LIMITS.pictureAnonVmas);
    const shown = new Set(anonVmas.map(({ name }) => name));
    return {
      vmas,
      anonVmas,
      chains: links.filter(({ anonVma }) => shown.has(anonVma)),
      folios,
      omitted: {
        vmas: world.vmas.size - vmas.length,
        anonVmas: world.anonVmas.size - anonVmas.length,
        folios: count(all) - count(folios),
      },
    };
  }

  /** Those with an entry that a walk missed come first, then in the order of their numbers. */
  #folios(world: World): PictureFolios[] {
    const groups = new Map<string, PictureFolios>();
    for (const used of world.used) {
      const one = this.#folio(world, used);
      const entries = one.entries.map(({ vma, kind, visited }) => [vma, kind, visited]);
      const key = JSON.stringify([one.order, one.kind, one.anchor, entries, one.idle]);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, one);
      else {
        group.count++;
        if (group.names.length < LIMITS.pictureNames) group.names.push(...one.names);
      }
    }
    const missed = (one: PictureFolios): number => (one.entries.some(({ visited }) => visited === false) ? 0 : 1);
    return [...groups.values()].sort((a, b) => missed(a) - missed(b));
  }

  #folio(world: World, { folio, uses }: FolioUse): PictureFolios {
    const visits = world.walks.get(folio.pfn);
    const bytes = PAGE_SIZE * 2 ** folio.order;
    const all = uses.map(({ mm, mapping, vma }): PictureEntry => {
      const found = visits?.some(
        (visit) => visit.vma === vma?.ptr && visit.vaddr <= mapping.vaddr && mapping.vaddr < visit.vaddr + bytes,
      );
      return {
        ...(vma === undefined ? {} : { vma: this.#vma(vma.ptr) }),
        at: this.#named.names.at(mm, mapping.vaddr),
        kind: mapping.kind === 'migration' ? 'migration' : 'present',
        ...(found === undefined ? {} : { visited: found }),
      };
    });
    const entries = (all.length > LIMITS.pictureEntries ? oneOfEach(all) : all).slice(0, LIMITS.pictureEntries);
    const used = new Set(uses.flatMap(({ vma }) => vma?.ptr ?? []));
    const idle = (visits ?? []).filter(({ vma }) => !used.has(vma) && world.vmas.has(vma)).map(({ vma }) => vma);
    // The two lowest bits of folio->mapping tell what it points to (include/linux/page-flags.h).
    const anchor = folio.mapping - (folio.mapping % 4);
    return {
      names: [this.#named.names.folio(folio.pfn)],
      count: 1,
      order: folio.order,
      kind: folio.ksm ? 'ksm' : folio.anon ? 'anon' : 'file',
      anchor: folio.ksm ? 'stable node' : folio.anon ? this.#anonVma(anchor) : this.#file(folio.mapping),
      entries,
      idle: [...new Set(idle)].slice(0, LIMITS.pictureEntries).map((ptr) => this.#vma(ptr)),
    };
  }

  /** VMAs of the folios shown first, then the others; in the order of processes and addresses. */
  #chosenVmas(world: World, folios: PictureFolios[]): PictureVma[] {
    const wanted = new Set(
      folios.flatMap(({ entries, idle }) => [...idle, ...entries.flatMap(({ vma }) => vma ?? [])]),
    );
    const all = [...world.vmas.values()];
    const first = all.filter(({ vma }) => wanted.has(this.#vma(vma.ptr)));
    const rest = all.filter(({ vma }) => !wanted.has(this.#vma(vma.ptr)));
    const chosen = new Set([...first, ...rest].slice(0, LIMITS.pictureVmas));
    return all
      .filter((one) => chosen.has(one))
      .map(({ vma, mm }) => ({
        id: this.#vma(vma.ptr),
        space: this.#named.names.space(mm),
        from: this.#named.names.describe(vma.start),
        pages: vmaPages(vma),
        access: access(vma.flags),
        ...(vma.anonVma === 0 ? {} : { anonVma: this.#anonVma(vma.anonVma) }),
        ...(vma.mapping === 0 ? {} : { file: this.#file(vma.mapping) }),
      }));
  }

  #vma(ptr: number): number {
    return numbered(this.#vmas, ptr);
  }

  #anonVma(ptr: number): string {
    return this.#named.names.anonVma(ptr);
  }

  #file(mapping: number): string {
    return mapping === 0 ? 'no file' : `file ${numbered(this.#files, mapping)}`;
  }
}

/** Of the entries in one VMA, the first that the walk found and the first that it did not. */
function oneOfEach(entries: readonly PictureEntry[]): PictureEntry[] {
  const seen = new Set<string>();
  return entries.filter(({ vma, kind, visited }) => {
    const key = `${vma} ${kind} ${visited}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function numbered(known: Map<number, number>, key: number): number {
  const number = known.get(key) ?? known.size + 1;
  known.set(key, number);
  return number;
}

function count(groups: PictureFolios[]): number {
  return groups.reduce((sum, one) => sum + one.count, 0);
}

function access(flags: bigint): string {
  const bit = (mask: number, letter: string): string => (flags & BigInt(mask) ? letter : '-');
  return bit(VM.read, 'r') + bit(VM.write, 'w') + bit(VM.exec, 'x') + (flags & BigInt(VM.shared) ? 's' : 'p');
}

// SPDX-License-Identifier: GPL-2.0-or-later
// Names for a world's objects in a reviewer's words: "C1:A+3", "folio 2", "AV1". Numbers go by first sight in the
// order of processes and addresses, so that equal worlds get equal names whatever the pointers. Computed when asked for.
import type { VmaView } from '../machine/values.ts';
import { PAGE_SIZE } from './limits.ts';
import type { SpaceView, World } from './world.ts';

export class Names {
  readonly #world: World;
  readonly #describe: (address: number) => string;
  #folios: Map<number, number> | undefined;
  #anonVmas: Map<number, number> | undefined;

  constructor(world: World, describe: (address: number) => string) {
    this.#world = world;
    this.#describe = describe;
  }

  /** "P", "P and V" where a vfork child shares it, "a dead process" for an mm that nobody has. */
  space(mm: SpaceView): string {
    return mm.processes.length === 0 ? 'a dead process' : mm.processes.map((process) => process.name).join(' and ');
  }

  /** "A+3" */
  describe(address: number): string {
    return this.#describe(address);
  }

  /** "C1:A+3" */
  at(mm: SpaceView, address: number): string {
    return `${this.space(mm)}:${this.#describe(address)}`;
  }

  /** "C1's VMA A+0..A+7" */
  vma(vma: VmaView, mm: SpaceView): string {
    return `${this.space(mm)}'s VMA ${this.#describe(vma.start)}..${this.#describe(vma.end - PAGE_SIZE)}`;
  }

  /** A VMA by pointer, which need not be one. */
  vmaPointer(ptr: number): string {
    const known = this.#world.vmas.get(ptr);
    return known === undefined ? 'a VMA of no address space' : this.vma(known.vma, known.mm);
  }

  /** "folio 3" */
  folio(pfn: number): string {
    if (this.#folios === undefined) {
      this.#folios = new Map();
      for (const { folio } of this.#world.used) this.#folios.set(folio.pfn, this.#folios.size + 1);
    }
    return `folio ${number(this.#folios, pfn)}`;
  }

  /** "AV2" */
  anonVma(ptr: number): string {
    if (this.#anonVmas === undefined) {
      this.#anonVmas = new Map();
      const named = this.#anonVmas;
      const name = (pointer: number): void => {
        if (pointer !== 0 && !named.has(pointer)) named.set(pointer, named.size + 1);
      };
      const live = this.#world.anonVmas;
      for (const { vma } of this.#world.vmas.values()) {
        if (live.has(vma.anonVma)) name(vma.anonVma);
        for (const chain of vma.chain) {
          if (!this.#world.live('anon_vma_chain').has(chain)) continue;
          const { anonVma } = this.#world.machine.chain(chain);
          if (live.has(anonVma)) name(anonVma);
        }
      }
      for (const pointer of live.keys()) name(pointer);
    }
    return ptr === 0 ? 'none' : `AV${number(this.#anonVmas, ptr)}`;
  }
}

function number(names: Map<number, number>, key: number): number {
  let known = names.get(key);
  if (known === undefined) {
    known = names.size + 1;
    names.set(key, known);
  }
  return known;
}

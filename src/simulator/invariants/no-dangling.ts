// SPDX-License-Identifier: GPL-2.0-or-later
// no-dangling: every reference that the kernel follows leads to live memory of the right kind.

import type { VmaView } from '../../machine/values.ts';
import type { SpaceView, World } from '../world.ts';
import type { Broken, Invariant } from './values.ts';

export const noDangling: Invariant = {
  id: 'no-dangling',
  statement:
    "What a VMA's anon_vma, its chain entries both ways, the nodes of the interval trees, an anon_vma's root, its parent while its own tree has nodes, and a mapped folio's mapping lead to is live memory of the right kind.",
  exceptions: [
    'A folio that nobody maps keeps a stale mapping: the kernel trusts the word only while the folio is mapped (end of folio removal in mm/rmap.c).',
    'An anon_vma that KSM or migration holds may outlive its parent.',
  ],
  *check(world) {
    yield* folios(world);
    if (!world.has('anon_vma')) return;
    const chained = world.has('anon_vma_chain');
    for (const { vma, mm } of world.vmas.values()) {
      if (vma.anonVma !== 0 && !leadsToAnonVma(world, vma.anonVma)) {
        yield {
          shape: 'vma->anon_vma freed',
          evidence: `the anon_vma of ${world.names.vma(vma, mm)} is not a live anon_vma`,
        };
      }
      if (chained) yield* chainOf(world, vma, mm);
    }
    yield* anonVmas(world, chained);
  },
};

/** Designs that tag the word (its low bits) may lead to a VMA instead. */
function leadsToAnonVma(world: World, word: number): boolean {
  const tag = word % 8;
  if (tag === 0) return world.live('anon_vma').has(word);
  return world.live('anon_vma').has(word - tag) || world.live('vm_area_struct').has(word - tag);
}

function* folios(world: World): Iterable<Broken> {
  for (const { folio, uses } of world.used) {
    const present = uses.find((use) => use.mapping.kind === 'present');
    if (present === undefined || folio.ksm) continue;
    const what = `${world.names.folio(folio.pfn)}, mapped at ${world.names.at(present.mm, present.mapping.vaddr)},`;
    if (!folio.anon) {
      if (!world.fileMappings.has(folio.mapping)) {
        yield {
          shape: 'folio->mapping no file',
          evidence: `the mapping of ${what} is no address_space of a file in use`,
        };
      }
    } else if (world.has('anon_vma')) {
      const object = folio.mapping - (folio.mapping % 8);
      if (!world.live('anon_vma').has(object) && !world.live('vm_area_struct').has(object)) {
        yield { shape: 'folio->mapping freed', evidence: `the mapping of ${what} is not a live anon_vma` };
      }
    }
  }
}

function* chainOf(world: World, vma: VmaView, mm: SpaceView): Iterable<Broken> {
  const { machine, names } = world;
  for (const ptr of vma.chain) {
    const owner = (): string => names.vma(vma, mm);
    if (!world.live('anon_vma_chain').has(ptr)) {
      yield {
        shape: 'chain entry freed',
        evidence: `the chain of ${owner()} has an entry that is not a live anon_vma_chain`,
      };
      continue;
    }
    const chain = machine.chain(ptr);
    if (chain.vma !== vma.ptr) {
      yield {
        shape: 'chain entry of another VMA',
        evidence: `an entry in the chain of ${owner()} names ${names.vmaPointer(chain.vma)}`,
      };
    }
    const anonVma = world.anonVmas.get(chain.anonVma);
    if (anonVma === undefined) {
      yield {
        shape: 'chain entry to a freed anon_vma',
        evidence: `an entry in the chain of ${owner()} leads to no live anon_vma`,
      };
    } else if (!world.nodesOf(chain.anonVma).has(ptr)) {
      yield {
        shape: 'chain entry in no tree',
        evidence: `an entry in the chain of ${owner()} leads to ${names.anonVma(chain.anonVma)}, whose tree does not have it`,
      };
    }
  }
}

function* anonVmas(world: World, chained: boolean): Iterable<Broken> {
  const { machine, names } = world;
  for (const [ptr, anonVma] of world.anonVmas) {
    const live = world.live('anon_vma');
    if (!live.has(anonVma.root)) {
      yield { shape: 'anon_vma->root freed', evidence: `the root of ${names.anonVma(ptr)} is not a live anon_vma` };
    }
    if (anonVma.tree.length > 0 && anonVma.parent !== 0 && !live.has(anonVma.parent)) {
      yield { shape: 'anon_vma->parent freed', evidence: `the parent of ${names.anonVma(ptr)} is not a live anon_vma` };
    }
    if (!chained) continue;
    for (const node of anonVma.tree) {
      if (!world.live('anon_vma_chain').has(node.chain)) {
        yield {
          shape: 'tree node freed',
          evidence: `the tree of ${names.anonVma(ptr)} has a node that is not a live anon_vma_chain`,
        };
        continue;
      }
      const chain = machine.chain(node.chain);
      const known = world.vmas.get(chain.vma);
      if (known === undefined) {
        yield {
          shape: 'tree node of a dead VMA',
          evidence: `a node in the tree of ${names.anonVma(ptr)} names a VMA of no address space`,
        };
      } else if (!known.vma.chain.includes(node.chain)) {
        yield {
          shape: 'tree node not in the chain',
          evidence: `a node in the tree of ${names.anonVma(ptr)} names ${names.vma(known.vma, known.mm)}, whose chain does not have it`,
        };
      }
      if (chain.anonVma !== ptr) {
        yield {
          shape: 'tree node of another anon_vma',
          evidence: `a node in the tree of ${names.anonVma(ptr)} says that it belongs to ${names.anonVma(chain.anonVma)}`,
        };
      }
    }
  }
}

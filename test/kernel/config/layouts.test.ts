// SPDX-License-Identifier: GPL-2.0-or-later
// The prod configuration against the struct layouts of a running distribution-like kernel, 6.18.44 on x86-64
// (golden/measured-layouts.json: size and member offsets). What differs must be named below with the kernel change
// behind it; what is not named must be equal, member by member. task_struct is left out: it ends in the architecture's
// thread state and is half scheduler; bit fields are left out as they have no offset of their own.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { assemblyCompiler } from '../../../src/kernel/config/assembly.ts';
import { generateConfig } from '../../../src/kernel/config/generate.ts';
import type { Overlay } from '../../../src/tree/values.ts';
import { type TreeName, treeFor } from '../../support/trees.ts';

interface Measured {
  size: number;
  members: Record<string, number>;
}

interface Difference {
  why: string;
  size?: number;
  /** Members that this tree does not have. */
  gone?: string[];
  /** From this member on, in measured order, offsets differ by so much. */
  shift?: Record<string, number>;
}

const MEASURED = JSON.parse(readFileSync(new URL('./golden/measured-layouts.json', import.meta.url), 'utf8')) as Record<
  string,
  Measured
>;

const PROBE = 'mm/rmapbot_layouts.c';

/** A unit in the manner of kernel/bounds.c. */
function probe(structs: [string, Measured, Difference | undefined][]): string {
  const headers = ['mm.h', 'rmap.h', 'fs.h', 'pagemap.h', 'slab.h', 'kbuild.h'].map(
    (name) => `#include <linux/${name}>`,
  );
  const own = ['mm/internal.h', 'mm/slab.h'].map((name) => `#include "../${name}"`);
  const body = structs.flatMap(([name, { members }, difference]) => [
    `DEFINE(${name}___size, sizeof(struct ${name}));`,
    ...Object.keys(members)
      .filter((member) => !difference?.gone?.includes(member))
      .map((member) => `DEFINE(${name}___${member}, offsetof(struct ${name}, ${member}));`),
  ]);
  const vma = '#if __has_include("vma.h")\n#include "vma.h"\n#endif';
  return `${[...headers, '#include <asm/tlb.h>', ...own, vma].join('\n')}\nint main(void)\n{\n${body.join('\n')}\nreturn 0;\n}\n`;
}

async function compare(tree: TreeName, differences: Record<string, Difference>, absent: string[] = []): Promise<void> {
  const structs = Object.entries(MEASURED)
    .filter(([name]) => !absent.includes(name))
    .map(([name, measured]) => [name, measured, differences[name]] as [string, Measured, Difference | undefined]);
  const source = await treeFor(tree);
  const overlay: Overlay = new Map([[PROBE, Buffer.from(probe(structs))]]);
  const compile = assemblyCompiler(source, overlay);
  const { files } = await generateConfig(source, new Map(), 'prod', '', new Map(), compile);
  const assembly = await compile(PROBE, files);
  const found = new Map([...assembly.matchAll(/->(\w+) (\d+) /g)].map(([, name, value]) => [name, Number(value)]));
  const expected: Record<string, number> = {};
  for (const [name, { size, members }, difference] of structs) {
    expected[`${name}___size`] = difference?.size ?? size;
    let by = 0;
    for (const [member, offset] of Object.entries(members)) {
      by = difference?.shift?.[member] ?? by;
      if (!difference?.gone?.includes(member)) expected[`${name}___${member}`] = offset + by;
    }
  }
  expect(Object.fromEntries(found)).toEqual(expected);
}

const RWSEM = 'rw_semaphore keeps its first waiter instead of a list head: 8 bytes less';
const FUTEX = ['hash_lock', 'phash', 'phash_new', 'batches', 'rcu', 'atomic', 'ref'].map((name) => `futex_${name}`);
const BUDDY = 'the buddy allocator keeps no time in free pages';

/** What 7.2 and 7.3 have in common. */
const SINCE_6_18: Record<string, Difference> = {
  rw_semaphore: { why: RWSEM, size: 32, gone: ['wait_list'] },
  anon_vma: { why: RWSEM, size: 88, shift: { refcount: -8 } },
  vm_area_struct: {
    why: '__vm_flags gave way to vma_flags_t; tracking of PAT mappings needs x86 page attributes, which are not modelled',
    gone: ['__vm_flags', 'pfnmap_track_ctx'],
  },
  mm_struct: {
    why:
      'the concurrency ids became a struct on cache lines of its own (+216) and a pointer for cache-aware scheduling came' +
      ' (+8); mmap_lock is smaller (-8); futex_* became one member; user_ns went (-8); uprobes_state lost a list (-8)',
    size: 1664,
    gone: [
      ...['pcpu_cid', 'mm_cid_next_scan', 'nr_cpus_allowed', 'max_nr_cid', 'cpus_allowed_lock'],
      ...[...FUTEX, 'user_ns', 'cpu_bitmap'],
    ],
    shift: { pgtables_bytes: 224, mmlist: 216, exe_file: 208, hugetlb_usage: 200 },
  },
  page: {
    why: `compound_head is named compound_info; ${BUDDY}`,
    gone: ['buddy_since', 'compound_head', '_unused_pgmap_compound_head'],
  },
  maple_node: { why: 'maple_alloc gave way to sheaves', gone: ['alloc'] },
  slab: {
    why: 'no per-CPU slabs any more; free list and counters lie in a struct of their own',
    gone: ['llnode', 'flush_freelist', 'next', 'slabs', 'freelist', 'counters', 'freelist_counter'],
  },
  kmem_cache: {
    why: 'no per-CPU slabs any more (two counters, two members less); a node has two pointers, after the fixed part',
    size: 16592,
    gone: ['cpu_slab', 'lock_key', 'cpu_partial', 'cpu_partial_slabs', 'node'],
    shift: { cpu_sheaves: -8, sheaf_capacity: -16 },
  },
  address_space: {
    why: `private list and data went to the file systems; ${RWSEM}, twice`,
    size: 152,
    gone: ['i_private_list', 'i_private_data'],
    shift: { gfp_mask: -8, i_mmap_rwsem: -24 },
  },
};

it('6.12', async () => {
  await compare('6.12', {
    vm_area_struct: {
      why: 'the per-VMA lock was an object of its own, members stood in another order; no PAT tracking',
      size: 176,
      gone: ['vm_freeptr', 'vm_refcnt', 'pfnmap_track_ctx'],
      shift: { vm_lock_seq: 4, anon_vma_chain: 40, shared: -80, vm_userfaultfd_ctx: 0 },
    },
    mm_struct: {
      why:
        'fewer concurrency id members (-16), no writer wait (-8), no private futex hash (-80), two auxiliary vector' +
        ' entries less (-32), a smaller uprobes_state (-8), no mm_id',
      size: 1344,
      gone: ['nr_cpus_allowed', 'max_nr_cid', 'cpus_allowed_lock', 'vma_writer_wait', ...FUTEX, 'mm_id'],
      shift: {
        pgtables_bytes: -16,
        mm_lock_seq: -24,
        hiwater_rss: -104,
        rss_stat: -136,
        hugetlb_usage: -144,
        cpu_bitmap: -128,
      },
    },
    folio: {
      why: 'no mm ids; the counters of large folios stood in another order',
      gone: [
        ...['pgmap', 'share', '_mm_id_mapcount', '_mm_id', '_mm_ids'],
        ...['_usable_1', '_mapcount_1', '_refcount_1', '_nr_pages'],
      ],
      shift: { _nr_pages_mapped: 4, _entire_mapcount: -4, _pincount: 0 },
    },
    page: {
      why: `index had its own name; ${BUDDY}`,
      gone: ['pcp_llist', '__folio_index', 'buddy_since', '_unused_pgmap_compound_head'],
    },
    vma_iterator: { why: 'ma_state without sheaf', size: 72 },
    ptdesc: { why: 'named __page_flags', gone: ['pt_flags'] },
    slab: {
      why: 'named __page_flags; no lock-free lists',
      gone: ['flags', 'llnode', 'flush_freelist', 'freelist_counter'],
    },
    kmem_cache: {
      why: 'no sheaves',
      size: 8408,
      gone: ['cpu_sheaves', 'sheaf_capacity'],
      shift: { flags: -8, oo: -12, ctor: -8 },
    },
    vma_merge_struct: {
      why: 'merging was rewritten',
      size: 128,
      gone: ['middle', 'target', 'vm_flags', 'copied_from'],
      shift: { prev: 8, next: 0, pgoff: -48, file: -8, state: -4 },
    },
  });
}, 240_000);

it('7.2', async () => {
  await compare('7.2', SINCE_6_18);
}, 240_000);

it('7.3', async () => {
  const { mm_struct } = SINCE_6_18;
  await compare('7.3', {
    ...SINCE_6_18,
    vma_merge_struct: { why: 'a second page offset, for anonymous folios', size: 152, shift: { vm_flags: 8 } },
    mm_struct: {
      ...mm_struct,
      why: `${mm_struct?.why}; the futex member is 8 bytes smaller`,
      shift: { pgtables_bytes: 224, mmlist: 216, hiwater_rss: 208, exe_file: 200, hugetlb_usage: 192 },
    },
  });
}, 240_000);

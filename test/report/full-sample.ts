// SPDX-License-Identifier: GPL-2.0-or-later
// A review that has something of everything that a page can show.
import { compareVersions } from '../../src/review/previous.ts';
import { reviewSchema } from '../../src/review/schema.ts';
import type { Review } from '../../src/review/values.ts';
import { sampleReview } from './sample.ts';

const member = (name: string, offset: number, size: number, hole = 0) => {
  return {
    name,
    type: 'unsigned long',
    offset,
    size,
    cacheLine: Math.floor(offset / 64),
    ...(hole > 0 ? { hole } : {}),
  };
};

const layout = (size: number, members: ReturnType<typeof member>[]) => ({
  size,
  align: 8,
  cacheLines: Math.ceil(size / 64),
  holes: members.filter(({ hole }) => hole !== undefined).length,
  holeBytes: members.reduce((sum, { hole = 0 }) => sum + hole, 0),
  padding: size - Math.max(...members.map(({ offset, size: own }) => offset + own)),
  members,
});

const facts = (writes: string[]) => ({
  reads: ['vm_area_struct.anon_vma'],
  writes,
  locks: [{ lock: 'anon_vma (write)', does: 'takes' as const, with: 'anon_vma_lock_write' }],
  allocates: ['anon_vma_chain_cachep'],
  frees: [],
  reachedFrom: ['dup_mmap'],
});

/** The violating sample, compared with the clean one, with all that other rooms may add. */
export async function fullSample(): Promise<Review> {
  const review = await sampleReview('violations');
  const [anonVma] = review.structs;
  const [area] = review.semantics.areas;
  const before = layout(96, [
    member('root', 0, 8),
    member('rwsem', 8, 40),
    member('rwsem.count', 8, 8),
    member('rb_root', 72, 16, 24),
  ]);
  const after = layout(104, [
    member('root', 0, 8),
    member('rwsem', 8, 40),
    member('rwsem.count', 8, 8),
    member('num_moved', 48, 8),
    member('rb_root', 80, 16, 24),
  ]);
  return reviewSchema.parse({
    ...review,
    previous: compareVersions(review, await sampleReview('clean'), 'thread'),
    structs: anonVma
      ? [
          {
            ...anonVma,
            layouts: [
              { bits: 64, before, after },
              { bits: 32, before: null, after: null, notBuilt: 'not for 32 bits' },
            ],
          },
        ]
      : [],
    semantics: {
      ...review.semantics,
      functions: [
        {
          name: 'anon_vma_fork',
          file: 'mm/rmap.c',
          change: 'changed',
          patches: [1, 2],
          before: facts(['anon_vma.parent']),
          after: facts(['anon_vma.root']),
        },
        {
          name: 'anon_vma_inherit',
          file: 'mm/rmap.c',
          change: 'added',
          patches: [2],
          closest: { name: 'anon_vma_fork', file: 'mm/rmap.c', similarity: 0.61 },
        },
      ],
      areas: area
        ? [{ ...area, about: 'What a child gets.', questions: ['Does each child reach its ancestors?'] }]
        : [],
      config: [{ symbol: 'RMAP_NEW', kind: 'kconfig', change: 'added', file: 'mm/Kconfig', patches: [1] }],
      exports: [
        {
          symbol: 'anon_vma_fork',
          change: 'added',
          before: null,
          after: 'EXPORT_SYMBOL_GPL',
          file: 'mm/rmap.c',
          patches: [1],
        },
      ],
      companions: { documentation: [], tests: [], missing: ['changes anon_vma_fork, touches no test'] },
      unreadable: ['mm/rmap.c odd(): a macro'],
    },
    coverage: {
      ...review.coverage,
      notBuilt: ['mm/other.c'],
      notExecuted: [
        {
          file: 'mm/rmap.c',
          line: 3,
          function: 'anon_vma_fork',
          patch: 1,
          reason: 'error-path',
          why: 'after a failed allocation',
        },
        {
          file: 'mm/rmap.c',
          line: 4,
          function: 'anon_vma_fork',
          patch: 1,
          reason: 'error-path',
          why: 'after a failed allocation',
        },
        { file: 'mm/rmap.c', line: 90, function: 'anon_vma_inherit', patch: 2, reason: 'branch-not-taken' },
      ],
      executed: [
        {
          file: 'mm/rmap.c',
          lines: [
            [1, 2],
            [40, 48],
          ],
        },
      ],
      source: [
        {
          file: 'mm/rmap.c',
          lines: [
            [1, 'int anon_vma_fork(struct vm_area_struct *vma)'],
            [2, '\tif (!anon_vma)'],
            [3, '\t\tgoto out_error;'],
            [4, '\t\t<b>'],
            [40, '\tanon_vma->root = pvma->anon_vma->root;'],
            [90, '\treturn true;'],
          ],
        },
      ],
      patches: [
        { patch: 1, changedLines: 4, executedLines: 2 },
        { patch: 2, changedLines: 10, executedLines: 9 },
      ],
    },
    scenarios: {
      ...review.scenarios,
      matchedRan: 2,
      byRules: 2,
      byCoverage: 1,
      chosen: [
        {
          scenario: 'split-in-grandchild',
          why: 'executes 12 changed lines of anon_vma_fork',
          areas: ['fork-propagation'],
          functions: ['anon_vma_fork'],
          lines: 12,
          files: ['mm/rmap.c'],
          includers: [],
          ran: true,
        },
      ],
    },
    inconclusive: [{ scenario: 'mremap-back', config: 'check', reason: 'unmodelled: ksm_fork' }],
    notes: ['bisectability not checked: the series has 2 patches'],
  });
}

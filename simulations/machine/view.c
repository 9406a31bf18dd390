// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the host sees of the world: page tables by our own scan, structures field by field. Compiled with the tree's
 * headers, so that it follows every change of layout. Only looks. Records are arrays of 64-bit words.
 */
#include <linux/mm.h>
#include <linux/rmap.h>
#include <linux/mm_inline.h>
#include <linux/pagemap.h>
#include <linux/swap.h>
#include <linux/swapops.h>
#include <linux/fs.h>
#include <linux/ksm.h>
#include <linux/hugetlb.h>
#if __has_include(<linux/leafops.h>)
#include <linux/leafops.h>
#endif
#include "mm/internal.h"
#if __has_include("mm/vma.h")
#include "mm/vma.h"
#endif
#include "older.h"
#include "sim.h"

struct mm_struct *sim_mm(int t);

static unsigned long anon_pgoff(struct vm_area_struct *vma)
{
#ifdef KF_ANON_PGOFF
	return vma_start_anon_pgoff(vma);
#else
	return vma->vm_pgoff;
#endif
}

#ifdef KF_SPLIT_RSS
long sim_task_rss(struct mm_struct *mm, int member);
/* What tasks have counted and not yet added is part of the sum. */
static unsigned long rss(struct mm_struct *mm, int member)
{
	return atomic_long_read(&mm->rss_stat.count[member]) + sim_task_rss(mm, member);
}
#else
static unsigned long rss(struct mm_struct *mm, int member) { return percpu_counter_sum(&mm->rss_stat[member]); }
#endif

/* mm: ptr, map_count, total_vm, locked_vm, rss file/anon/swap/shmem, pgtables_bytes. */
void sim_view_mm(struct mm_struct *mm, unsigned long *out)
{
	*out++ = mm->map_count;
	*out++ = mm->total_vm;
	*out++ = mm->locked_vm;
	*out++ = rss(mm, MM_FILEPAGES);
	*out++ = rss(mm, MM_ANONPAGES);
	*out++ = rss(mm, MM_SWAPENTS);
	*out++ = rss(mm, MM_SHMEMPAGES);
	*out++ = mm_pgtables_bytes(mm);
}

/*
 * VMAs from *next on, at most max words: start, end, flags, pgoff, anon pgoff, anon_vma, mapping, ptr, file, number of
 * chain entries, then these. Returns words written; *next becomes where to go on, 0 at the end.
 */
unsigned long sim_view_vmas(struct mm_struct *mm, unsigned long *next, unsigned long *out, unsigned long max)
{
	unsigned long *o = out;
	struct vm_area_struct *vma;
	MA_STATE(mas, &mm->mm_mt, *next, *next);

	rcu_read_lock();
	mas_for_each(&mas, vma, ULONG_MAX) {
		struct anon_vma_chain *avc;
		unsigned long *count;

		if (o + 4096 > out + max) {
			*next = vma->vm_start;
			rcu_read_unlock();
			return o - out;
		}
		*o++ = vma->vm_start;
		*o++ = vma->vm_end;
		*o++ = vma->vm_flags;
		*o++ = vma->vm_pgoff;
		*o++ = anon_pgoff(vma);
		*o++ = (unsigned long)vma->anon_vma;
		*o++ = vma->vm_file ? (unsigned long)vma->vm_file->f_mapping : 0;
		*o++ = (unsigned long)vma;
		*o++ = (unsigned long)vma->vm_mm;
		count = o++;
		*count = 0;
		list_for_each_entry(avc, &vma->anon_vma_chain, same_vma) {
			if (*count == 4000)
				break;
			*o++ = (unsigned long)avc;
			++*count;
		}
	}
	rcu_read_unlock();
	*next = 0;
	return o - out;
}

enum { PRESENT, SWAPPED, MIGRATION, MARKER, SPECIAL };
#define MAPPING_WORDS 4

/* vaddr, kind | level << 4 | write << 8 | dirty << 9 | young << 10 | exclusive << 11, pfn or raw entry, 0. */
static unsigned long *put(unsigned long *o, unsigned long vaddr, int pmd, pte_t pte)
{
	unsigned long bits = (unsigned long)pmd << 4, number = 0;

	if (pte_present(pte)) {
		number = pte_pfn(pte);
		bits |= pte_special(pte) ? SPECIAL : PRESENT;
		bits |= (unsigned long)!!pte_write(pte) << 8 | (unsigned long)!!pte_dirty(pte) << 9 |
			(unsigned long)!!pte_young(pte) << 10;
		if (!pte_special(pte) && PageAnon(pfn_to_page(number)) && PageAnonExclusive(pfn_to_page(number)))
			bits |= 1 << 11;
	} else {
#ifdef KF_LEAFOPS
		softleaf_t entry = softleaf_from_pte(pte);

		if (softleaf_is_migration(entry)) {
			bits |= MIGRATION;
			number = softleaf_to_pfn(entry);
			bits |= (unsigned long)!softleaf_is_migration_read(entry) << 11;
		} else if (softleaf_is_swap(entry)) {
			bits |= SWAPPED | (unsigned long)!!pte_swp_exclusive(pte) << 11;
			number = entry.val;
		} else {
			bits |= MARKER;
			number = pte_val(pte);
		}
#else
		swp_entry_t entry = pte_to_swp_entry(pte);

		if (is_migration_entry(entry)) {
			bits |= MIGRATION;
			number = swp_offset_pfn(entry);
			bits |= (unsigned long)!is_readable_migration_entry(entry) << 11;
		} else if (!non_swap_entry(entry)) {
			bits |= SWAPPED | (unsigned long)!!pte_swp_exclusive(pte) << 11;
			number = entry.val;
		} else {
			bits |= MARKER;
			number = pte_val(pte);
		}
#endif
	}
	*o++ = vaddr;
	*o++ = bits;
	*o++ = number;
	*o++ = 0;
	return o;
}

/* Non-empty leaf entries from *next on, four words each; *next becomes where to go on, 0 at the end. */
unsigned long sim_view_mappings(struct mm_struct *mm, unsigned long *next, unsigned long *out, unsigned long max)
{
	unsigned long addr = *next, *o = out;

	while (addr < TASK_SIZE) {
		pgd_t *pgd = pgd_offset(mm, addr);
		pud_t *pud;
		pmd_t *pmd;
		pte_t *pte;

		if (!(pgd_val(*pgd) & _PAGE_PRESENT)) {
			addr = (addr & PGDIR_MASK) + PGDIR_SIZE;
			continue;
		}
		pud = pud_offset(p4d_offset(pgd, addr), addr);
		if (pud_none(*pud)) {
			addr = (addr & PUD_MASK) + PUD_SIZE;
			continue;
		}
		pmd = pmd_offset(pud, addr);
		if (pmd_none(*pmd)) {
			addr = (addr & PMD_MASK) + PMD_SIZE;
			continue;
		}
		if (o + (PTRS_PER_PTE + 1) * MAPPING_WORDS > out + max) {
			*next = addr;
			return o - out;
		}
		if ((pmd_val(*pmd) & _PAGE_PSE) || !(pmd_val(*pmd) & _PAGE_PRESENT)) {
			o = put(o, addr & PMD_MASK, 1, __pte(pmd_val(*pmd)));
			addr = (addr & PMD_MASK) + PMD_SIZE;
			continue;
		}
		pte = (pte_t *)pmd_page_vaddr(*pmd);
		for (int i = pte_index(addr); i < PTRS_PER_PTE; i++)
			if (!pte_none(pte[i]))
				o = put(o, (addr & PMD_MASK) + ((unsigned long)i << PAGE_SHIFT), 0, pte[i]);
		addr = (addr & PMD_MASK) + PMD_SIZE;
	}
	*next = 0;
	return o - out;
}

/*
 * Folio of a frame: head pfn, order, mapping word, index, bits (anon 0, ksm 1, swapcache 2, locked 3, lru 4, zero or reserved 5,
 * large 6, dirty 7, writeback 8), refcount, mapcount. Returns 0 where the frame is not allocated.
 */
int sim_frame_live(unsigned long pfn);
int sim_view_folio(unsigned long pfn, unsigned long *out)
{
	struct folio *folio;

	if (!sim_frame_live(pfn))
		return 0;
	folio = page_folio(pfn_to_page(pfn));
	*out++ = folio_pfn(folio);
	*out++ = folio_order(folio);
	*out++ = (unsigned long)folio->mapping;
	*out++ = folio->index;
	*out++ = (unsigned long)!!folio_test_anon(folio) | (unsigned long)!!folio_test_ksm(folio) << 1 |
		 (unsigned long)!!(folio_test_swapcache(folio) && folio_test_swapbacked(folio)) << 2 |
		 (unsigned long)!!folio_test_locked(folio) << 3 | (unsigned long)!!folio_test_lru(folio) << 4 |
		 (unsigned long)(folio_test_reserved(folio) || is_huge_zero_folio(folio)) << 5 | (unsigned long)!!folio_test_large(folio) << 6 |
		 (unsigned long)!!folio_test_dirty(folio) << 7 | (unsigned long)!!folio_test_writeback(folio) << 8;
	*out++ = folio_ref_count(folio);
	*out++ = folio_mapcount(folio);
	return 1;
}
/* _mapcount + 1 of each page of a folio; the number of pages, 0 where this configuration has no counts per page. */
unsigned long sim_view_page_mapcounts(unsigned long pfn, unsigned long *out)
{
	struct folio *folio = page_folio(pfn_to_page(pfn));

#ifdef CONFIG_NO_PAGE_MAPCOUNT
	if (folio_test_large(folio))
		return 0;
#endif
	for (long i = 0; i < folio_nr_pages(folio); i++)
		out[i] = atomic_read(&folio_page(folio, i)->_mapcount) + 1;
#ifdef KF_DOUBLE_MAP
	/* A folio mapped both ways counts each of its pages once more. */
	if (folio_test_large(folio) && folio_test_double_map(folio))
		for (long i = 0; i < folio_nr_pages(folio); i++)
			out[i]--;
#endif
	return folio_nr_pages(folio);
}
/* Head frames of live sparse blocks from *next on; *next becomes 0 at the end. */
unsigned long sim_highest_sparse(void);
unsigned long sim_view_folios(unsigned long *next, unsigned long *out, unsigned long max)
{
	unsigned long n = 0, pfn = *next ? *next : SIM_SPARSE_PFN, end = sim_highest_sparse();

	while (pfn < end && n < max) {
		if (sim_frame_live(pfn)) {
			out[n++] = pfn;
			pfn += 1UL << folio_order((struct folio *)pfn_to_page(pfn));
		} else {
			pfn++;
		}
	}
	*next = pfn < end ? pfn : 0;
	return n;
}

/* anon_vma: root, parent, refcount, num_children, num_active_vmas (all ones where there is no such member), locked. */
void sim_view_anon_vma(struct anon_vma *av, unsigned long *out)
{
	*out++ = (unsigned long)av->root;
#ifdef KF_NUM_CHILDREN
	*out++ = (unsigned long)av->parent;
	*out++ = atomic_read(&av->refcount);
	*out++ = av->num_children;
#else
	*out++ = 0;
	*out++ = atomic_read(&av->refcount);
	*out++ = ~0UL;
#endif
#ifdef KF_NUM_ACTIVE_VMAS
	*out++ = av->num_active_vmas;
#else
	*out++ = ~0UL;
#endif
}
void sim_view_chain(struct anon_vma_chain *avc, unsigned long *out)
{
	*out++ = (unsigned long)avc->vma;
	*out++ = (unsigned long)avc->anon_vma;
}

/* In-order walk of an interval tree: node by node the entry's pointer, key range, stored maximum, maximum recomputed. */
struct tree_walk {
	unsigned long *o, *end;
	bool bad;
};
#define TREE_WALK(name, entry_t, member, first_of, last_of, stored)								\
static unsigned long name(struct tree_walk *w, struct rb_node *node, struct rb_node *parent, int depth)			\
{												\
	entry_t *e = rb_entry(node, entry_t, member);						\
	unsigned long highest = last_of(e), below;						\
	unsigned long *o;									\
												\
	if (depth > 64 || rb_parent(node) != parent) {						\
		w->bad = true;									\
		return 0;									\
	}											\
	if (node->rb_left) {									\
		below = name(w, node->rb_left, node, depth + 1);				\
		highest = max(highest, below);							\
	}											\
	o = w->o;										\
	if (w->o + 5 > w->end) {								\
		w->bad = true;									\
		return highest;									\
	}											\
	w->o += 5;										\
	if (node->rb_right) {									\
		below = name(w, node->rb_right, node, depth + 1);				\
		highest = max(highest, below);							\
	}											\
	o[0] = (unsigned long)e;								\
	o[1] = first_of(e);									\
	o[2] = last_of(e);									\
	o[3] = stored(e);									\
	o[4] = highest;										\
	return highest;										\
}
#define VMA_LAST(vma, pgoff) ((pgoff) + vma_pages(vma) - 1)
#define AVC_FIRST(e) anon_pgoff((e)->vma)
#define AVC_LAST(e) VMA_LAST((e)->vma, anon_pgoff((e)->vma))
#define AVC_STORED(e) ((e)->rb_subtree_last)
TREE_WALK(walk_chains, struct anon_vma_chain, rb, AVC_FIRST, AVC_LAST, AVC_STORED)
#define VMA_FIRST_FILE(e) ((e)->vm_pgoff)
#define VMA_LAST_FILE(e) VMA_LAST(e, (e)->vm_pgoff)
#define VMA_STORED(e) ((e)->shared.rb_subtree_last)
TREE_WALK(walk_vmas, struct vm_area_struct, shared.rb, VMA_FIRST_FILE, VMA_LAST_FILE, VMA_STORED)

/* Five words an entry; all ones where the tree is broken or too large. */
unsigned long sim_view_anon_tree(struct anon_vma *av, unsigned long *out, unsigned long max)
{
	struct tree_walk w = { out, out + max };

	if (av->rb_root.rb_root.rb_node)
		walk_chains(&w, av->rb_root.rb_root.rb_node, NULL, 0);
	return w.bad ? ~0UL : w.o - out;
}
unsigned long sim_view_file_tree(struct address_space *mapping, unsigned long *out, unsigned long max)
{
	struct tree_walk w = { out, out + max };

	if (mapping->i_mmap.rb_root.rb_node)
		walk_vmas(&w, mapping->i_mmap.rb_root.rb_node, NULL, 0);
	return w.bad ? ~0UL : w.o - out;
}

unsigned int sim_migrating(void);
unsigned long sim_migrating_frame(unsigned int i);
/* rmap_walk() with a callback that only writes down what it is shown. */
static unsigned long *visit_at, *visit_end, visits;
static bool visit(struct folio *folio, struct vm_area_struct *vma, unsigned long address, void *arg)
{
	visits++;
	if (visit_at + 2 <= visit_end) {
		*visit_at++ = (unsigned long)vma;
		*visit_at++ = address;
	}
	return true;
}
/* Number of visits; vma and address of each as far as they fit. The folio is locked meanwhile, as callers do. */
unsigned long sim_walk(unsigned long pfn, unsigned long *out, unsigned long max)
{
	struct folio *folio = page_folio(pfn_to_page(pfn));
	struct rmap_walk_control control = { .rmap_one = visit, .anon_lock = folio_lock_anon_vma_read };
	bool locked = folio_trylock(folio);

	/* As remove_migration_ptes(): no entry is present, migration holds the anon_vma. */
	for (unsigned int i = 0; i < sim_migrating(); i++)
		if (sim_migrating_frame(i) == folio_pfn(folio))
			control.anon_lock = NULL;
	visits = 0;
	visit_at = out;
	visit_end = out + max;
	rmap_walk(folio, &control);
	if (locked)
		folio_unlock(folio);
	return visits;
}

/* Folios in the per-CPU add batches hold a reference each. */
void sim_drain(void) { lru_add_drain(); }

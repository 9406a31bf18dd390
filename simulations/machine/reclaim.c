// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel does to single folios on its own account: migration, reclaim, unmapping, splitting, aging. Each goes
 * through the kernel's functions as its own callers do: the folio comes from a process's page table, is taken off the LRU
 * and handed on.
 */
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/migrate.h>
#include <linux/rmap.h>
#include <linux/swap.h>
#include <linux/huge_mm.h>
#include <linux/memcontrol.h>
#include <linux/mmap_lock.h>
#include <linux/pagemap.h>
#include <linux/vmstat.h>
#include <linux/page_idle.h>
#include "mm/internal.h"
#include "mm/swap.h"
#include "sim.h"

struct mm_struct *sim_mm(int t);
unsigned long sim_frame_at(struct mm_struct *mm, unsigned long addr);

/* The folio that a process maps at an address, with a reference; the batches are drained, as callers do. */
struct folio *sim_get_mapped(int t, unsigned long addr)
{
	struct mm_struct *mm = sim_mm(t);
	struct folio *folio = NULL;
	unsigned long pfn;

	sim_run_as(-1);
	mmap_read_lock(mm);
	pfn = sim_frame_at(mm, addr);
	if (pfn && !PageReserved(pfn_to_page(pfn))) {
		folio = page_folio(pfn_to_page(pfn));
		folio_get(folio);
	}
	mmap_read_unlock(mm);
	lru_add_drain();
	return folio;
}

/* The folio of a frame, as whoever scans memory by frame numbers gets it; NULL for one that is free by now. */
static struct folio *get_frame(unsigned long pfn)
{
	struct folio *folio;

	sim_run_as(-1);
	folio = page_folio(pfn_to_page(pfn));
	if (!folio_try_get(folio))
		return NULL;
	if (folio != page_folio(pfn_to_page(pfn))) {
		folio_put(folio);
		return NULL;
	}
	lru_add_drain();
	return folio;
}

/* Takes a folio off the LRU onto a list; drops the caller's reference. */
bool sim_isolate(struct folio *folio, struct list_head *list, bool count)
{
#ifdef KF_ISOLATE_LRU_ERRNO
	bool isolated = !folio_isolate_lru(folio);
#else
	bool isolated = folio_isolate_lru(folio);
#endif

	if (isolated) {
		list_add_tail(&folio->lru, list);
		if (count)
			node_stat_mod_folio(folio, NR_ISOLATED_ANON + folio_is_file_lru(folio), folio_nr_pages(folio));
	}
	folio_put(folio);
	return isolated;
}

static struct folio *new_folio(struct folio *old, unsigned long private)
{
	gfp_t gfp = GFP_HIGHUSER_MOVABLE | (folio_test_large(old) ? __GFP_COMP : 0);

	return __folio_alloc(gfp, folio_order(old), 0, NULL);
}
#ifdef KF_MIGRATE_FOLIOS
#define NEW_TARGET new_folio
#else
static struct page *new_page(struct page *old, unsigned long private) { return &new_folio(page_folio(old), private)->page; }
#define NEW_TARGET new_page
#endif

/* As move_pages() and compaction: 0, -ENOENT if nothing is mapped there, -EBUSY if not isolated, -EAGAIN if it stays. */
static long do_migrate(struct folio *folio)
{
	LIST_HEAD(list);
	int left;

	if (!folio)
		return -ENOENT;
	if (!sim_isolate(folio, &list, true))
		return -EBUSY;
	left = migrate_pages(&list, NEW_TARGET, NULL, 0, MIGRATE_SYNC, MR_SYSCALL, NULL);
	if (left)
		putback_movable_pages(&list);
	return left > 0 ? -EAGAIN : left;
}

/* Clears the accessed bit of every entry that maps the folio. */
static void age(struct folio *folio)
{
	/* Large enough for the VMA flags of every tree: a word, or a bitmap. */
	unsigned long flags[4];

	folio_lock(folio);
	folio_referenced(folio, 1, NULL, (void *)flags);
	folio_unlock(folio);
}

/* As madvise(MADV_PAGEOUT) of the page, but also where others map it: 0, -EAGAIN if the folio stays in memory. */
static long do_reclaim(struct folio *folio)
{
	LIST_HEAD(list);

	if (!folio)
		return -ENOENT;
#ifdef KF_RECLAIM_CHECKS_REFERENCES
	/* MADV_PAGEOUT makes the entry old itself there; all others are aged as well. */
	age(folio);
#endif
	folio_clear_referenced(folio);
	folio_test_clear_young(folio);
	if (!sim_isolate(folio, &list, false))
		return -EBUSY;
	return reclaim_pages(&list) ? 0 : -EAGAIN;
}

/* As shrink_folio_list() up to unmapping; the folio stays in the swap cache. 0, -EAGAIN if it is still mapped. */
static long do_swap_out(struct folio *folio)
{
	enum ttu_flags flags = 0;
	long err = 0;

	if (!folio)
		return -ENOENT;
	folio_lock(folio);
	if (folio_test_anon(folio) && !folio_test_swapcache(folio)) {
#ifdef KF_ADD_TO_SWAP
		err = add_to_swap(folio) ? 0 : -ENOSPC;
#else
		err = folio_alloc_swap(folio);
#endif
		if (!err)
			folio_mark_dirty(folio);
	}
	if (!err) {
		if (folio_test_pmd_mappable(folio))
			flags |= TTU_SPLIT_HUGE_PMD;
		if (folio_test_large(folio))
			flags |= TTU_SYNC;
		try_to_unmap(folio, flags);
		err = folio_mapped(folio) ? -EAGAIN : 0;
	}
	folio_unlock(folio);
	folio_put(folio);
	return err;
}

/* Splits a large folio into pages: 0 or what split_folio() says; -EINVAL for one that is not large. */
static long do_split(struct folio *folio)
{
	long err = -EINVAL;

	if (!folio)
		return -ENOENT;
	folio_lock(folio);
	if (folio_test_large(folio))
		err = split_folio(folio);
	folio_unlock(folio);
	folio_put(folio);
	return err;
}

/* Ages a folio as idle page tracking does: clears the accessed bit of every entry that maps it. */
static long do_referenced(struct folio *folio)
{

	if (!folio)
		return -ENOENT;
	age(folio);
	folio_put(folio);
	return 0;
}

/* Each of them to the folio that a process maps at an address. */
long sim_migrate(int t, unsigned long addr) { return do_migrate(sim_get_mapped(t, addr)); }
long sim_reclaim(int t, unsigned long addr) { return do_reclaim(sim_get_mapped(t, addr)); }
long sim_swap_out(int t, unsigned long addr) { return do_swap_out(sim_get_mapped(t, addr)); }
long sim_split(int t, unsigned long addr) { return do_split(sim_get_mapped(t, addr)); }
long sim_referenced(int t, unsigned long addr) { return do_referenced(sim_get_mapped(t, addr)); }

/* One of them to the folio of a frame. */
long sim_folio_step(int step, unsigned long pfn)
{
	static long (*const steps[])(struct folio *) = { do_migrate, do_reclaim, do_swap_out, do_split, do_referenced };

	return steps[step](get_frame(pfn));
}

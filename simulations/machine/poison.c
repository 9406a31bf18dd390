// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory errors: a frame's bytes are lost, as a patrol scrubber tells mm/memory-failure.c. Nobody asked to be killed early,
 * so whoever touches the page later gets SIGBUS.
 */
#include <linux/mm.h>
#include <linux/hugetlb.h>
#include <linux/mmap_lock.h>
#include <linux/swapops.h>
#include "sim.h"

struct mm_struct *sim_mm(int t);
unsigned long sim_frame_at(struct mm_struct *mm, unsigned long addr);
unsigned long sim_highest_sparse(void);
int sim_frame_live(unsigned long pfn);
int sim_processes(void);

/* 0, -ENOENT if nothing is mapped there, or what memory_failure() says: -EBUSY if the page stays in use. */
long sim_poison(int t, unsigned long addr)
{
	struct mm_struct *mm = sim_mm(t);
	unsigned long pfn;

	sim_run_as(-1);
	mmap_read_lock(mm);
	pfn = sim_frame_at(mm, addr);
	mmap_read_unlock(mm);
	if (!pfn || PageReserved(pfn_to_page(pfn)))
		return -ENOENT;
	return memory_failure(pfn, MF_SW_SIMULATED);
}

/* What is poisoned stays allocated for ever; where no process is left it is given back, as by the error injector. */
void sim_unpoison(void)
{
	unsigned long end = sim_highest_sparse();

	if (!atomic_long_read(&num_poisoned_pages) || sim_processes())
		return;
	for (unsigned long pfn = SIM_SPARSE_PFN; pfn < end; pfn++)
		if (sim_frame_live(pfn) && PageHWPoison(pfn_to_page(pfn)))
			unpoison_memory(pfn);
}

/* mm/memory-failure.c asks hugetlbfs first, of which there are no pages. */
DEFINE_SPINLOCK(hugetlb_lock);
#ifdef KF_HWPOISON_HUGETLB_FOLIO
int get_hwpoison_hugetlb_folio(struct folio *folio, bool *hugetlb, bool unpoison)
#else
int get_hwpoison_huge_page(struct page *page, bool *hugetlb)
#endif
{
	*hugetlb = false;
	return 0;
}

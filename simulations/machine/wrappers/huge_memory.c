// SPDX-License-Identifier: GPL-2.0-only
/*
 * mm/huge_memory.c as it stands, and hugepage_init() without sysfs. Huge pages come where MADV_HUGEPAGE asks for them
 * (the mode "madvise"), of PMD size; of 16 pages as well once a scenario turns them on.
 */
#include "mm/huge_memory.c"
#include "../sim.h"

int sim_huge_init(void)
{
	int err;

	transparent_hugepage_flags &= ~BIT(TRANSPARENT_HUGEPAGE_FLAG);
	transparent_hugepage_flags |= BIT(TRANSPARENT_HUGEPAGE_REQ_MADV_FLAG);
#ifdef KF_THP_ORDERS
	huge_anon_orders_inherit = BIT(PMD_ORDER);
	err = khugepaged_init();
	return err ? err : thp_shrinker_init();
#else
	err = khugepaged_init();
	sim_add_shrinker(&huge_zero_page_shrinker);
	sim_add_shrinker(&deferred_split_shrinker);
	return err;
#endif
}

/* echo madvise >transparent_hugepage/hugepages-64kB/enabled */
#ifdef KF_THP_ORDERS
void sim_huge_medium(void) { huge_anon_orders_madvise |= BIT(4); }
#else
void sim_huge_medium(void)
{
	sim_host_bug("unmodelled: the tree has no anonymous folios of 16 pages", "machine:huge_memory.c", __LINE__, __func__);
}
#endif

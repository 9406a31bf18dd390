// SPDX-License-Identifier: GPL-2.0-only
/* mm/ksm.c as it stands, ksm_init() without its thread, and a look at its items. */
#include "mm/ksm.c"

int sim_ksm_init(void)
{
	zero_checksum = calc_checksum(ZERO_PAGE(0));
	ksm_run = KSM_RUN_MERGE;
	return ksm_slab_init();
}

/* One pass of ksmd over all mergeable memory: it ends by itself when the list of address spaces is through. */
void sim_ksm_scan(void)
{
	mutex_lock(&ksm_thread_mutex);
	ksm_do_scan(~0U);
	mutex_unlock(&ksm_thread_mutex);
}

/* The anon_vma that an item of the stable tree holds a reference to; NULL for other items. */
struct anon_vma *sim_ksm_item_anon_vma(struct ksm_rmap_item *item)
{
	return item->address & STABLE_FLAG ? item->anon_vma : NULL;
}

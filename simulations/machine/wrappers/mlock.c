// SPDX-License-Identifier: GPL-2.0-only
/* mm/mlock.c as it stands, and a look into its per-CPU batch, whose pointers carry flags in their low bits. */
#include "mm/mlock.c"

unsigned long sim_view_mlock_batch(unsigned long *out, unsigned long max)
{
#ifdef KF_MLOCK_FBATCH
	struct folio_batch *batch = &per_cpu(mlock_fbatch, 0).fbatch;
#else
	/* A pagevec has the layout of a folio_batch. */
	struct folio_batch *batch = (struct folio_batch *)&per_cpu(mlock_pvec, 0).vec;
#endif
	unsigned long n = 0;

	for (unsigned int i = 0; i < batch->nr && n < max; i++)
		out[n++] = folio_pfn((struct folio *)((unsigned long)batch->folios[i] & ~3UL));
	return n;
}

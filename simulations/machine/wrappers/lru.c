// SPDX-License-Identifier: GPL-2.0-only
/* The LRU unit as it stands (mm/swap.c, later mm/folio.c), and a look into its per-CPU batches: each entry holds a reference. */
#if __has_include("mm/folio.c")
#include "mm/folio.c"
#else
#include "mm/swap.c"
#endif

static unsigned long put_batch(struct folio_batch *batch, unsigned long *out, unsigned long n, unsigned long max)
{
	for (unsigned int i = 0; i < batch->nr && n < max; i++)
		out[n++] = folio_pfn(batch->folios[i]);
	return n;
}

unsigned long sim_view_lru_batches(unsigned long *out, unsigned long max)
{
	struct cpu_fbatches *b = &per_cpu(cpu_fbatches, 0);
	unsigned long n = 0;

	n = put_batch(&b->lru_add, out, n, max);
	n = put_batch(&b->lru_deactivate_file, out, n, max);
	n = put_batch(&b->lru_deactivate, out, n, max);
	n = put_batch(&b->lru_lazyfree, out, n, max);
#ifdef KF_LRU_MOVE_TAIL
	n = put_batch(&b->lru_activate, out, n, max);
	return put_batch(&b->lru_move_tail, out, n, max);
#else
	n = put_batch(&b->activate, out, n, max);
	return put_batch(&per_cpu(lru_rotate, 0).fbatch, out, n, max);
#endif
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * mm/page_idle.c as it stands, and a write to its bitmap. Distributions leave the two page flags out, so that what is
 * kept is what the walk does: the accessed bits of all entries are cleared.
 */
#include "mm/page_idle.c"
#include "../sim.h"

struct folio *sim_get_mapped(int t, unsigned long addr);
unsigned long max_pfn = SIM_LAST_PFN;

/* /sys/kernel/mm/page_idle/bitmap, the bit of one frame set. 0, -ENOENT where nothing is mapped. */
long sim_page_idle(int t, unsigned long addr)
{
	struct folio *folio = sim_get_mapped(t, addr);
	unsigned long pfn;
	u64 bit;
	long done;

	if (!folio)
		return -ENOENT;
	pfn = folio_pfn(folio);
	folio_put(folio);
	bit = 1ULL << pfn % BITMAP_CHUNK_BITS;
	done = page_idle_bitmap_write(NULL, NULL, NULL, (char *)&bit, pfn / BITMAP_CHUNK_BITS * BITMAP_CHUNK_SIZE, sizeof(bit));
	return done == sizeof(bit) ? 0 : done;
}

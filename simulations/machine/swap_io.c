// SPDX-License-Identifier: GPL-2.0-only
/*
 * mm/page_io.c: what lies between the swap code and a disk. A swap slot holds one tag, as a user page does; I/O is over
 * before the call returns. Everything else of swap is the kernel's own.
 */
#include <linux/mm.h>
#include <linux/swap.h>
#include <linux/swapops.h>
#include <linux/pagemap.h>
#include "mm/swap.h"
#include "older.h"
#include "sim.h"

static unsigned long slots[SIM_SWAP_PAGES];

static unsigned long *slot(struct folio *folio, long i)
{
	swp_entry_t entry = SIM_FOLIO_SWAP(folio);
	unsigned long n = swp_offset(entry) + i;

	if (swp_type(entry) || !n || n >= SIM_SWAP_PAGES)
		sim_host_bug("swap entry outside the swap area", "machine:swap_io.c", __LINE__, __func__);
	return &slots[n];
}

/* swap_writeout(): a folio whose entries nobody has any more is not written. */
static int write_out(struct folio *folio)
{
	if (folio_free_swap(folio)) {
		folio_unlock(folio);
		return 0;
	}
	for (long i = 0; i < folio_nr_pages(folio); i++)
		*slot(folio, i) = sim_tag_get(folio_pfn(folio) + i);
	folio_start_writeback(folio);
	folio_unlock(folio);
	folio_end_writeback(folio);
	return 0;
}

static void read_in(struct folio *folio)
{
	for (long i = 0; i < folio_nr_pages(folio); i++)
		sim_tag_set(folio_pfn(folio) + i, *slot(folio, i));
	folio_mark_uptodate(folio);
	folio_unlock(folio);
}

#ifdef KF_SWAP_IO_CTX
int swap_writeout(struct swap_io_ctx *ctx, struct folio *folio) { return write_out(folio); }
void swap_read_folio(struct swap_io_ctx *ctx, struct folio *folio) { read_in(folio); }
void swap_write_submit(struct swap_io_ctx *ctx) { }
void swap_read_submit(struct swap_io_ctx *ctx) { }
#else
#ifdef KF_SWAP_WRITEOUT
int swap_writeout(struct folio *folio, struct swap_iocb **plug) { return write_out(folio); }
#else
int swap_writepage(struct page *page, struct writeback_control *control) { return write_out(page_folio(page)); }
#endif
#ifdef KF_SWAP_READ_FOLIO
void swap_read_folio(struct folio *folio, struct swap_iocb **plug) { read_in(folio); }
#else
int swap_readpage(struct page *page, bool wait, struct swap_iocb **plug)
{
	read_in(page_folio(page));
	return 0;
}
#endif
void swap_write_unplug(struct swap_iocb *plug) { }
void __swap_read_unplug(struct swap_iocb *plug) { }
#endif

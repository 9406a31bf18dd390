// SPDX-License-Identifier: GPL-2.0-only
/*
 * mm/userfaultfd.c as it stands, and the two ioctls that install pages. Their destination is registered for missing pages
 * while the call lasts, so that no fault ever waits for a handler.
 */
#include "mm/userfaultfd.c"
#include "../sim.h"

struct mm_struct *sim_mm(int t);
static struct userfaultfd_ctx sim_ctx;

static void set_ctx(struct mm_struct *mm, unsigned long start, unsigned long end, struct userfaultfd_ctx *ctx)
{
	VMA_ITERATOR(vmi, mm, start);
	struct vm_area_struct *vma;

	mmap_write_lock(mm);
	for_each_vma_range(vmi, vma, end) {
		vma_start_write(vma);
		if (ctx)
			vm_flags_set(vma, VM_UFFD_MISSING);
		else
			vm_flags_clear(vma, VM_UFFD_MISSING);
		vma->vm_userfaultfd_ctx.ctx = ctx;
	}
	mmap_write_unlock(mm);
}

static void begin(struct mm_struct *mm, unsigned long to, unsigned long len)
{
	memset(&sim_ctx, 0, sizeof(sim_ctx));
	sim_ctx.mm = mm;
	init_rwsem(&sim_ctx.map_changing_lock);
	refcount_set(&sim_ctx.refcount, 1);
	set_ctx(mm, to, to + len, &sim_ctx);
}

/* 0 when all of it was done, else what the kernel says; -EAGAIN for a part. */
static long end(struct mm_struct *mm, unsigned long to, unsigned long len, long done)
{
	set_ctx(mm, to, to + len, NULL);
	return done < 0 ? done : done == len ? 0 : -EAGAIN;
}

/* UFFDIO_MOVE */
long sim_uffd_move(int t, unsigned long to, unsigned long from, unsigned long len)
{
	struct mm_struct *mm = sim_mm(t);

	sim_run_as(t);
	begin(mm, to, len);
	return end(mm, to, len, move_pages(&sim_ctx, to, from, len, 0));
}

/* UFFDIO_COPY; the pages to copy from must be present. */
long sim_uffd_copy(int t, unsigned long to, unsigned long from, unsigned long len)
{
	struct mm_struct *mm = sim_mm(t);

	sim_run_as(t);
	begin(mm, to, len);
	return end(mm, to, len, mfill_atomic_copy(&sim_ctx, to, from, len, 0));
}

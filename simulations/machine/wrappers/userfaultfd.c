// SPDX-License-Identifier: GPL-2.0-only
/*
 * mm/userfaultfd.c as it stands, and the two ioctls that install pages. Their destination is registered for missing pages
 * while the call lasts, so that no fault ever waits for a handler.
 */
#include "mm/userfaultfd.c"
#include "../sim.h"

struct mm_struct *sim_mm(int t);
#ifdef KF_UFFD_CTX_IN_HEADER
static struct userfaultfd_ctx sim_ctx;
#else
/* Defined by fs/userfaultfd.c alone: for us it is a place that a VMA's registration leads to. */
static unsigned long sim_ctx_bytes[64];
#define sim_ctx (*(struct userfaultfd_ctx *)sim_ctx_bytes)
#endif
#ifndef KF_VM_FLAGS_SET
#define vm_flags_set(vma, bits) ((vma)->vm_flags |= (bits))
#define vm_flags_clear(vma, bits) ((vma)->vm_flags &= ~(bits))
#define vma_start_write(vma) do { } while (0)
#endif

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
#ifdef KF_UFFD_CTX_IN_HEADER
	memset(&sim_ctx, 0, sizeof(sim_ctx));
	sim_ctx.mm = mm;
	init_rwsem(&sim_ctx.map_changing_lock);
	refcount_set(&sim_ctx.refcount, 1);
#endif
	set_ctx(mm, to, to + len, &sim_ctx);
}

/* 0 when all of it was done, else what the kernel says; -EAGAIN for a part. */
static long end(struct mm_struct *mm, unsigned long to, unsigned long len, long done)
{
	set_ctx(mm, to, to + len, NULL);
	return done < 0 ? done : done == len ? 0 : -EAGAIN;
}

#ifdef KF_UFFD_MOVE
/* UFFDIO_MOVE */
long sim_uffd_move(int t, unsigned long to, unsigned long from, unsigned long len)
{
	struct mm_struct *mm = sim_mm(t);

	sim_run_as(t);
	begin(mm, to, len);
	return end(mm, to, len, move_pages(&sim_ctx, to, from, len, 0));
}
#else
long sim_uffd_move(int t, unsigned long to, unsigned long from, unsigned long len)
{
	sim_host_bug("unmodelled: the tree has no UFFDIO_MOVE", "machine:userfaultfd.c", __LINE__, __func__);
}
#endif

/* UFFDIO_COPY; the pages to copy from must be present. */
long sim_uffd_copy(int t, unsigned long to, unsigned long from, unsigned long len)
{
	struct mm_struct *mm = sim_mm(t);

	sim_run_as(t);
	begin(mm, to, len);
#ifdef KF_UFFD_CTX_IN_HEADER
	return end(mm, to, len, mfill_atomic_copy(&sim_ctx, to, from, len, 0));
#else
	static atomic_t changing;

	return end(mm, to, len, mcopy_atomic(mm, to, from, len, &changing, 0));
#endif
}

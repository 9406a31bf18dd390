// SPDX-License-Identifier: GPL-2.0-only
/* A user's load or store of one page: the page-table walk of the CPU, and the fault handler of the architecture. */
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/sched.h>
#include <linux/mmap_lock.h>
#include <linux/pgtable.h>
#include <linux/perf_event.h>
#include "sim.h"

struct mm_struct *sim_mm(int t);
/* Faults of one access while other threads take away what it found: ended by the fuel long before. */
#define TRIES_AGAINST_OTHERS 100000

/* Walks the page tables as the CPU does, setting accessed and dirty bits. True if the access is allowed; gives the frame. */
static bool cpu_walk(struct mm_struct *mm, unsigned long addr, bool write, unsigned long *pfn)
{
	pgd_t *pgd = pgd_offset(mm, addr);
	p4d_t *p4d;
	pud_t *pud;
	pmd_t *pmd;
	pte_t *pte;

	p4d = p4d_offset(pgd, addr);
	if (p4d_none(*p4d))
		return false;
	pud = pud_offset(p4d, addr);
	if (pud_none(*pud))
		return false;
	pmd = pmd_offset(pud, addr);
	if (pmd_val(*pmd) & _PAGE_PSE) {
		if (!(pmd_val(*pmd) & _PAGE_PRESENT) || (write && !(pmd_val(*pmd) & _PAGE_RW)))
			return false;
		pmd_val(*pmd) |= _PAGE_ACCESSED | (write ? _PAGE_DIRTY : 0);
		*pfn = pmd_pfn(*pmd) + ((addr & ~PMD_MASK) >> PAGE_SHIFT);
		return true;
	}
	if (!(pmd_val(*pmd) & _PAGE_PRESENT))
		return false;
	pte = (pte_t *)pmd_page_vaddr(*pmd) + pte_index(addr);
	if (!(pte_val(*pte) & _PAGE_PRESENT) || (write && !(pte_val(*pte) & _PAGE_RW)))
		return false;
	pte_val(*pte) |= _PAGE_ACCESSED | (write ? _PAGE_DIRTY : 0);
	*pfn = pte_pfn(*pte);
	return true;
}

/* The frame that a present entry maps, without touching the entry; 0 for none. */
unsigned long sim_frame_at(struct mm_struct *mm, unsigned long addr)
{
	pgd_t *pgd = pgd_offset(mm, addr);
	pud_t *pud;
	pmd_t *pmd;
	pte_t *pte;

	if (p4d_none(*p4d_offset(pgd, addr)))
		return 0;
	pud = pud_offset(p4d_offset(pgd, addr), addr);
	if (pud_none(*pud))
		return 0;
	pmd = pmd_offset(pud, addr);
	if (!(pmd_val(*pmd) & _PAGE_PRESENT))
		return 0;
	if (pmd_val(*pmd) & _PAGE_PSE)
		return pmd_pfn(*pmd) + ((addr & ~PMD_MASK) >> PAGE_SHIFT);
	pte = (pte_t *)pmd_page_vaddr(*pmd) + pte_index(addr);
	return pte_present(*pte) ? pte_pfn(*pte) : 0;
}

static bool may(struct vm_area_struct *vma, bool write)
{
	return vma->vm_flags & (write ? VM_WRITE : VM_READ | VM_EXEC | VM_WRITE);
}

/* One page fault in the order of arch/x86/mm/fault.c do_user_addr_fault(): per-VMA lock first, then mmap_lock. */
static vm_fault_t fault(struct mm_struct *mm, unsigned long addr, bool write)
{
	unsigned int flags = FAULT_FLAG_DEFAULT | FAULT_FLAG_USER | (write ? FAULT_FLAG_WRITE : 0);
	struct pt_regs regs = { .user = 1 };
	struct vm_area_struct *vma;
	vm_fault_t result;

#ifdef KF_PER_VMA_LOCK
	vma = lock_vma_under_rcu(mm, addr);
	if (vma) {
		if (!may(vma, write)) {
			vma_end_read(vma);
			return VM_FAULT_SIGSEGV;
		}
		result = handle_mm_fault(vma, addr, flags | FAULT_FLAG_VMA_LOCK, &regs);
		if (!(result & (VM_FAULT_RETRY | VM_FAULT_COMPLETED)))
			vma_end_read(vma);
		if (!(result & VM_FAULT_RETRY))
			return result;
		if (result & VM_FAULT_MAJOR)
			flags |= FAULT_FLAG_TRIED;
	}
#endif
	for (int tries = 0; tries < (sim_threads ? TRIES_AGAINST_OTHERS : 8); tries++) {
		vma = lock_mm_and_find_vma(mm, addr, &regs);
		if (!vma)
			return VM_FAULT_SIGSEGV;
		if (!may(vma, write)) {
			mmap_read_unlock(mm);
			return VM_FAULT_SIGSEGV;
		}
		result = handle_mm_fault(vma, addr, flags, &regs);
		if (result & VM_FAULT_COMPLETED)
			return result;
		if (!(result & VM_FAULT_RETRY)) {
			mmap_read_unlock(mm);
			return result;
		}
		flags |= FAULT_FLAG_TRIED;
	}
	sim_host_exhausted("faults of one access");
}

static unsigned long faults;
/* Page faults of user accesses since the boot. */
unsigned long sim_faults(void) { return faults; }

/* The access of task t to one page; 0 and the frame, or -EFAULT as for SIGSEGV and SIGBUS, -ENOMEM for VM_FAULT_OOM. */
static long access(int t, unsigned long addr, bool write, unsigned long *pfn)
{
	struct mm_struct *mm = sim_mm(t);

	sim_run_as(t);
	for (int tries = 0; tries < (sim_threads ? TRIES_AGAINST_OTHERS : 16); tries++) {
		vm_fault_t result;

		if (cpu_walk(mm, addr, write, pfn))
			return 0;
		faults++;
		result = fault(mm, addr, write);
		if (result & VM_FAULT_OOM)
			return -ENOMEM;
		if (result & VM_FAULT_ERROR)
			return -EFAULT;
	}
	sim_host_exhausted("faults of one access");
}

static unsigned long read_tag;

long sim_write(int t, unsigned long addr, unsigned long tag)
{
	unsigned long pfn;
	long err = access(t, addr, true, &pfn);

	if (!err)
		sim_tag_set(pfn, tag);
	return err;
}

/* The tag read is left for sim_read_result(). */
long sim_read(int t, unsigned long addr)
{
	unsigned long pfn;
	long err = access(t, addr, false, &pfn);

	if (!err)
		read_tag = sim_tag_get(pfn);
	return err;
}
unsigned long sim_read_result(void) { return read_tag; }

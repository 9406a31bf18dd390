// SPDX-License-Identifier: GPL-2.0-only
/* What is left of the architecture and of other subsystems: protections, flushes, time, capabilities. */
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/pgtable.h>
#include <linux/capability.h>
#include <linux/cpumask.h>
#include <linux/cred.h>
#include <linux/hugetlb.h>
#include <linux/ratelimit.h>
#include <linux/timekeeping.h>
#include "sim.h"

/* Protections by VM_READ, VM_WRITE, VM_EXEC, VM_SHARED: private writable pages start read-only, for copy on write. */
static const pgprot_t protection_map[16] = {
	[VM_NONE] = PAGE_NONE,
	[VM_READ] = PAGE_READONLY,
	[VM_WRITE] = PAGE_COPY,
	[VM_WRITE | VM_READ] = PAGE_COPY,
	[VM_EXEC] = PAGE_READONLY_EXEC,
	[VM_EXEC | VM_READ] = PAGE_READONLY_EXEC,
	[VM_EXEC | VM_WRITE] = PAGE_COPY_EXEC,
	[VM_EXEC | VM_WRITE | VM_READ] = PAGE_COPY_EXEC,
	[VM_SHARED] = PAGE_NONE,
	[VM_SHARED | VM_READ] = PAGE_READONLY,
	[VM_SHARED | VM_WRITE] = PAGE_SHARED,
	[VM_SHARED | VM_WRITE | VM_READ] = PAGE_SHARED,
	[VM_SHARED | VM_EXEC] = PAGE_READONLY_EXEC,
	[VM_SHARED | VM_EXEC | VM_READ] = PAGE_READONLY_EXEC,
	[VM_SHARED | VM_EXEC | VM_WRITE] = PAGE_SHARED_EXEC,
	[VM_SHARED | VM_EXEC | VM_WRITE | VM_READ] = PAGE_SHARED_EXEC,
};
DECLARE_VM_GET_PAGE_PROT

/* Flushes are counted. */
unsigned long sim_tlb_flushes;
void sim_tlb_flush(struct mm_struct *mm, unsigned long start, unsigned long end) { sim_tlb_flushes++; }
void arch_tlbbatch_flush(struct arch_tlbflush_unmap_batch *batch)
{
	batch->pending = 0;
	sim_tlb_flushes++;
}

const struct cpumask *sim_node_cpumask(int node) { return cpu_online_mask; }

/* Everybody is root; overcommit is judged as for root. */
bool capable(int cap) { return true; }
bool ns_capable(struct user_namespace *ns, int cap) { return true; }
int cap_vm_enough_memory(struct mm_struct *mm, long pages) { return 1; }
int cap_mmap_addr(unsigned long addr) { return 0; }

#ifdef KF_PMD_HUGE
/* The architecture's tests for leaves and entries that are not present, as x86-64 has them. */
int pmd_huge(pmd_t pmd) { return !pmd_none(pmd) && (pmd_val(pmd) & (_PAGE_PRESENT | _PAGE_PSE)) != _PAGE_PRESENT; }
struct page *follow_huge_addr(struct mm_struct *mm, unsigned long address, int write) { return ERR_PTR(-EINVAL); }
int pud_huge(pud_t pud) { return !!(pud_val(pud) & _PAGE_PSE); }
#endif

ktime_t ktime_get(void) { return 1000000000; }

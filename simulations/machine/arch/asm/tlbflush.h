/* SPDX-License-Identifier: GPL-2.0-only */
/* There is no TLB; each flush is told to the machine, which may count it. */
#ifndef _RMAPBOT_ASM_TLBFLUSH_H
#define _RMAPBOT_ASM_TLBFLUSH_H
struct mm_struct;
struct vm_area_struct;
struct cpumask;
void sim_tlb_flush(struct mm_struct *mm, unsigned long start, unsigned long end);
#define flush_tlb_all() sim_tlb_flush(NULL, 0, ~0UL)
#define flush_tlb_mm(mm) sim_tlb_flush((mm), 0, ~0UL)
#define flush_tlb_range(vma, start, end) sim_tlb_flush((vma)->vm_mm, (start), (end))
#define flush_tlb_page(vma, address) sim_tlb_flush((vma)->vm_mm, (address), (address) + PAGE_SIZE)
#define flush_tlb_kernel_range(start, end) sim_tlb_flush(NULL, (start), (end))
#define flush_pmd_tlb_range(vma, start, end) flush_tlb_range(vma, start, end)
#define flush_pud_tlb_range(vma, start, end) flush_tlb_range(vma, start, end)
#include <asm/tlbbatch.h>
static inline bool arch_tlbbatch_should_defer(struct mm_struct *mm) { return true; }
static inline void arch_flush_tlb_batched_pending(struct mm_struct *mm) { flush_tlb_mm(mm); }
/* Three arguments on older trees, four on newer ones. */
#define arch_tlbbatch_add_pending(batch, ...) ((void)((batch)->pending++))
static inline void arch_tlbbatch_add_mm(struct arch_tlbflush_unmap_batch *batch, struct mm_struct *mm) { batch->pending++; }
void arch_tlbbatch_flush(struct arch_tlbflush_unmap_batch *batch);
#endif

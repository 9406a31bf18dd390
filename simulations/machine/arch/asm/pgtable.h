/* SPDX-License-Identifier: GPL-2.0-only */
/* Four-level page tables with the bit layout of x86-64, in plain C. */
#ifndef _RMAPBOT_ASM_PGTABLE_H
#define _RMAPBOT_ASM_PGTABLE_H

#define PGDIR_SHIFT 39
#define PGDIR_SIZE (_AC(1, UL) << PGDIR_SHIFT)
#define PGDIR_MASK (~(PGDIR_SIZE - 1))
#define PUD_SHIFT 30
#define PUD_SIZE (_AC(1, UL) << PUD_SHIFT)
#define PUD_MASK (~(PUD_SIZE - 1))
#define PMD_SHIFT 21
#define PMD_SIZE (_AC(1, UL) << PMD_SHIFT)
#define PMD_MASK (~(PMD_SIZE - 1))
#define PTRS_PER_PGD 512
#define PTRS_PER_PUD 512
#define PTRS_PER_PMD 512
#define PTRS_PER_PTE 512
#define USER_PTRS_PER_PGD 256
#define FIRST_USER_ADDRESS 0UL
#define VMALLOC_START 0xffffc90000000000UL
#define VMALLOC_END 0xffffe8ffffffffffUL

/* Bits of a present entry: Intel SDM volume 3, 4.5; software bits as Linux uses them on x86. */
#define _PAGE_PRESENT (1UL << 0)
#define _PAGE_RW (1UL << 1)
#define _PAGE_USER (1UL << 2)
#define _PAGE_ACCESSED (1UL << 5)
#define _PAGE_DIRTY (1UL << 6)
#define _PAGE_PSE (1UL << 7)
#define _PAGE_PROTNONE (1UL << 8)
#define _PAGE_SPECIAL (1UL << 9)
#define _PAGE_UFFD_WP (1UL << 10)
#define _PAGE_SOFT_DIRTY (1UL << 11)
#define _PAGE_DEVMAP (1UL << 58)
#define _PAGE_NX (1UL << 63)
/* Bits of a swap entry. */
#define _PAGE_SWP_SOFT_DIRTY _PAGE_RW
#define _PAGE_SWP_UFFD_WP _PAGE_USER
#define _PAGE_SWP_EXCLUSIVE (1UL << 3)

#define _PAGE_PFN_MASK 0x000ffffffffff000UL
#define _PAGE_TABLE (_PAGE_PRESENT | _PAGE_RW | _PAGE_USER | _PAGE_ACCESSED | _PAGE_DIRTY)
#define _PAGE_CHG_MASK (_PAGE_PFN_MASK | _PAGE_SPECIAL | _PAGE_ACCESSED | _PAGE_DIRTY | _PAGE_SOFT_DIRTY | \
			_PAGE_DEVMAP | _PAGE_UFFD_WP)

#define PAGE_NONE __pgprot(_PAGE_PROTNONE | _PAGE_ACCESSED)
#define PAGE_READONLY __pgprot(_PAGE_PRESENT | _PAGE_USER | _PAGE_ACCESSED | _PAGE_NX)
#define PAGE_READONLY_EXEC __pgprot(_PAGE_PRESENT | _PAGE_USER | _PAGE_ACCESSED)
#define PAGE_COPY PAGE_READONLY
#define PAGE_COPY_EXEC PAGE_READONLY_EXEC
#define PAGE_SHARED __pgprot(_PAGE_PRESENT | _PAGE_RW | _PAGE_USER | _PAGE_ACCESSED | _PAGE_NX)
#define PAGE_SHARED_EXEC __pgprot(_PAGE_PRESENT | _PAGE_RW | _PAGE_USER | _PAGE_ACCESSED)
#define PAGE_KERNEL __pgprot(_PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED | _PAGE_DIRTY | _PAGE_NX)
#define PAGE_KERNEL_EXEC __pgprot(_PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED | _PAGE_DIRTY)
#define PAGE_KERNEL_RO __pgprot(_PAGE_PRESENT | _PAGE_ACCESSED | _PAGE_NX)

#ifndef __ASSEMBLY__
#include <asm/page.h>
#include <asm-generic/pgtable-nop4d.h>
#include <linux/mm_types.h>
#include <linux/mmzone.h>
#include <asm/tlbflush.h>

extern pgd_t swapper_pg_dir[PTRS_PER_PGD];
#ifndef KF_GENERIC_ZERO_PAGE
extern struct page *sim_zero_page;
#define ZERO_PAGE(vaddr) (sim_zero_page)
#endif
static inline void paging_init(void) { }

#define pte_ERROR(e) pr_err("BUG: bad pte %016lx\n", pte_val(e))
#define pmd_ERROR(e) pr_err("BUG: bad pmd %016lx\n", pmd_val(e))
#define pud_ERROR(e) pr_err("BUG: bad pud %016lx\n", pud_val(e))
#define pgd_ERROR(e) pr_err("BUG: bad pgd %016lx\n", pgd_val(e))

/* Entries of the last level. */
#define PFN_PTE_SHIFT PAGE_SHIFT
#define pte_none(p) (!pte_val(p))
#define pte_present(p) (!!(pte_val(p) & (_PAGE_PRESENT | _PAGE_PROTNONE)))
#define pte_accessible(mm, p) (!!(pte_val(p) & _PAGE_PRESENT))
#define pte_pfn(p) ((pte_val(p) & _PAGE_PFN_MASK) >> PAGE_SHIFT)
#define pte_page(p) pfn_to_page(pte_pfn(p))
#define pte_pgprot(p) __pgprot(pte_val(p) & ~_PAGE_PFN_MASK)
static inline pte_t pfn_pte(unsigned long pfn, pgprot_t prot) { return __pte((pfn << PAGE_SHIFT) | pgprot_val(prot)); }
#ifndef KF_GENERIC_MK_PTE
#define mk_pte(page, prot) pfn_pte(page_to_pfn(page), prot)
#endif

#define SIM_PTE_TEST(name, bit) static inline int pte_##name(pte_t p) { return !!(pte_val(p) & (bit)); }
#define SIM_PTE_SET(name, bit) static inline pte_t pte_##name(pte_t p) { return __pte(pte_val(p) | (bit)); }
#define SIM_PTE_CLEAR(name, bit) static inline pte_t pte_##name(pte_t p) { return __pte(pte_val(p) & ~(bit)); }
SIM_PTE_TEST(write, _PAGE_RW)
SIM_PTE_TEST(dirty, _PAGE_DIRTY)
SIM_PTE_TEST(young, _PAGE_ACCESSED)
SIM_PTE_TEST(special, _PAGE_SPECIAL)
SIM_PTE_TEST(devmap, _PAGE_DEVMAP)
SIM_PTE_TEST(huge, _PAGE_PSE)
static inline int pte_exec(pte_t p) { return !(pte_val(p) & _PAGE_NX); }
#ifdef KF_GENERIC_MKWRITE
SIM_PTE_SET(mkwrite_novma, _PAGE_RW)
#else
SIM_PTE_SET(mkwrite, _PAGE_RW)
#endif
SIM_PTE_CLEAR(wrprotect, _PAGE_RW)
#ifdef CONFIG_HAVE_ARCH_SOFT_DIRTY
SIM_PTE_SET(mkdirty, _PAGE_DIRTY | _PAGE_SOFT_DIRTY)
#else
SIM_PTE_SET(mkdirty, _PAGE_DIRTY)
#endif
SIM_PTE_CLEAR(mkclean, _PAGE_DIRTY)
SIM_PTE_SET(mkyoung, _PAGE_ACCESSED)
SIM_PTE_CLEAR(mkold, _PAGE_ACCESSED)
SIM_PTE_SET(mkspecial, _PAGE_SPECIAL)
SIM_PTE_SET(mkdevmap, _PAGE_DEVMAP | _PAGE_SPECIAL)
SIM_PTE_SET(mkhuge, _PAGE_PSE)
SIM_PTE_TEST(swp_exclusive, _PAGE_SWP_EXCLUSIVE)
SIM_PTE_SET(swp_mkexclusive, _PAGE_SWP_EXCLUSIVE)
SIM_PTE_CLEAR(swp_clear_exclusive, _PAGE_SWP_EXCLUSIVE)
#define pte_swp_exclusive pte_swp_exclusive
#define __HAVE_ARCH_PTE_SWP_EXCLUSIVE
#ifdef CONFIG_HAVE_ARCH_SOFT_DIRTY
SIM_PTE_TEST(soft_dirty, _PAGE_SOFT_DIRTY)
SIM_PTE_SET(mksoft_dirty, _PAGE_SOFT_DIRTY)
SIM_PTE_CLEAR(clear_soft_dirty, _PAGE_SOFT_DIRTY)
SIM_PTE_TEST(swp_soft_dirty, _PAGE_SWP_SOFT_DIRTY)
SIM_PTE_SET(swp_mksoft_dirty, _PAGE_SWP_SOFT_DIRTY)
SIM_PTE_CLEAR(swp_clear_soft_dirty, _PAGE_SWP_SOFT_DIRTY)
#endif
/* Write protection by userfaultfd: the helpers lost "_wp" from their names in newer trees. */
SIM_PTE_TEST(uffd_wp, _PAGE_UFFD_WP)
SIM_PTE_SET(mkuffd_wp, _PAGE_UFFD_WP)
SIM_PTE_CLEAR(clear_uffd_wp, _PAGE_UFFD_WP)
SIM_PTE_TEST(swp_uffd_wp, _PAGE_SWP_UFFD_WP)
SIM_PTE_SET(swp_mkuffd_wp, _PAGE_SWP_UFFD_WP)
SIM_PTE_CLEAR(swp_clear_uffd_wp, _PAGE_SWP_UFFD_WP)
SIM_PTE_TEST(uffd, _PAGE_UFFD_WP)
SIM_PTE_SET(mkuffd, _PAGE_UFFD_WP)
SIM_PTE_CLEAR(clear_uffd, _PAGE_UFFD_WP)
SIM_PTE_TEST(swp_uffd, _PAGE_SWP_UFFD_WP)
SIM_PTE_SET(swp_mkuffd, _PAGE_SWP_UFFD_WP)
SIM_PTE_CLEAR(swp_clear_uffd, _PAGE_SWP_UFFD_WP)

#define pte_modify pte_modify
static inline pte_t pte_modify(pte_t p, pgprot_t prot)
{
	return __pte((pte_val(p) & _PAGE_CHG_MASK) | (pgprot_val(prot) & ~_PAGE_CHG_MASK));
}
static inline int pte_protnone(pte_t p) { return (pte_val(p) & (_PAGE_PRESENT | _PAGE_PROTNONE)) == _PAGE_PROTNONE; }
#define __HAVE_ARCH_PTE_SAME
static inline int pte_same(pte_t a, pte_t b) { return pte_val(a) == pte_val(b); }
static inline void set_pte(pte_t *ptep, pte_t p) { WRITE_ONCE(*ptep, p); }
#ifndef KF_GENERIC_SET_PTE_AT
static inline void set_pte_at(struct mm_struct *mm, unsigned long address, pte_t *ptep, pte_t p) { set_pte(ptep, p); }
#endif
static inline void pte_clear(struct mm_struct *mm, unsigned long address, pte_t *ptep) { set_pte(ptep, __pte(0)); }
/* As on x86 indivisible against the CPU's setting of accessed and dirty bits. */
#define __HAVE_ARCH_PTEP_GET_AND_CLEAR
static inline pte_t ptep_get_and_clear(struct mm_struct *mm, unsigned long address, pte_t *ptep)
{
	return __pte(__atomic_exchange_n(&pte_val(*ptep), 0, __ATOMIC_SEQ_CST));
}
#define __HAVE_ARCH_PTEP_SET_WRPROTECT
static inline void ptep_set_wrprotect(struct mm_struct *mm, unsigned long address, pte_t *ptep)
{
	__atomic_fetch_and(&pte_val(*ptep), ~_PAGE_RW, __ATOMIC_SEQ_CST);
}
static inline void update_mmu_cache_range(struct vm_fault *vmf, struct vm_area_struct *vma, unsigned long address,
					  pte_t *ptep, unsigned int nr) { }
#define update_mmu_cache(vma, address, ptep) do { } while (0)
#define update_mmu_cache_pmd(vma, address, pmdp) do { } while (0)
#define update_mmu_cache_pud(vma, address, pudp) do { } while (0)

/* Middle level: a table or a 2 MiB leaf. */
#define pmd_none(p) (!pmd_val(p))
#define pmd_present(p) (!!(pmd_val(p) & (_PAGE_PRESENT | _PAGE_PROTNONE | _PAGE_PSE)))
#define pmd_bad(p) ((pmd_val(p) & (_PAGE_PRESENT | _PAGE_PSE)) != _PAGE_PRESENT)
#define pmd_leaf pmd_leaf
static inline bool pmd_leaf(pmd_t p) { return !!(pmd_val(p) & _PAGE_PSE); }
static inline void set_pmd(pmd_t *pmdp, pmd_t p) { WRITE_ONCE(*pmdp, p); }
static inline void pmd_clear(pmd_t *pmdp) { set_pmd(pmdp, __pmd(0)); }
#define pmd_pfn(p) ((pmd_val(p) & _PAGE_PFN_MASK) >> PAGE_SHIFT)
#define pmd_page(p) pfn_to_page(pmd_pfn(p))
#define pmd_pgprot(p) __pgprot(pmd_val(p) & ~_PAGE_PFN_MASK)
static inline unsigned long pmd_page_vaddr(pmd_t p) { return (unsigned long)pfn_to_virt(pmd_pfn(p)); }
static inline pmd_t pfn_pmd(unsigned long pfn, pgprot_t prot) { return __pmd((pfn << PAGE_SHIFT) | pgprot_val(prot)); }
#ifndef KF_GENERIC_MK_PMD
#define mk_pmd(page, prot) pfn_pmd(page_to_pfn(page), prot)
#endif
static inline pte_t pmd_pte(pmd_t p) { return __pte(pmd_val(p)); }
static inline pmd_t pte_pmd(pte_t p) { return __pmd(pte_val(p)); }
#define SIM_PMD_TEST(name) static inline int pmd_##name(pmd_t p) { return pte_##name(pmd_pte(p)); }
#define SIM_PMD_EDIT(name) static inline pmd_t pmd_##name(pmd_t p) { return pte_pmd(pte_##name(pmd_pte(p))); }
#define pmd_write pmd_write
#define pmd_dirty pmd_dirty
#define pmd_young pmd_young
SIM_PMD_TEST(write)
SIM_PMD_TEST(dirty)
SIM_PMD_TEST(young)
SIM_PMD_TEST(devmap)
SIM_PMD_TEST(uffd_wp)
SIM_PMD_TEST(uffd)
SIM_PMD_TEST(swp_uffd_wp)
SIM_PMD_TEST(swp_uffd)
SIM_PMD_TEST(protnone)
#ifdef KF_GENERIC_MKWRITE
SIM_PMD_EDIT(mkwrite_novma)
#else
SIM_PMD_EDIT(mkwrite)
#endif
SIM_PMD_EDIT(wrprotect)
SIM_PMD_EDIT(mkdirty)
SIM_PMD_EDIT(mkclean)
SIM_PMD_EDIT(mkyoung)
SIM_PMD_EDIT(mkold)
SIM_PMD_EDIT(mkhuge)
SIM_PMD_EDIT(mkdevmap)
SIM_PMD_EDIT(mkuffd)
SIM_PMD_EDIT(clear_uffd)
SIM_PMD_EDIT(swp_mkuffd)
SIM_PMD_EDIT(swp_clear_uffd)
SIM_PMD_EDIT(mkuffd_wp)
SIM_PMD_EDIT(clear_uffd_wp)
SIM_PMD_EDIT(swp_mkuffd_wp)
SIM_PMD_EDIT(swp_clear_uffd_wp)
#ifdef CONFIG_HAVE_ARCH_SOFT_DIRTY
SIM_PMD_TEST(soft_dirty)
SIM_PMD_EDIT(mksoft_dirty)
SIM_PMD_EDIT(clear_soft_dirty)
#ifdef CONFIG_ARCH_ENABLE_THP_MIGRATION
SIM_PMD_TEST(swp_soft_dirty)
SIM_PMD_EDIT(swp_mksoft_dirty)
SIM_PMD_EDIT(swp_clear_soft_dirty)
#endif
#endif
#ifdef CONFIG_ARCH_SUPPORTS_PMD_PFNMAP
#define pmd_special pmd_special
SIM_PMD_TEST(special)
SIM_PMD_EDIT(mkspecial)
#endif
static inline pmd_t pmd_mkinvalid(pmd_t p) { return __pmd(pmd_val(p) & ~(_PAGE_PRESENT | _PAGE_PROTNONE)); }
static inline pmd_t pmd_modify(pmd_t p, pgprot_t prot)
{
	return __pmd((pmd_val(p) & (_PAGE_CHG_MASK | _PAGE_PSE)) | (pgprot_val(prot) & ~_PAGE_CHG_MASK));
}
static inline void set_pmd_at(struct mm_struct *mm, unsigned long address, pmd_t *pmdp, pmd_t p) { set_pmd(pmdp, p); }
#ifdef CONFIG_TRANSPARENT_HUGEPAGE
static inline int pmd_trans_huge(pmd_t p) { return (pmd_val(p) & (_PAGE_PSE | _PAGE_DEVMAP)) == _PAGE_PSE; }
#define has_transparent_hugepage() (1)
static inline int pud_devmap(pud_t p) { return 0; }
static inline int pgd_devmap(pgd_t p) { return 0; }
#define __HAVE_ARCH_PMDP_HUGE_GET_AND_CLEAR
static inline pmd_t pmdp_huge_get_and_clear(struct mm_struct *mm, unsigned long address, pmd_t *pmdp)
{
	return __pmd(__atomic_exchange_n(&pmd_val(*pmdp), 0, __ATOMIC_SEQ_CST));
}
#define __HAVE_ARCH_PMDP_SET_WRPROTECT
static inline void pmdp_set_wrprotect(struct mm_struct *mm, unsigned long address, pmd_t *pmdp)
{
	__atomic_fetch_and(&pmd_val(*pmdp), ~_PAGE_RW, __ATOMIC_SEQ_CST);
}
#define pmdp_establish pmdp_establish
static inline pmd_t pmdp_establish(struct vm_area_struct *vma, unsigned long address, pmd_t *pmdp, pmd_t p)
{
	pmd_t old = *pmdp;

	set_pmd(pmdp, p);
	return old;
}
#endif

/* Upper levels. */
#define pud_none(p) (!pud_val(p))
#define pud_present(p) (!!(pud_val(p) & _PAGE_PRESENT))
#define pud_bad(p) ((pud_val(p) & (_PAGE_PRESENT | _PAGE_PSE)) != _PAGE_PRESENT)
#define pud_leaf pud_leaf
static inline bool pud_leaf(pud_t p) { return !!(pud_val(p) & _PAGE_PSE); }
static inline void set_pud(pud_t *pudp, pud_t p) { WRITE_ONCE(*pudp, p); }
static inline void set_pud_at(struct mm_struct *mm, unsigned long address, pud_t *pudp, pud_t p) { set_pud(pudp, p); }
static inline void pud_clear(pud_t *pudp) { set_pud(pudp, __pud(0)); }
#define pud_pfn pud_pfn
static inline unsigned long pud_pfn(pud_t p) { return (pud_val(p) & _PAGE_PFN_MASK) >> PAGE_SHIFT; }
#define pud_page(p) pfn_to_page(pud_pfn(p))
#define pud_pgprot(p) __pgprot(pud_val(p) & ~_PAGE_PFN_MASK)
#define pud_write pud_write
static inline int pud_write(pud_t p) { return !!(pud_val(p) & _PAGE_RW); }
static inline pmd_t *pud_pgtable(pud_t p) { return (pmd_t *)pfn_to_virt(pud_pfn(p)); }
#define p4d_none(p) (!pgd_val((p).pgd))
#define p4d_present(p) (!!(pgd_val((p).pgd) & _PAGE_PRESENT))
#define p4d_bad(p) ((pgd_val((p).pgd) & _PAGE_PRESENT) == 0)
static inline void set_p4d(p4d_t *p4dp, p4d_t p) { WRITE_ONCE(*p4dp, p); }
static inline void p4d_clear(p4d_t *p4dp) { set_p4d(p4dp, __p4d(0)); }
#define p4d_pgtable(p) ((pud_t *)pfn_to_virt((pgd_val((p).pgd) & _PAGE_PFN_MASK) >> PAGE_SHIFT))
#define p4d_page(p) pfn_to_page((pgd_val((p).pgd) & _PAGE_PFN_MASK) >> PAGE_SHIFT)

/* Swap entries: five bits of type on top, the offset from the page-frame bits up. */
#define __SWP_TYPE_SHIFT 59
#define __SWP_OFF_SHIFT 12
#define MAX_SWAPFILES_CHECK() BUILD_BUG_ON(MAX_SWAPFILES_SHIFT > 5)
#define __swp_type(x) ((x).val >> __SWP_TYPE_SHIFT)
#define __swp_offset(x) (((x).val << 5) >> (5 + __SWP_OFF_SHIFT))
#define __swp_entry(type, offset) \
	((swp_entry_t){ ((unsigned long)(type) << __SWP_TYPE_SHIFT) | ((unsigned long)(offset) << __SWP_OFF_SHIFT) })
#define __pte_to_swp_entry(p) ((swp_entry_t){ pte_val(p) })
#define __pmd_to_swp_entry(p) ((swp_entry_t){ pmd_val(p) })
#define __swp_entry_to_pte(x) __pte((x).val)
#define __swp_entry_to_pmd(x) __pmd((x).val)
#endif
#endif

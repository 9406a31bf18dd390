/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages: physical address = offset in linear memory; pages for user data lie beyond its end (see pages.c). */
#ifndef _RMAPBOT_ASM_PAGE_H
#define _RMAPBOT_ASM_PAGE_H
#include <linux/const.h>
#if __has_include(<vdso/page.h>)
#include <vdso/page.h>
#else
#define PAGE_SHIFT 12
#define PAGE_SIZE (_AC(1, UL) << PAGE_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE - 1))
#endif
#define HPAGE_SHIFT 21
#define HPAGE_SIZE (_AC(1, UL) << HPAGE_SHIFT)
#define HPAGE_MASK (~(HPAGE_SIZE - 1))
#define HUGETLB_PAGE_ORDER (HPAGE_SHIFT - PAGE_SHIFT)
#define HUGE_MAX_HSTATE 2
#ifndef __ASSEMBLY__
#include <linux/types.h>
#include <linux/pfn.h>

typedef struct { unsigned long pte; } pte_t;
typedef struct { unsigned long pmd; } pmd_t;
typedef struct { unsigned long pud; } pud_t;
typedef struct { unsigned long pgd; } pgd_t;
typedef struct { unsigned long pgprot; } pgprot_t;
typedef struct page *pgtable_t;
#define pte_val(x) ((x).pte)
#define pmd_val(x) ((x).pmd)
#define pud_val(x) ((x).pud)
#define pgd_val(x) ((x).pgd)
#define pgprot_val(x) ((x).pgprot)
#define __pte(x) ((pte_t){ (x) })
#define __pmd(x) ((pmd_t){ (x) })
#define __pud(x) ((pud_t){ (x) })
#define __pgd(x) ((pgd_t){ (x) })
#define __pgprot(x) ((pgprot_t){ (x) })

struct page;
struct vm_area_struct;
/* User pages have no bytes, only a tag each: clearing and copying moves tags. */
void sim_clear_user_page(struct page *page);
void sim_copy_user_page(struct page *to, struct page *from);
#define clear_user_highpage(page, vaddr) sim_clear_user_page(page)
#define __HAVE_ARCH_COPY_USER_HIGHPAGE
static inline void copy_user_highpage(struct page *to, struct page *from, unsigned long vaddr,
				      struct vm_area_struct *vma)
{
	sim_copy_user_page(to, from);
}
#define __HAVE_ARCH_COPY_HIGHPAGE
static inline void copy_highpage(struct page *to, struct page *from) { sim_copy_user_page(to, from); }
void sim_clear_page(void *address);
#define clear_page(address) sim_clear_page(address)
void sim_copy_page(void *to, const void *from);
#define copy_page(to, from) sim_copy_page((to), (from))
#define clear_user_page(address, vaddr, page) sim_clear_user_page(page)
#define copy_user_page(to, from, vaddr, page) copy_page((to), (from))

#define PAGE_OFFSET 0UL
#define __pa(x) ((unsigned long)(x))
#define __va(x) ((void *)((unsigned long)(x)))
#define __pa_symbol(x) __pa(x)
#define virt_to_pfn(address) (__pa(address) >> PAGE_SHIFT)
#define pfn_to_virt(pfn) __va((unsigned long)(pfn) << PAGE_SHIFT)
#define virt_to_page(address) pfn_to_page(virt_to_pfn(address))
#define page_to_virt(page) pfn_to_virt(page_to_pfn(page))
#define pfn_to_kaddr(pfn) pfn_to_virt(pfn)
#define virt_addr_valid(address) (1)
extern unsigned long sim_vmemmap;
#define vmemmap ((struct page *)sim_vmemmap)
#include <asm-generic/memory_model.h>
#ifndef page_to_phys
#define page_to_phys(page) ((phys_addr_t)page_to_pfn(page) << PAGE_SHIFT)
#endif
#include <asm-generic/getorder.h>
#endif
#define VM_DATA_DEFAULT_FLAGS VM_DATA_FLAGS_TSK_EXEC
#define VMA_DATA_DEFAULT_FLAGS VMA_DATA_FLAGS_TSK_EXEC
#endif

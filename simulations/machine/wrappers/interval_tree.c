// SPDX-License-Identifier: GPL-2.0-only
/*
 * mm/interval_tree.c as it stands, watched: each insertion and removal goes through the two helpers of rbtree_augmented.h,
 * whatever the tree's own functions are called; walks begin at functions that are known by name. Nodes are counted.
 */
#include <linux/mm.h>
#include <linux/fs.h>
#include <linux/rmap.h>
#include <linux/interval_tree_generic.h>

extern unsigned long sim_tree_nodes;
void sim_tree_write(void *root);
void sim_tree_read(void *root);

#define rb_insert_augmented_cached(node, root, leftmost, augment) \
	(sim_tree_write(root), (rb_insert_augmented_cached)(node, root, leftmost, augment))
#define rb_insert_augmented(node, root, augment) (sim_tree_write(root), (rb_insert_augmented)(node, root, augment))
#define rb_erase_augmented_cached(node, root, augment) \
	(sim_tree_write(root), (rb_erase_augmented_cached)(node, root, augment))

/* Names until 7.2, and since; a tree that has neither is not watched where it is walked. */
#ifdef anon_vma_interval_tree_foreach
#define anon_vma_interval_tree_iter_first sim_anon_first
#define anon_vma_interval_tree_iter_next sim_anon_next
#endif
#ifdef vma_interval_tree_foreach
#define vma_interval_tree_iter_first sim_file_first
#define vma_interval_tree_iter_next sim_file_next
#endif
#ifdef anon_rmap_tree_foreach
#define anon_rmap_tree_iter_first sim_anon_first
#define anon_rmap_tree_iter_next sim_anon_next
#endif
#ifdef mapping_rmap_tree_foreach
#define mapping_rmap_tree_iter_first sim_file_first
#define mapping_rmap_tree_iter_next sim_file_next
#endif

#include "mm/interval_tree.c"

#undef anon_vma_interval_tree_iter_first
#undef anon_vma_interval_tree_iter_next
#undef vma_interval_tree_iter_first
#undef vma_interval_tree_iter_next
#undef anon_rmap_tree_iter_first
#undef anon_rmap_tree_iter_next
#undef mapping_rmap_tree_iter_first
#undef mapping_rmap_tree_iter_next

#define SIM_WALK(node, name, type, member, first, next)							\
struct node *name##_iter_first(struct type *tree, unsigned long start, unsigned long last)		\
{													\
	sim_tree_read(member);										\
	return first(tree, start, last);								\
}													\
struct node *name##_iter_next(struct node *at, unsigned long start, unsigned long last)		\
{													\
	sim_tree_nodes++;										\
	return next(at, start, last);									\
}

#ifdef anon_vma_interval_tree_foreach
SIM_WALK(anon_vma_chain, anon_vma_interval_tree, rb_root_cached, tree, sim_anon_first, sim_anon_next)
#endif
#ifdef vma_interval_tree_foreach
SIM_WALK(vm_area_struct, vma_interval_tree, rb_root_cached, tree, sim_file_first, sim_file_next)
#endif
#ifdef anon_rmap_tree_foreach
SIM_WALK(anon_vma_chain, anon_rmap_tree, anon_vma, tree, sim_anon_first, sim_anon_next)
#endif
#ifdef mapping_rmap_tree_foreach
SIM_WALK(vm_area_struct, mapping_rmap_tree, address_space, &tree->i_mmap, sim_file_first, sim_file_next)
#endif

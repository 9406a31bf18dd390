// SPDX-License-Identifier: GPL-2.0-only
/* An own descent of an mm's maple tree: what is stored must be sound whatever the tree's own code believes. */
#include <linux/mm.h>
#include <linux/maple_tree.h>
#include "sim.h"

unsigned long sim_object_state(void *object);
const char *sim_cache_name(unsigned int i);

enum { SOUND, DEAD_NODE, PIVOTS, PARENT, DEPTH, DEAD_VMA, RANGE };

/* Live object of the named cache. */
static bool live(void *object, const char *cache)
{
	unsigned long state = sim_object_state(object);

	return (state & 3) == 1 && !strcmp(sim_cache_name((state >> 2) - 1), cache);
}

struct descent {
	int leaf_depth;
	struct mm_struct *mm;
};

static int check_entry(struct descent *d, void *entry, unsigned long min, unsigned long max)
{
	struct vm_area_struct *vma = entry;

	if (!entry)
		return SOUND;
	if (((unsigned long)entry & 7) || !live(entry, "vm_area_struct"))
		return DEAD_VMA;
	return vma->vm_start == min && vma->vm_end - 1 == max && vma->vm_mm == d->mm ? SOUND : RANGE;
}

/* Node pointers carry the type in bits 3 to 6; nodes are aligned to 256 bytes (include/linux/maple_tree.h). */
static int check_node(struct descent *d, void *encoded, void *parent, unsigned long min, unsigned long max, int depth)
{
	struct maple_node *node = (struct maple_node *)((unsigned long)encoded & ~255UL);
	enum maple_type type = ((unsigned long)encoded >> 3) & 15;
	int slots = type == maple_arange_64 ? MAPLE_ARANGE64_SLOTS : MAPLE_RANGE64_SLOTS;
	unsigned long *pivots = type == maple_arange_64 ? node->ma64.pivot : node->mr64.pivot;
	void __rcu **slot = type == maple_arange_64 ? node->ma64.slot : node->mr64.slot;
	unsigned long from = min;

	if (!live(node, "maple_node"))
		return DEAD_NODE;
	if (type != maple_leaf_64 && type != maple_range_64 && type != maple_arange_64)
		return DEAD_NODE;
	if (parent && ((unsigned long)node->parent & ~255UL) != (unsigned long)parent)
		return PARENT;
	if (type == maple_leaf_64) {
		if (d->leaf_depth >= 0 && d->leaf_depth != depth)
			return DEPTH;
		d->leaf_depth = depth;
	}
	for (int i = 0; i < slots; i++) {
		unsigned long last = i < slots - 1 ? pivots[i] : max;
		void *entry = (void *)slot[i];
		int fault;

		/* A zero pivot past the first slot ends the node: the slot reaches up to the node's maximum. */
		if (i && i < slots - 1 && !last)
			last = max;
		if (last < from || last > max)
			return PIVOTS;
		if (type == maple_leaf_64)
			fault = check_entry(d, entry, from, last);
		else
			fault = entry && depth < 32 ? check_node(d, entry, node, from, last, depth + 1) : DEAD_NODE;
		if (fault)
			return fault;
		if (last == max)
			return SOUND;
		from = last + 1;
	}
	return PIVOTS;
}

/* SOUND or what is wrong; see MAPLE_FAULTS in src/machine/machine.ts. */
int sim_check_maple(struct mm_struct *mm)
{
	struct descent d = { -1, mm };
	void *root = (void *)mm->mm_mt.ma_root;

	/* Nodes have bit 1 set; a lone entry stands in the root itself and covers index 0 only, so no VMA can. */
	if (((unsigned long)root & 3) != 2 || (unsigned long)root <= 4096)
		return root ? DEAD_VMA : SOUND;
	return check_node(&d, root, NULL, 0, ULONG_MAX, 0);
}

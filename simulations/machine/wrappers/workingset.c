// SPDX-License-Identifier: GPL-2.0-only
/* mm/workingset.c as it stands, and a way to its initcall: the list of nodes that hold only shadows, and its shrinker. */
#include "mm/workingset.c"
#include "../sim.h"

int sim_workingset_init(void)
{
#ifndef KF_SHRINKER_ALLOC
	sim_add_shrinker(&workingset_shadow_shrinker);
#endif
	return workingset_init();
}

// SPDX-License-Identifier: GPL-2.0-only
/* mm/workingset.c as it stands, and a way to its initcall: the list of nodes that hold only shadows, and its shrinker. */
#include "mm/workingset.c"

int sim_workingset_init(void) { return workingset_init(); }

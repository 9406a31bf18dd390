// SPDX-License-Identifier: GPL-2.0-only
/* mm/khugepaged.c as it stands; a pass of its thread is a step. */
#include "mm/khugepaged.c"
#include "../sim.h"

/* One pass over all address spaces that asked for huge pages: it ends by itself when their list is through. */
void sim_khugepaged(void)
{
	sim_run_as(-1);
	khugepaged_pages_to_scan = 1U << 30;
	khugepaged_do_scan(&khugepaged_collapse_control);
}

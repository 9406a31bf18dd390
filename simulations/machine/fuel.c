// SPDX-License-Identifier: GPL-2.0-only
/*
 * Answers the compiler's instrumentation: each basic block of the tree's code costs one unit of fuel and leaves a mark.
 * Not instrumented itself.
 */
#include "sim.h"

/* One byte a block, indexed by the guard's own number; sized by the host from the number of guards. */
unsigned long sim_fuel = ~0UL;
unsigned long sim_blocks;
unsigned char *sim_block_hit;

/* Called by the module's constructors, once per unit: gives each guard its number. */
void __sanitizer_cov_trace_pc_guard_init(unsigned int *start, unsigned int *stop)
{
	if (start == stop || *start)
		return;
	for (; start < stop; start++)
		*start = (unsigned int)++sim_blocks;
}

void __sanitizer_cov_trace_pc_guard(unsigned int *guard)
{
	if (!sim_fuel--)
		sim_fuel_over();
	if (sim_block_hit)
		sim_block_hit[*guard] = 1;
}

/* Blocks executed since boot, whatever fuel each operation began with. */
static unsigned long fuel_given = ~0UL, spent_before;
unsigned long sim_blocks_spent(void) { return spent_before + (fuel_given - sim_fuel); }
void sim_fuel_set(unsigned long blocks)
{
	spent_before = sim_blocks_spent();
	sim_fuel = fuel_given = blocks;
}
unsigned long sim_fuel_left(void) { return sim_fuel; }
void sim_block_buffer(unsigned char *buffer) { sim_block_hit = buffer; }
unsigned long sim_block_count(void) { return sim_blocks; }

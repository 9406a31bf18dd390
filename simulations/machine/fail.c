// SPDX-License-Identifier: GPL-2.0-only
/*
 * Allocations that fail: the n-th one that the tree's code asks for, of whatever kind, from the moment it is armed.
 * Allocations that must not fail (__GFP_NOFAIL) are neither refused nor counted.
 */
#include <linux/gfp.h>
#include "sim.h"

static unsigned long asked, refuse_at, refused;
/* An attempt that may not wait was refused: the one that follows for the same object, which may, is refused with it. */
static const char *insisting;

/* Arms: number n from now on, counted from 1, is refused; 0 for none. */
void sim_refuse_allocation(unsigned long n)
{
	asked = refused = 0;
	refuse_at = n;
	insisting = NULL;
}
/* How many were refused since, and how many were asked for. */
unsigned long sim_allocations_refused(void) { return refused; }
unsigned long sim_allocations_asked(void) { return asked; }

/* Whether this allocation is to fail. what: the object's or the memory's kind. */
bool sim_refuses(const char *what, unsigned long bytes, gfp_t gfp)
{
	bool may_wait = gfp & __GFP_DIRECT_RECLAIM;

	if (!refuse_at || (gfp & __GFP_NOFAIL))
		return false;
	asked++;
	if (insisting == what && may_wait) {
		insisting = NULL;
		refused++;
		return true;
	}
	if (asked != refuse_at)
		return false;
	refused++;
	if (!may_wait)
		insisting = what;
	sim_host_refused(what, bytes);
	return true;
}

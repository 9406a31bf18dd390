// SPDX-License-Identifier: GPL-2.0-only
/* mm/swap_state.c as it stands, and what boot sets up of it. */
#include "mm/swap_state.c"

void sim_swap_state_init(void)
{
#ifdef KF_SWAP_READAHEAD_SETUP
	swap_readahead_setup();
#else
	swap_setup();
#endif
#ifdef KF_SWAP_SPACE
	mapping_set_no_writeback_tags(&swap_space);
#endif
}

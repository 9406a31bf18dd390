// SPDX-License-Identifier: GPL-2.0-only
/* mm/swapfile.c as it stands, and swapon() of a block device from where its header has been read. */
#include "mm/swapfile.c"
#include "../sim.h"

static struct block_device_operations sim_swap_fops;
static struct gendisk sim_swap_disk = { .fops = &sim_swap_fops };
static struct block_device sim_swap_bdev = { .bd_disk = &sim_swap_disk };
static union swap_header sim_swap_header;

/* One swap area of SIM_SWAP_PAGES slots on a disk that does not rotate; the first slot is the header. */
int sim_swapon(void)
{
	struct swap_info_struct *si;
	unsigned long pages = SIM_SWAP_PAGES;
	int err;

	swapfile_init();
	si = alloc_swap_info();
	if (IS_ERR(si))
		return PTR_ERR(si);
	INIT_WORK(&si->discard_work, swap_discard_work);
	INIT_WORK(&si->reclaim_work, swap_reclaim_work);
	sim_swap_header.info.last_page = pages - 1;
	si->bdev = &sim_swap_bdev;
	si->flags |= SWP_SOLIDSTATE | SWP_BLKDEV;
	si->max = pages;
	si->pages = pages - 1;
#ifdef KF_SWAP_CLUSTERS_INFO
	err = setup_swap_clusters_info(si, &sim_swap_header, pages);
	if (err)
		return err;
	si->prio = DEF_SWAP_PRIO;
	si->list.prio = -si->prio;
	si->avail_list.prio = -si->prio;
	enable_swap_info(si);
#else
	{
		unsigned char *map = kvzalloc(pages, GFP_KERNEL);
		unsigned long *zeromap = kvmalloc_array(BITS_TO_LONGS(pages), sizeof(long), GFP_KERNEL | __GFP_ZERO);
		struct swap_cluster_info *clusters;

		if (!map || !zeromap)
			return -ENOMEM;
		si->lowest_bit = 1;
		si->cluster_next = 1;
		si->highest_bit = pages - 1;
		err = setup_swap_map(si, &sim_swap_header, map, pages);
		if (err)
			return err;
		clusters = setup_clusters(si, &sim_swap_header, pages);
		if (IS_ERR(clusters))
			return PTR_ERR(clusters);
		err = init_swap_address_space(si->type, pages);
		if (err)
			return err;
		enable_swap_info(si, -1, map, clusters, zeromap);
	}
#endif
	return 0;
}

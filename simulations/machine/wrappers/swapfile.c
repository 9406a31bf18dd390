// SPDX-License-Identifier: GPL-2.0-only
/* mm/swapfile.c as it stands, and swapon() of a block device from where its header has been read. */
#include "mm/swapfile.c"
#include "../sim.h"

static struct block_device_operations sim_swap_fops;
static struct gendisk sim_swap_disk = { .fops = &sim_swap_fops };
static struct block_device sim_swap_bdev = { .bd_disk = &sim_swap_disk };
static union swap_header sim_swap_header;
#if !defined(KF_SWAP_CLUSTERS_INFO) && !defined(KF_SETUP_CLUSTERS)
/* The device's file: older trees ask it what kind of swap space it is. */
static struct inode sim_swap_inode = { .i_mode = S_IFBLK };
static struct address_space sim_swap_mapping = { .host = &sim_swap_inode };
static struct file sim_swap_file = { .f_mapping = &sim_swap_mapping };
#endif

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
#ifdef KF_SWAP_RECLAIM_WORK
	INIT_WORK(&si->reclaim_work, swap_reclaim_work);
#endif
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
#elif !defined(KF_SETUP_CLUSTERS)
	{
		unsigned char *map = vzalloc(pages);
		struct swap_cluster_info *clusters = kvcalloc(DIV_ROUND_UP(pages, SWAPFILE_CLUSTER), sizeof(*clusters), GFP_KERNEL);
		sector_t span;

		si->cluster_next_cpu = alloc_percpu(unsigned int);
		si->percpu_cluster = alloc_percpu(struct percpu_cluster);
		if (!map || !clusters || !si->cluster_next_cpu || !si->percpu_cluster)
			return -ENOMEM;
		si->swap_file = &sim_swap_file;
		si->lowest_bit = 1;
		si->cluster_next = 1;
		si->highest_bit = pages - 1;
		per_cpu(*si->cluster_next_cpu, 0) = 1;
		cluster_set_null(&per_cpu_ptr(si->percpu_cluster, 0)->index);
		for (unsigned long i = 0; i < DIV_ROUND_UP(pages, SWAPFILE_CLUSTER); i++)
			spin_lock_init(&clusters[i].lock);
		err = setup_swap_map_and_extents(si, &sim_swap_header, map, clusters, pages, &span);
		if (err < 0)
			return err;
		err = init_swap_address_space(si->type, pages);
		if (err)
			return err;
		enable_swap_info(si, -1, map, clusters, NULL);
	}
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

/* A machine without swap: nothing more goes out. */
void sim_no_swap(void)
{
	atomic_long_set(&nr_swap_pages, 0);
	swap_info[0]->flags &= ~SWP_WRITEOK;
}

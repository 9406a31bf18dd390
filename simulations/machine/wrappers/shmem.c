// SPDX-License-Identifier: GPL-2.0-only
/* mm/shmem.c as it stands, and tmpfs files without a mount: the inode that shmem_get_inode() would make. */
#include "mm/shmem.c"

static struct super_block sim_shmem_super;
static struct shmem_sb_info sim_shmem_info;

void sim_shmem_init(struct backing_dev_info *bdi)
{
	sim_shmem_super.s_fs_info = &sim_shmem_info;
	sim_shmem_super.s_bdi = bdi;
	sim_shmem_super.s_maxbytes = MAX_LFS_FILESIZE;
	sim_shmem_super.s_blocksize = PAGE_SIZE;
	sim_shmem_super.s_blocksize_bits = PAGE_SHIFT;
	raw_spin_lock_init(&sim_shmem_info.stat_lock);
	spin_lock_init(&sim_shmem_info.shrinklist_lock);
	INIT_LIST_HEAD(&sim_shmem_info.shrinklist);
}

/* Bytes of the object that holds a tmpfs inode, and where in it the inode stands. */
unsigned long sim_shmem_inode_size(void) { return sizeof(struct shmem_inode_info); }
struct inode *sim_shmem_inode(void *zeroed)
{
	struct shmem_inode_info *info = zeroed;

	spin_lock_init(&info->lock);
	info->seals = F_SEAL_SEAL;
	INIT_LIST_HEAD(&info->shrinklist);
	INIT_LIST_HEAD(&info->swaplist);
	INIT_LIST_HEAD(&info->xattrs);
	mpol_shared_policy_init(&info->policy, NULL);
	info->vfs_inode.i_sb = &sim_shmem_super;
	return &info->vfs_inode;
}
void sim_shmem_setup(struct inode *inode, struct file *file)
{
	inode->i_mapping->a_ops = &shmem_aops;
	inode->i_op = &shmem_inode_operations;
	inode->i_fop = &shmem_file_operations;
	inode->__i_nlink = 1;
	file->f_op = &shmem_file_operations;
}

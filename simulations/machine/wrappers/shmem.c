// SPDX-License-Identifier: GPL-2.0-only
/* mm/shmem.c as it stands, and tmpfs files without a mount: the inode that shmem_get_inode() would make. */
#include "mm/shmem.c"

static struct super_block sim_shmem_super;
static struct shmem_sb_info sim_shmem_info;
static struct vfsmount sim_shmem_mount;
extern struct mnt_idmap nop_mnt_idmap;

/* The mount that shared anonymous memory takes its files from. */
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
	sim_shmem_mount.mnt_sb = &sim_shmem_super;
#ifdef KF_MNT_IDMAP
	sim_shmem_mount.mnt_idmap = &nop_mnt_idmap;
#else
	sim_shmem_mount.mnt_userns = &init_user_ns;
#endif
	shm_mnt = &sim_shmem_mount;
}
struct super_block *sim_shmem_sb(void) { return &sim_shmem_super; }

/* Bytes of the object that holds a tmpfs inode, and where in it the inode stands. */
unsigned long sim_shmem_inode_size(void) { return sizeof(struct shmem_inode_info); }
struct inode *sim_shmem_inode(void *zeroed) { return &((struct shmem_inode_info *)zeroed)->vfs_inode; }

/* What __shmem_get_inode() sets up for a regular file. */
void sim_shmem_setup(struct inode *inode, struct file *file)
{
	struct shmem_inode_info *info = SHMEM_I(inode);

	spin_lock_init(&info->lock);
	info->seals = F_SEAL_SEAL;
	#ifdef SHMEM_F_NORESERVE
	info->flags = SHMEM_F_NORESERVE;
#else
	info->flags = VM_NORESERVE;
#endif
	INIT_LIST_HEAD(&info->shrinklist);
	INIT_LIST_HEAD(&info->swaplist);
#ifdef KF_INLINE_XATTRS_INIT
	simple_xattrs_init(&info->xattrs);
#endif
	mpol_shared_policy_init(&info->policy, NULL);
	inode->i_mapping->a_ops = &shmem_aops;
	inode->i_op = &shmem_inode_operations;
	inode->i_fop = &shmem_file_operations;
	inode->__i_nlink = 1;
	file->f_op = &shmem_file_operations;
}
void sim_shmem_evict(struct inode *inode) { shmem_evict_inode(inode); }

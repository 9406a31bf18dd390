// SPDX-License-Identifier: GPL-2.0-only
/*
 * Open files: a page-cache file of a disk file system ("ext4": generic mmap, read by read_folio), a tmpfs file (the
 * kernel's own shmem) and /dev/zero. What a page of a disk file holds is a tag made of the file and its index.
 */
#include <linux/mm.h>
#include <linux/fs.h>
#include <linux/file.h>
#include <linux/pagemap.h>
#include <linux/slab.h>
#include <linux/migrate.h>
#include <linux/backing-dev.h>
#include "older.h"
#include "sim.h"

#define FILES_MAX 64
#define RELEASES_MAX 1024
enum { KIND_DISK, KIND_TMPFS, KIND_ZERO };

void sim_tag_set(unsigned long pfn, unsigned long tag);
unsigned long sim_object_at(void *inside);
void sim_shmem_init(struct backing_dev_info *bdi);
struct super_block *sim_shmem_sb(void);
unsigned long sim_shmem_inode_size(void);
struct inode *sim_shmem_inode(void *zeroed);
void sim_shmem_setup(struct inode *inode, struct file *file);
void sim_shmem_evict(struct inode *inode);
const struct file_operations *sim_zero_fops(void);

static struct file *open_files[FILES_MAX];
/* Files whose last reference is gone; released when the system call returns, as the kernel's task work does. */
static struct file *releases[RELEASES_MAX];
static unsigned int release_count;
static struct super_block disk_super;
static struct backing_dev_info bdi;

static int number_of(struct address_space *mapping)
{
	for (int i = 0; i < FILES_MAX; i++)
		if (open_files[i] && open_files[i]->f_mapping == mapping)
			return i;
	return -1;
}

/* What page `index` of open file `fd` reads as before anybody writes to it: tmpfs and /dev/zero are empty. */
static const struct address_space_operations disk_aops;
unsigned long sim_file_tag(int fd, unsigned long index)
{
	if (open_files[fd]->f_mapping->a_ops != &disk_aops)
		return 0;
	return 0xf11e000000UL + ((unsigned long)fd << 24) + index;
}

static int disk_read_folio(struct file *file, struct folio *folio)
{
	int fd = number_of(folio->mapping);

	for (int i = 0; i < folio_nr_pages(folio); i++)
		sim_tag_set(folio_pfn(folio) + i, sim_file_tag(fd, folio->index + i));
	folio_mark_uptodate(folio);
	folio_unlock(folio);
	return 0;
}

static const struct address_space_operations disk_aops = {
	.read_folio = disk_read_folio,
	.dirty_folio = noop_dirty_folio,
	.migrate_folio = migrate_folio,
#ifdef KF_ERROR_REMOVE_FOLIO
	.error_remove_folio = generic_error_remove_folio,
#else
	.error_remove_page = generic_error_remove_page,
#endif
};
static const struct file_operations disk_fops = {
#ifdef KF_MMAP_PREPARE
	.mmap_prepare = generic_file_mmap_prepare,
#else
	.mmap = generic_file_mmap,
#endif
};

/* sb_start_write() and its kin count writers by CPU. */
static void init_writers(struct super_block *super)
{
	for (int i = 0; i < SB_FREEZE_LEVELS; i++)
		super->s_writers.rw_sem[i].read_count = alloc_percpu(unsigned int);
}

void sim_files_init(void)
{
	bdi.ra_pages = 0;
	disk_super.s_bdi = &bdi;
	disk_super.s_maxbytes = MAX_LFS_FILESIZE;
	disk_super.s_blocksize = PAGE_SIZE;
	disk_super.s_blocksize_bits = PAGE_SHIFT;
	sim_shmem_init(&bdi);
	init_writers(&disk_super);
	init_writers(sim_shmem_sb());
}

/* address_space_init_once() and inode_init_always() as far as mm reads them. */
static void init_inode(struct inode *inode)
{
	struct address_space *mapping = &inode->i_data;

	inode->i_mapping = mapping;
	inode->i_mode = S_IFREG | 0644;
	inode->i_flags = S_NOATIME | S_NOCMTIME;
	inode->i_blkbits = PAGE_SHIFT;
	spin_lock_init(&inode->i_lock);
	init_rwsem(&inode->i_rwsem);
	atomic_set(&inode->i_count, 1);
	xa_init_flags(&mapping->i_pages, XA_FLAGS_LOCK_IRQ | XA_FLAGS_ACCOUNT);
	init_rwsem(&mapping->i_mmap_rwsem);
	init_rwsem(&mapping->invalidate_lock);
#ifdef KF_I_PRIVATE
	spin_lock_init(&mapping->i_private_lock);
#else
	spin_lock_init(&mapping->private_lock);
#endif
	mapping->i_mmap = RB_ROOT_CACHED;
	mapping->host = inode;
	mapping_set_gfp_mask(mapping, GFP_HIGHUSER_MOVABLE);
}

static void init_refs(struct file *file)
{
#if __has_include(<linux/file_ref.h>)
	file_ref_init(&file->f_ref, 1);
#else
	atomic_long_set(&file->f_count, 1);
#endif
}

/* An inode of either file system, its memory an object of its own. */
struct inode *new_inode(struct super_block *super)
{
	void *memory = kzalloc(sim_shmem_inode_size(), GFP_KERNEL);
	struct inode *inode;

	if (!memory)
		return NULL;
	inode = sim_shmem_inode(memory);
	init_inode(inode);
	inode->i_sb = super;
	return inode;
}

/* An open file without a name. */
struct file *alloc_file_pseudo(struct inode *inode, struct vfsmount *mount, const char *name, int flags,
			       const struct file_operations *ops)
{
	struct file *file = kzalloc(sizeof(*file), GFP_KERNEL);
	struct dentry *dentry = kzalloc(sizeof(*dentry), GFP_KERNEL);

	if (!file || !dentry) {
		kfree(file);
		kfree(dentry);
		return ERR_PTR(-ENOMEM);
	}
	init_refs(file);
	dentry->d_inode = inode;
	/* Newer trees make f_path read only outside fs/. */
	((struct path *)&file->f_path)->dentry = dentry;
	file->f_mapping = inode->i_mapping;
	file->f_inode = inode;
	file->f_mode = FMODE_READ | FMODE_WRITE | FMODE_CAN_READ | FMODE_CAN_WRITE;
	file->f_flags = flags | O_NOATIME;
	file->f_op = ops;
	return file;
}
void clear_nlink(struct inode *inode) { inode->__i_nlink = 0; }
void clear_inode(struct inode *inode) { }

/* Opens a new file; returns its number or -EMFILE. */
int sim_open(int kind, unsigned long pages)
{
	struct inode *inode;
	int fd = 0;

	while (fd < FILES_MAX && open_files[fd])
		fd++;
	if (fd == FILES_MAX)
		return -EMFILE;
	inode = new_inode(kind == KIND_TMPFS ? sim_shmem_sb() : &disk_super);
	inode->i_size = pages << PAGE_SHIFT;
	open_files[fd] = alloc_file_pseudo(inode, NULL, "", O_RDWR, &disk_fops);
	if (kind == KIND_TMPFS) {
		sim_shmem_setup(inode, open_files[fd]);
	} else if (kind == KIND_ZERO) {
		inode->i_mode = S_IFCHR | 0666;
		open_files[fd]->f_op = sim_zero_fops();
	} else {
		inode->i_mapping->a_ops = &disk_aops;
	}
	return fd;
}

/* References to an open file: one of its own and one for each VMA that maps it. */
long sim_file_refs(int fd)
{
#if __has_include(<linux/file_ref.h>)
	return file_ref_read(&open_files[fd]->f_ref);
#else
	return atomic_long_read(&open_files[fd]->f_count);
#endif
}
struct address_space *sim_file_mapping(int fd)
{
	return fd < FILES_MAX && open_files[fd] ? open_files[fd]->f_mapping : NULL;
}

void sim_close(int fd)
{
	struct file *file = open_files[fd];

	open_files[fd] = NULL;
	fput(file);
}

static void release(struct file *file)
{
	struct inode *inode = file->f_inode;

	if (inode->i_sb == sim_shmem_sb())
		sim_shmem_evict(inode);
	else
		truncate_inode_pages_final(inode->i_mapping);
	kfree((void *)sim_object_at(inode));
	kfree(file->f_path.dentry);
	kfree(file);
}

/* What a task does on its way back to user mode. */
void sim_task_work(void)
{
	while (release_count)
		release(releases[--release_count]);
}

struct file *fget(unsigned int fd)
{
	if (fd >= FILES_MAX || !open_files[fd])
		return NULL;
	return get_file(open_files[fd]);
}
#ifndef get_file_rcu
struct file *get_file_rcu(struct file __rcu **where)
{
	struct file *file = *where;

	return file ? get_file(file) : NULL;
}
#endif
#if __has_include(<linux/file_ref.h>)
bool __file_ref_put(file_ref_t *ref, unsigned long count)
{
	if (count != FILE_REF_NOREF)
		sim_host_bug("file reference dropped twice", "machine:files.c", __LINE__, __func__);
	return true;
}
#endif
void fput(struct file *file)
{
#if __has_include(<linux/file_ref.h>)
	bool last = file_ref_put(&file->f_ref);
#else
	bool last = atomic_long_dec_and_test(&file->f_count);
#endif
	if (!last)
		return;
	if (release_count == RELEASES_MAX)
		sim_host_exhausted("files to release");
	releases[release_count++] = file;
}
/* Times are not kept. */
struct timespec64 current_time(struct inode *inode) { return (struct timespec64){ 0 }; }
void touch_atime(const struct path *path) { }
/* The swap cache has no inode. */
struct backing_dev_info *inode_to_bdi(struct inode *inode)
{
	static struct backing_dev_info none;

	return inode ? inode->i_sb->s_bdi : &none;
}

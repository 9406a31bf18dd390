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
#include "sim.h"

#define FILES_MAX 64
enum { KIND_DISK, KIND_TMPFS, KIND_ZERO };

void sim_tag_set(unsigned long pfn, unsigned long tag);
void sim_shmem_init(struct backing_dev_info *bdi);
unsigned long sim_shmem_inode_size(void);
struct inode *sim_shmem_inode(void *zeroed);
void sim_shmem_setup(struct inode *inode, struct file *file);
const struct file_operations *sim_zero_fops(void);

static struct open_file {
	struct file *file;
	struct inode *inode;
	void *memory;
	struct dentry *dentry;
	struct super_block *super;
} open_files[FILES_MAX];
static struct super_block disk_super;
static struct backing_dev_info bdi;

/* What page `index` of open file `fd` reads as before anybody writes to it. */
unsigned long sim_file_tag(int fd, unsigned long index) { return 0xf11e000000UL + ((unsigned long)fd << 24) + index; }

static int number_of(struct address_space *mapping)
{
	for (int i = 0; i < FILES_MAX; i++)
		if (open_files[i].inode && open_files[i].inode->i_mapping == mapping)
			return i;
	return -1;
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
};
static const struct file_operations disk_fops = {
#ifdef KF_MMAP_PREPARE
	.mmap_prepare = generic_file_mmap_prepare,
#else
	.mmap = generic_file_mmap,
#endif
};

void sim_files_init(void)
{
	bdi.ra_pages = 0;
	disk_super.s_bdi = &bdi;
	disk_super.s_maxbytes = MAX_LFS_FILESIZE;
	disk_super.s_blocksize = PAGE_SIZE;
	disk_super.s_blocksize_bits = PAGE_SHIFT;
	sim_shmem_init(&bdi);
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
	spin_lock_init(&mapping->i_private_lock);
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

/* Opens a new file; returns its number or -EMFILE. */
int sim_open(int kind, unsigned long pages)
{
	static const struct file_operations *zero;
	struct open_file *o = NULL;
	int fd;

	for (fd = 0; fd < FILES_MAX; fd++)
		if (!open_files[fd].file) {
			o = &open_files[fd];
			break;
		}
	if (!o)
		return -EMFILE;
	o->file = kzalloc(sizeof(struct file), GFP_KERNEL);
	o->dentry = kzalloc(sizeof(struct dentry), GFP_KERNEL);
	o->memory = kzalloc(max(sizeof(struct inode), sim_shmem_inode_size()), GFP_KERNEL);
	o->inode = kind == KIND_TMPFS ? sim_shmem_inode(o->memory) : o->memory;
	init_inode(o->inode);
	init_refs(o->file);
	o->dentry->d_inode = o->inode;
	/* Newer trees make f_path read only outside fs/. */
	((struct path *)&o->file->f_path)->dentry = o->dentry;
	o->file->f_mapping = o->inode->i_mapping;
	o->file->f_inode = o->inode;
	o->file->f_mode = FMODE_READ | FMODE_WRITE | FMODE_CAN_READ | FMODE_CAN_WRITE;
	o->file->f_flags = O_RDWR | O_NOATIME;
	o->inode->i_size = pages << PAGE_SHIFT;
	if (kind == KIND_TMPFS) {
		sim_shmem_setup(o->inode, o->file);
	} else if (kind == KIND_ZERO) {
		if (!zero)
			zero = sim_zero_fops();
		o->inode->i_sb = &disk_super;
		o->inode->i_mode = S_IFCHR | 0666;
		o->file->f_op = zero;
	} else {
		o->inode->i_sb = &disk_super;
		o->inode->i_mapping->a_ops = &disk_aops;
		o->file->f_op = &disk_fops;
	}
	return fd;
}

/* References to an open file: one of its own and one for each VMA that maps it. */
long sim_file_refs(int fd)
{
#if __has_include(<linux/file_ref.h>)
	return file_ref_read(&open_files[fd].file->f_ref);
#else
	return atomic_long_read(&open_files[fd].file->f_count);
#endif
}
struct address_space *sim_file_mapping(int fd)
{
	return fd < FILES_MAX && open_files[fd].file ? open_files[fd].inode->i_mapping : NULL;
}

/* Drops the page cache and the file. All mappings of it must be gone. */
void sim_close(int fd)
{
	struct open_file *o = &open_files[fd];

	truncate_inode_pages_final(o->inode->i_mapping);
	kfree(o->memory);
	kfree(o->dentry);
	kfree(o->file);
	memset(o, 0, sizeof(*o));
}

struct file *fget(unsigned int fd)
{
	if (fd >= FILES_MAX || !open_files[fd].file)
		return NULL;
	return get_file(open_files[fd].file);
}
void fput(struct file *file)
{
#if __has_include(<linux/file_ref.h>)
	file_ref_put(&file->f_ref);
#else
	atomic_long_dec(&file->f_count);
#endif
}
/* Access times are not kept. */
void touch_atime(const struct path *path) { }

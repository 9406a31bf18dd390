// SPDX-License-Identifier: GPL-2.0-or-later

/*
 * Look for: a comment that ends * / here, or a line that goes on /
 *
 * The history moved-in-child: a child moves, protects and drops parts of
 * what it inherited * / and more.
 * P: mmap A 8 rw private anon
 * P: mmap F 2 rw private file f offset 1
 * P: write A 0-3,6
 * P: read F 0-1
 * P: fork C
 * C: mremap A 2 4 to B
 * C: write B 0
 * C: mprotect A 0 1 r
 * C: write A 0 fails EFAULT
 * C: munmap A 7 1
 * mark: moved
 * C: vfork V
 * V: read B 1
 * V: exec
 * V: mmap A 1 rw private anon
 * C: exit
 * P: madvise A 6 1 dontneed
 *
 * Every process checks at the end that its memory reads what it wrote
 * last, and that its mappings are those it asked for. A correct kernel
 * passes. What only the kernel can see, as a reverse map that misses a
 * mapping, shows in its log, under CONFIG_DEBUG_VM, KASAN and lockdep, or
 * as wrong data after reclaim, migration or KSM have gone by the reverse
 * map.
 *
 * Build: gcc -Wall -Wextra -O2 -o repro FILE.c. Run it as root to skip
 * least.
 */

#define PROCESSES 3
#define FILES 1
#define STEPS 17
#define LINES 19
#define VERIFY 1000000
#define REGIONS_START 0x100000000000UL
#define REGIONS_END 0x140000000000UL
#define IN_A(page) (0x100000000000UL + (page) * PAGE)
#define IN_F(page) (0x100040000000UL + (page) * PAGE)
#define IN_B(page) (0x100080000000UL + (page) * PAGE)

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096UL
#define HELPER static __attribute__((unused))
#define PATIENCE_SECONDS 60
#define SKIPPED 4

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

/* What the process that drives the others shares with them. */
enum { BUSY, READY, ORDERED };
enum { NOTHING = -1 };

struct process {
	uint32_t state;
	int order;
	pid_t reap;
	pid_t pid;
	int failed;
	char why[240];
};

struct control {
	pid_t driver;
	int skipped;
	char reason[200];
	int fd[FILES + 1];
	int may_poison;
	struct process process[PROCESSES];
};

static struct control *shared;
static int control_fd;
static int me;

static void step(int number);
static void verify(int process);

/* Words of one page each: what is read back must be what was written last. */
static sigjmp_buf out_of_touch;
static volatile sig_atomic_t touching;

static void on_signal(int number)
{
	if (!touching)
		_exit(128 + number);
	siglongjmp(out_of_touch, number);
}

HELPER void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
HELPER void fail(const char *format, ...)
{
	struct process *self = &shared->process[me];
	va_list arguments;

	if (self->failed)
		return;
	va_start(arguments, format);
	vsnprintf(self->why, sizeof(self->why), format, arguments);
	va_end(arguments);
	self->failed = 1;
}

HELPER void skip(const char *reason)
{
	snprintf(shared->reason, sizeof(shared->reason), "%s", reason);
	shared->skipped = 1;
}

static int touch(uintptr_t at, uint64_t *value, int writes)
{
	volatile uint64_t *word = (volatile uint64_t *)at;

	if (sigsetjmp(out_of_touch, 1)) {
		touching = 0;
		return EFAULT;
	}
	touching = 1;
	if (writes)
		*word = *value;
	else
		*value = *word;
	touching = 0;
	return 0;
}

/* Each page gets a number of its own. */
HELPER void put(uintptr_t at, unsigned long pages, uint64_t tag, int expected)
{
	for (unsigned long i = 0; i < pages; i++) {
		uint64_t value = tag + i;
		int error = touch(at + i * PAGE, &value, 1);

		if (error != expected)
			fail("write to page %lu of %lu: %s, expected %s", i, pages, strerror(error), strerror(expected));
	}
}

/* `by` is how the expected numbers go on; `other` is what MADV_FREE may have left of a single page instead. */
HELPER void get(uintptr_t at, unsigned long pages, uint64_t tag, unsigned int by, uint64_t other)
{
	for (unsigned long i = 0; i < pages; i++) {
		uint64_t value = 0;
		uint64_t wanted = tag + i * by;
		int error = touch(at + i * PAGE, &value, 0);

		if (error)
			fail("read of page %lu of %lu: %s", i, pages, strerror(error));
		else if (value != wanted && (pages > 1 || value != other))
			fail("page %lu of %lu reads %llu, last written was %llu", i, pages,
			     (unsigned long long)value, (unsigned long long)wanted);
	}
}

HELPER void no_access(uintptr_t at, unsigned long pages)
{
	for (unsigned long i = 0; i < pages; i++) {
		uint64_t value = 0;

		if (!touch(at + i * PAGE, &value, 0))
			fail("page %lu of %lu can be read and must not", i, pages);
	}
}

HELPER void check(const char *call, long result, int error, long wanted, int expected)
{
	if (expected) {
		if (result != -1 || error != expected)
			fail("%s: %s, must fail with %s", call, result == -1 ? strerror(error) : "succeeds", strerror(expected));
	} else if (result == -1) {
		fail("%s: %s", call, strerror(error));
	} else if (result != wanted) {
		fail("%s returns 0x%lx, expected 0x%lx", call, result, wanted);
	}
}

HELPER void map(uintptr_t at, unsigned long pages, int prot, int flags, int file, long offset, int expected)
{
	int fd = file < 0 ? -1 : shared->fd[file];
	void *result;

	errno = 0;
	result = mmap((void *)at, pages * PAGE, prot, flags, fd, offset * (long)PAGE);
	check("mmap", (long)result, errno, (long)at, expected);
}

HELPER void unmap(uintptr_t at, unsigned long pages, int expected)
{
	int result = munmap((void *)at, pages * PAGE);

	check("munmap", result, errno, 0, expected);
}

HELPER void protect(uintptr_t at, unsigned long pages, int prot, int expected)
{
	int result = mprotect((void *)at, pages * PAGE, prot);

	check("mprotect", result, errno, 0, expected);
}

HELPER void move(uintptr_t at, unsigned long pages, unsigned long size, int flags, uintptr_t to, int expected)
{
	long result = syscall(SYS_mremap, at, pages * PAGE, size * PAGE, (long)flags, to);

	check("mremap", result, errno, (long)(flags & MREMAP_FIXED ? to : at), expected);
}

HELPER void advise(uintptr_t at, unsigned long pages, int advice, int expected)
{
	int result = madvise((void *)at, pages * PAGE, advice);

	check("madvise", result, errno, 0, expected);
}

HELPER void lock(uintptr_t at, unsigned long pages, int expected)
{
	int result = mlock((void *)at, pages * PAGE);

	check("mlock", result, errno, 0, expected);
}

HELPER void unlock(uintptr_t at, unsigned long pages, int expected)
{
	int result = munlock((void *)at, pages * PAGE);

	check("munlock", result, errno, 0, expected);
}

/* The kernel's own list of mappings: neighbours of one access are one, however they are split. */
struct area {
	uintptr_t at;
	unsigned long pages;
	const char *access;
};

HELPER void areas(const struct area *wanted, int count)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	struct { unsigned long start, end; char access[5]; } run = { 0, 0, "" };
	char line[512];
	int next = 0;
	int more = 1;

	if (!maps)
		return;
	while (more) {
		unsigned long start = 0, end = 0;
		char access[5] = "";

		more = fgets(line, sizeof(line), maps) != NULL;
		if (more) {
			if (sscanf(line, "%lx-%lx %4s", &start, &end, access) != 3)
				continue;
			if (start < REGIONS_START || start >= REGIONS_END)
				continue;
			if (run.end == start && !strcmp(run.access, access)) {
				run.end = end;
				continue;
			}
		}
		if (run.end) {
			const struct area *one = next < count ? &wanted[next] : NULL;

			if (!one || one->at != run.start || one->pages != (run.end - run.start) / PAGE || strcmp(one->access, run.access))
				fail("mapping %d is %lx-%lx %s, expected %lx-%lx %s", next + 1, run.start, run.end, run.access,
				     one ? one->at : 0, one ? one->at + one->pages * PAGE : 0, one ? one->access : "none");
			next++;
		}
		run.start = start;
		run.end = end;
		memcpy(run.access, access, sizeof(access));
	}
	fclose(maps);
	if (next < count)
		fail("%d mappings, expected %d", next, count);
}

/* Processes wait for orders; the driver gives one at a time, so that the order is always the same. */
static long futex(uint32_t *word, int operation, uint32_t value, const struct timespec *patience)
{
	return syscall(SYS_futex, word, operation, value, patience, NULL, 0);
}

static void tell(struct process *process, uint32_t state)
{
	__atomic_store_n(&process->state, state, __ATOMIC_SEQ_CST);
	futex(&process->state, FUTEX_WAKE, 1 << 20, NULL);
}

static int await(struct process *process, uint32_t state, int seconds)
{
	const struct timespec second = { 1, 0 };

	for (int waited = 0; waited < seconds;) {
		uint32_t now = __atomic_load_n(&process->state, __ATOMIC_SEQ_CST);

		if (now == state)
			return 1;
		if (futex(&process->state, FUTEX_WAIT, now, &second) && errno == ETIMEDOUT)
			waited++;
	}
	return 0;
}

static void serve(int process) __attribute__((noreturn));
static void serve(int process)
{
	struct process *self = &shared->process[process];

	me = process;
	self->pid = getpid();
	tell(self, READY);
	for (;;) {
		while (!await(self, ORDERED, 1))
			if (kill(shared->driver, 0))
				_exit(1);
		tell(self, BUSY);
		if (self->reap > 0)
			waitpid(self->reap, NULL, 0);
		else if (self->order == VERIFY)
			verify(process);
		else
			step(self->order);
		tell(self, READY);
	}
}

HELPER void born(int child)
{
	pid_t pid = fork();

	if (!pid)
		serve(child);
	if (pid < 0)
		fail("fork: %s", strerror(errno));
}

/* The child runs in its parent's memory, on a stack of its own, and the parent waits until it calls exec or exit. */
static char child_stack[1 << 16] __attribute__((aligned(64)));

static int in_parents_memory(void *child)
{
	serve((int)(intptr_t)child);
}

HELPER void borrowed(int child)
{
	int parent = me;
	pid_t pid = clone(in_parents_memory, child_stack + sizeof(child_stack), CLONE_VM | CLONE_VFORK | SIGCHLD,
			  (void *)(intptr_t)child);

	me = parent;
	if (pid < 0)
		fail("vfork: %s", strerror(errno));
}

HELPER void become_new(void)
{
	char process[16], fd[16];
	char program[] = "repro", serves[] = "--serve";
	char *arguments[] = { program, serves, process, fd, NULL };

	snprintf(process, sizeof(process), "%d", me);
	snprintf(fd, sizeof(fd), "%d", control_fd);
	execv("/proc/self/exe", arguments);
	fail("exec: %s", strerror(errno));
}

/* Slab objects of all processes of the machine: a rough picture, so nothing is concluded from them. */
HELPER void figures(const char *mark)
{
	static const char *const names[] = { "anon_vma", "anon_vma_chain", "vm_area_struct" };
	FILE *slabs = fopen("/proc/slabinfo", "re");
	char line[512], name[64];
	unsigned long live;

	while (slabs && fgets(line, sizeof(line), slabs))
		for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (sscanf(line, "%63s %lu", name, &live) == 2 && !strcmp(name, names[i]))
				printf("# %s: %lu of %s\n", mark, live, name);
	if (slabs)
		fclose(slabs);
}

/* Grace periods, batches and deferred work of a real kernel end by themselves. */
HELPER void settle(void)
{
	usleep(20000);
}

struct line {
	int process;
	int kind;
	int child;
	const char *text;
};

enum { ACT, FORK, VFORK, EXEC, EXIT, HOST };
static int parent[PROCESSES];
static int alive[PROCESSES];
static int waiting[PROCESSES];
static int number;
static int failures;

static void host(int number);

static void report(int ok, const char *text, const char *why)
{
	number++;
	printf("%s %d - %s\n", ok ? "ok" : "not ok", number, text);
	if (!ok) {
		failures++;
		printf("# %s\n", why);
	}
	fflush(stdout);
}

static void finish(int code)
{
	for (int i = 0; i < PROCESSES; i++)
		if (alive[i] && shared->process[i].pid > 0)
			kill(shared->process[i].pid, SIGKILL);
	fflush(stdout);
	exit(code);
}

static void skip_rest(void)
{
	while (number < LINES) {
		number++;
		printf("ok %d # SKIP %s\n", number, shared->reason);
	}
	finish(SKIPPED);
}

static int order(int process, int what, int waits)
{
	struct process *other = &shared->process[process];

	other->order = what;
	other->reap = 0;
	other->failed = 0;
	tell(other, ORDERED);
	return !waits || await(other, READY, PATIENCE_SECONDS);
}

/* Waits until a process is gone for good, as its memory then is. */
static void bury(int process)
{
	pid_t pid = shared->process[process].pid;
	int heir = parent[process];

	alive[process] = 0;
	if (heir < 0 || !alive[heir]) {
		waitpid(pid, NULL, 0);
		return;
	}
	if (waiting[heir] == process) {
		waiting[heir] = NOTHING;
		await(&shared->process[heir], READY, PATIENCE_SECONDS);
	}
	shared->process[heir].reap = pid;
	tell(&shared->process[heir], ORDERED);
	await(&shared->process[heir], READY, PATIENCE_SECONDS);
	shared->process[heir].reap = 0;
}

static void one(const struct line *line, int index)
{
	struct process *self = line->process < 0 ? NULL : &shared->process[line->process];
	int answered = 1;

	if (line->kind == HOST) {
		host(index);
	} else {
		if (line->child >= 0) {
			shared->process[line->child].state = BUSY;
			parent[line->child] = line->process;
			alive[line->child] = 1;
		}
		answered = order(line->process, index, line->kind != VFORK && line->kind != EXIT);
		if (line->kind == FORK || line->kind == VFORK)
			answered = answered && await(&shared->process[line->child], READY, PATIENCE_SECONDS);
		if (line->kind == VFORK)
			waiting[line->process] = line->child;
		if (line->kind == EXEC && parent[line->process] >= 0 && waiting[parent[line->process]] == line->process) {
			waiting[parent[line->process]] = NOTHING;
			await(&shared->process[parent[line->process]], READY, PATIENCE_SECONDS);
		}
		if (line->kind == EXIT)
			bury(line->process);
	}
	if (shared->skipped)
		skip_rest();
	if (!answered) {
		report(0, line->text, "the process does not answer");
		printf("Bail out! the history cannot go on\n");
		finish(1);
	}
	report(!self || !self->failed, line->text, self ? self->why : "");
}

static void catch_signals(void)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = on_signal;
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
}

static void attach(int fd)
{
	void *memory = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (memory == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	shared = memory;
	control_fd = fd;
	catch_signals();
}

HELPER void make_file(int index, unsigned long pages, uint64_t first)
{
	char path[] = "repro-XXXXXX";
	int fd = pages ? mkstemp(path) : open("/dev/zero", O_RDWR);

	if (pages && fd >= 0)
		unlink(path);
	for (unsigned long i = 0; fd >= 0 && i < pages; i++) {
		uint64_t page[PAGE / 8] = { first + i };

		if (pwrite(fd, page, PAGE, (long)(i * PAGE)) != (long)PAGE)
			skip("a file cannot be written here");
	}
	if (fd < 0)
		skip("a file cannot be made here");
	shared->fd[index] = fd;
}

HELPER void make_memory_file(int index, unsigned long pages, uint64_t first)
{
	int fd = (int)syscall(SYS_memfd_create, "repro", 0U);

	for (unsigned long i = 0; fd >= 0 && i < pages; i++) {
		uint64_t page[PAGE / 8] = { first + i };

		if (pwrite(fd, page, PAGE, (long)(i * PAGE)) != (long)PAGE)
			skip("a file cannot be written here");
	}
	if (fd < 0)
		skip("memfd_create() is not to be had here");
	shared->fd[index] = fd;
}

/* Tries an advice on a page of its own: a kernel without it says EINVAL. */
HELPER void needs_advice(int advice, int pages, const char *reason)
{
	size_t length = (size_t)pages * PAGE;
	void *page = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED || madvise(page, length, advice))
		skip(reason);
	if (page != MAP_FAILED)
		munmap(page, length);
}

HELPER void needs_lock(unsigned long pages)
{
	struct rlimit limit = { pages * PAGE * 4, pages * PAGE * 4 };
	void *page;

	setrlimit(RLIMIT_MEMLOCK, &limit);
	page = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED || mlock(page, pages * PAGE))
		skip("memory cannot be locked here");
	if (page != MAP_FAILED)
		munmap(page, pages * PAGE);
}

/* All that are left, in the order of their coming. */
HELPER void end_all(int index)
{
	for (int i = 0; i < PROCESSES; i++) {
		if (!alive[i] || waiting[i] != NOTHING)
			continue;
		order(i, index, 0);
		bury(i);
	}
}

static const char *const process_name[] = { "P", "C", "V" };

static const struct line history[] = {
	{ 0, ACT, -1, "P: mmap A 8 rw private anon" },
	{ 0, ACT, -1, "P: mmap F 2 rw private file f offset 1" },
	{ 0, ACT, -1, "P: write A 0-3,6" },
	{ 0, ACT, -1, "P: read F 0-1" },
	{ 0, FORK, 1, "P: fork C" },
	{ 1, ACT, -1, "C: mremap A 2 4 to B" },
	{ 1, ACT, -1, "C: write B 0" },
	{ 1, ACT, -1, "C: mprotect A 0 1 r" },
	{ 1, ACT, -1, "C: write A 0 fails EFAULT" },
	{ 1, ACT, -1, "C: munmap A 7 1" },
	{ -1, HOST, -1, "mark: moved" },
	{ 1, VFORK, 2, "C: vfork V" },
	{ 2, ACT, -1, "V: read B 1" },
	{ 2, EXEC, -1, "V: exec" },
	{ 2, ACT, -1, "V: mmap A 1 rw private anon" },
	{ 1, EXIT, -1, "C: exit" },
	{ 0, ACT, -1, "P: madvise A 6 1 dontneed" },
};

static void step(int number)
{
	switch (number) {
	case 0: /* P: mmap A 8 rw private anon */
		map(IN_A(0), 8, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED_NOREPLACE | MAP_ANONYMOUS, -1, 0, 0);
		break;
	case 1: /* P: mmap F 2 rw private file f offset 1 */
		map(IN_F(0), 2, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED_NOREPLACE, 0, 1, 0);
		break;
	case 2: /* P: write A 0-3,6 */
		put(IN_A(0), 4, 1, 0);
		put(IN_A(6), 1, 5, 0);
		break;
	case 3: /* P: read F 0-1 */
		get(IN_F(0), 2, 16777217, 1, 16777217);
		break;
	case 4: /* P: fork C */
		born(1);
		break;
	case 5: /* C: mremap A 2 4 to B */
		move(IN_A(2), 4, 4, MREMAP_MAYMOVE | MREMAP_FIXED, IN_B(0), 0);
		break;
	case 6: /* C: write B 0 */
		put(IN_B(0), 1, 6, 0);
		break;
	case 7: /* C: mprotect A 0 1 r */
		protect(IN_A(0), 1, PROT_READ, 0);
		break;
	case 8: /* C: write A 0 fails EFAULT */
		put(IN_A(0), 1, 7, EFAULT);
		break;
	case 9: /* C: munmap A 7 1 */
		unmap(IN_A(7), 1, 0);
		break;
	case 11: /* C: vfork V */
		borrowed(2);
		break;
	case 12: /* V: read B 1 */
		get(IN_B(1), 1, 4, 0, 4);
		break;
	case 13: /* V: exec */
		become_new();
		break;
	case 14: /* V: mmap A 1 rw private anon */
		map(IN_A(0), 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED_NOREPLACE | MAP_ANONYMOUS, -1, 0, 0);
		break;
	case 15: /* C: exit */
		_exit(0);
	case 16: /* P: madvise A 6 1 dontneed */
		advise(IN_A(6), 1, 4 /* dontneed */, 0);
		break;
	}
}

static void verify(int process)
{
	switch (process) {
	case 0: /* P */
	{
		static const struct area wanted[] = {
			{ 0x100000000000UL, 8, "rw-p" },
			{ 0x100040000000UL, 2, "rw-p" },
		};
	
		areas(wanted, 2);
		get(IN_A(0), 4, 1, 1, 1);
		get(IN_A(4), 4, 0, 0, 0);
		get(IN_F(0), 2, 16777217, 1, 16777217);
		break;
	}
	case 2: /* V */
	{
		static const struct area wanted[] = {
			{ 0x100000000000UL, 1, "rw-p" },
		};
	
		areas(wanted, 1);
		get(IN_A(0), 1, 0, 0, 0);
		break;
	}
	}
}

static void host(int number)
{
	switch (number) {
	case 10:
		figures("moved");
		break;
	}
}

static void needs(void)
{
	make_file(0, 4, 16777216);
}

int main(int argc, char **argv)
{
	pid_t first;

	if (argc == 4 && !strcmp(argv[1], "--serve")) {
		attach(atoi(argv[3]));
		serve(atoi(argv[2]));
	}
	control_fd = (int)syscall(SYS_memfd_create, "driver", 0U);
	if (control_fd < 0 || ftruncate(control_fd, sizeof(struct control))) {
		perror("memfd_create");
		return 1;
	}
	attach(control_fd);
	shared->driver = getpid();
	shared->may_poison = argc == 2 && !strcmp(argv[1], "--poison");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	printf("TAP version 13\n1..%d\n", LINES);
	if (sysconf(_SC_PAGESIZE) != (long)PAGE)
		skip("pages have another size here");
	if (!shared->skipped)
		needs();
	if (shared->skipped)
		skip_rest();
	for (int i = 0; i < PROCESSES; i++)
		parent[i] = waiting[i] = NOTHING;
	alive[0] = 1;
	fflush(stdout);
	first = fork();
	if (!first)
		serve(0);
	if (first < 0 || !await(&shared->process[0], READY, PATIENCE_SECONDS)) {
		printf("Bail out! no process can be made\n");
		finish(1);
	}
	for (int i = 0; i < STEPS; i++)
		one(&history[i], i);
	for (int i = 0; i < PROCESSES; i++) {
		char text[80];

		if (!alive[i] || waiting[i] != NOTHING)
			continue;
		snprintf(text, sizeof(text), "%s reads what it wrote last", process_name[i]);
		if (!order(i, VERIFY, 1))
			report(0, text, "the process does not answer");
		else
			report(!shared->process[i].failed, text, shared->process[i].why);
	}
	printf("# %d of %d failed\n", failures, LINES);
	finish(failures ? 1 : 0);
}

// SPDX-License-Identifier: GPL-2.0-or-later
// The operations of bench/operations.bench.ts on the kernel that runs here. Usage: operations ROUNDS COUNT...
// Each line printed is one round: count, then operation=nanoseconds. Mappings are of one page, apart from each other by
// one page, so that none merges. The walk: a page mapped only by the last of COUNT processes that all have the VMA is
// reclaimed (MADV_FREE makes that possible without swap), which visits all of them; nanoseconds of one page.
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096UL
#define BASE 0x100000000000UL
#define TARGET 0x200000000000UL
#define WALK_PAGES 64UL

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static void must(int good, const char *what)
{
	if (!good) {
		perror(what);
		exit(1);
	}
}

static char *at(unsigned long base, long i) { return (char *)(base + 2 * PAGE * i); }

static void map_all(long n)
{
	for (long i = 0; i < n; i++)
		must(mmap(at(BASE, i), PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == at(BASE, i), "mmap");
}

static void write_all(unsigned long base, long n)
{
	for (long i = 0; i < n; i++)
		*(volatile char *)at(base, i) = (char)i;
}

/* fork() seen by the parent; the child leaves at once. Ends when the child is gone. */
static double time_fork(double *whole)
{
	double start = now(), returned;
	pid_t child = fork();

	if (!child)
		_exit(0);
	returned = now();
	must(child > 0, "fork");
	waitpid(child, NULL, 0);
	if (whole)
		*whole = now() - start;
	return returned - start;
}

static void round_of(long n)
{
	double t[8], start;

	start = now();
	map_all(n);
	t[0] = now() - start;
	start = now();
	write_all(BASE, n);
	t[1] = now() - start;
	t[2] = time_fork(&t[3]);
	/* What fork write-protected becomes writable again outside the measurement of what follows. */
	write_all(BASE, n);
	start = now();
	for (long i = 0; i < n; i++)
		must(mremap(at(BASE, i), PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at(TARGET, i)) == at(TARGET, i), "mremap");
	t[4] = now() - start;
	start = now();
	for (long i = 0; i < n; i++)
		must(!munmap(at(TARGET, i), PAGE), "munmap");
	t[5] = now() - start;
	printf("%ld mmap=%.0f first-write=%.0f fork=%.0f fork-exit-wait=%.0f mremap=%.0f munmap=%.0f\n", n, t[0], t[1], t[2],
	       t[3], t[4], t[5]);
	fflush(stdout);
}

/* A child that has the VMA but none of its pages, and sleeps until it is killed. */
static pid_t sleeper(char *region, int ready)
{
	pid_t child = fork();

	if (!child) {
		must(!madvise(region, WALK_PAGES * PAGE, MADV_DONTNEED), "MADV_DONTNEED");
		must(write(ready, "", 1) == 1, "write");
		for (;;)
			pause();
	}
	must(child > 0, "fork");
	return child;
}

static void walk_round(long processes)
{
	unsigned long bytes = WALK_PAGES * PAGE;
	char *region = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t *children = calloc(processes, sizeof(*children));
	int ready[2], go[2];
	char token;

	must(region != MAP_FAILED && children && !pipe(ready) && !pipe(go), "walk");
	must(!madvise(region, bytes, MADV_NOHUGEPAGE), "MADV_NOHUGEPAGE");
	for (unsigned long i = 0; i < bytes; i += PAGE)
		*(volatile char *)(region + i) = 1;
	/* This process and the sleepers come before the last child in the tree. */
	for (long i = 0; i < processes - 2; i++) {
		children[i] = sleeper(region, ready[1]);
		must(read(ready[0], &token, 1) == 1, "read");
	}
	children[processes - 2] = fork();
	if (!children[processes - 2]) {
		double start;

		must(read(go[0], &token, 1) == 1, "read");
		must(!madvise(region, bytes, MADV_FREE), "MADV_FREE");
		start = now();
		must(!madvise(region, bytes, MADV_PAGEOUT), "MADV_PAGEOUT");
		printf("%ld walk=%.0f\n", processes, (now() - start) / WALK_PAGES);
		fflush(stdout);
		_exit(0);
	}
	must(children[processes - 2] > 0, "fork");
	must(!madvise(region, bytes, MADV_DONTNEED), "MADV_DONTNEED");
	must(write(go[1], "", 1) == 1, "write");
	waitpid(children[processes - 2], NULL, 0);
	for (long i = 0; i < processes - 2; i++) {
		kill(children[i], SIGKILL);
		waitpid(children[i], NULL, 0);
	}
	munmap(region, bytes);
	free(children);
	for (int i = 0; i < 2; i++) {
		close(ready[i]);
		close(go[i]);
	}
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 1;

	for (int a = 2; a < argc; a++)
		for (int r = 0; r < rounds; r++)
			round_of(atol(argv[a]));
	for (int r = 0; r < rounds; r++)
		walk_round(1000);
	return 0;
}

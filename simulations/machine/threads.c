// SPDX-License-Identifier: GPL-2.0-only
/*
 * Simulated threads: which of them runs, and where it changes. Each is its own CPU and task with its own stack (the host
 * keeps the stacks); one runs at a time, and another one takes over at a scheduling point, or, where a schedule says so,
 * so many basic blocks behind one. While there are no threads (sim_threads is 0) every point returns at once.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/percpu.h>
#include <linux/swap.h>
#include <linux/vmstat.h>
#include "mm/internal.h"
#include "sim.h"

#define TH_OPS 64
#define TH_RUNS 8192
/* Points of one schedule of which is known who could have run. */
#define TH_SEEN 65536

enum th_state { TH_READY, TH_BLOCKED, TH_DONE };
/* A step of a thread: its kind, the process that makes the system call, its arguments, what it returned. */
struct th_op {
	int kind, process;
	unsigned long a[6];
	long result;
};
static struct th {
	enum th_state state;
	/* What it waits for: a lock, or the task that sleeps. */
	void *on;
	struct task_struct *running;
	unsigned long irqflags;
	unsigned char *percpu;
	/* Number of a task of its own in the process, and how many of its operations are over. */
	int task;
	unsigned int op_count, over;
	unsigned int priority;
	struct th_op ops[TH_OPS];
} th[SIM_THREADS_MAX];
unsigned int sim_threads;
unsigned int sim_self;
static struct task_struct th_kernel[SIM_THREADS_MAX];
static unsigned int th_count, th_first;

/* The per-CPU variables of the tree: arch/asm/percpu.h gives them a section of their own. */
extern unsigned char __start_simpercpu[], __stop_simpercpu[];
static unsigned char *th_fresh_percpu;

/* Who runs next: by plan (runs of a recorded schedule), by priorities with changes (PCT), at random, at random by blocks. */
enum th_policy { TH_PLAN, TH_PCT, TH_RANDOM, TH_BLOCKS };
static enum th_policy th_policy;
/* One thread's turn: points, and basic blocks behind the last of them. In a plan, none of either: until it cannot go on. */
struct th_run {
	unsigned int thread, points, blocks;
	/* Threads that could have run where it ended, and whether its own could not go on. */
	unsigned char ready, forced;
};
static struct th_run th_plan[TH_RUNS], th_runs[TH_RUNS];
static unsigned int th_planned, th_at, th_run_count, th_diverged;
static unsigned long th_points, th_in_run;
static unsigned char th_seen[TH_SEEN];
static unsigned long th_changes[16], th_odds, th_random;
static unsigned int th_change_count, th_changed;
static unsigned int th_hash;

SIM_IMPORT("switch") void sim_host_switch(int to);

/*
 * Turns by blocks: the fuel is cut, so that it is over where the turn is; what is left of it is the reserve. The base is
 * all the fuel there was at the last point, or when the turn began.
 */
static unsigned long th_reserve, th_base, th_whole;
unsigned int sim_indivisible;

static void th_join_fuel(void)
{
	sim_fuel += th_reserve;
	th_reserve = 0;
}

/* The turn is over with the n-th block from here; n is not 0. */
static void th_cut_fuel(unsigned long n)
{
	th_join_fuel();
	if (sim_fuel <= n)
		return;
	th_reserve = sim_fuel - (n - 1);
	sim_fuel = n - 1;
}

static void th_note(unsigned long word)
{
	/* FNV-1a over 32-bit halves. */
	th_hash = (th_hash ^ (unsigned int)word) * 16777619u;
	th_hash = (th_hash ^ (unsigned int)(word >> 32)) * 16777619u;
}

static unsigned long th_next_random(void)
{
	/* xorshift64 */
	th_random ^= th_random << 13;
	th_random ^= th_random >> 7;
	th_random ^= th_random << 17;
	return th_random;
}

static unsigned int th_ready(void)
{
	unsigned int mask = 0;

	for (unsigned int i = 0; i < sim_threads; i++)
		if (th[i].state == TH_READY)
			mask |= 1u << i;
	return mask;
}

static int th_highest(unsigned int mask)
{
	int best = -1;

	for (unsigned int i = 0; i < sim_threads; i++)
		if (mask & 1u << i && (best < 0 || th[i].priority > th[best].priority))
			best = i;
	return best;
}

/* The next one in turn. */
static int th_cyclic(unsigned int mask)
{
	for (unsigned int i = 1; i <= sim_threads; i++)
		if (mask & 1u << (sim_self + i) % sim_threads)
			return (sim_self + i) % sim_threads;
	return -1;
}

/* Thread to run next; `mask` are those that can. `forced`: the running one is not among them, or wants others to run. */
static int th_choose(unsigned int mask, bool forced)
{
	int next;

	switch (th_policy) {
	case TH_BLOCKS:
		if (!forced)
			return sim_self;
		/* fall through */
		goto random;
	case TH_PCT:
		while (th_changed < th_change_count && th_points >= th_changes[th_changed])
			th[sim_self].priority = th_change_count - th_changed++;
		return th_highest(mask);
	case TH_RANDOM:
		if (!forced && th_next_random() % th_odds)
			return sim_self;
random:
		next = th_next_random() % hweight32(mask);
		for (unsigned int i = 0; i < sim_threads; i++)
			if (mask & 1u << i && !next--)
				return i;
		return -1;
	case TH_PLAN:
		if (th_at >= th_planned)
			return forced ? th_cyclic(mask) : (int)sim_self;
		if (!forced && (th_in_run < th_plan[th_at].points || (!th_plan[th_at].points && !th_plan[th_at].blocks)))
			return sim_self;
		if (!forced && th_plan[th_at].blocks) {
			/* Behind the last point of the turn; there is none between that and its end. */
			if (th_in_run > th_plan[th_at].points)
				th_diverged = 1;
			th_cut_fuel(th_plan[th_at].blocks);
			return sim_self;
		}
		if (forced && (th_plan[th_at].points || th_plan[th_at].blocks))
			th_diverged = 1;
		if (++th_at == th_planned)
			return forced ? th_cyclic(mask) : (int)sim_self;
		next = th_plan[th_at].thread;
		if (next < sim_threads && mask & 1u << next)
			return next;
		th_diverged = 1;
		return forced ? th_cyclic(mask) : (int)sim_self;
	}
	return -1;
}

static void th_load_percpu(unsigned int to)
{
	unsigned long size = __stop_simpercpu - __start_simpercpu;

	memcpy(th[sim_self].percpu, __start_simpercpu, size);
	memcpy(__start_simpercpu, th[to].percpu, size);
}

static void th_end_run(unsigned int mask, bool forced, unsigned int blocks)
{
	if (th_run_count == TH_RUNS)
		sim_host_exhausted("steps");
	th_runs[th_run_count++] = (struct th_run){ sim_self, th_in_run, blocks, mask, forced };
	th_in_run = 0;
}

static void th_begin_turn(void)
{
	th_join_fuel();
	th_base = sim_fuel;
	if (th_policy == TH_BLOCKS)
		th_cut_fuel(1 + th_next_random() % (2 * th_odds));
	else if (th_policy == TH_PLAN && th_at < th_planned && !th_plan[th_at].points && th_plan[th_at].blocks)
		th_cut_fuel(th_plan[th_at].blocks);
}

/* Makes another thread the running one. The caller then lets the host switch stacks. */
static void th_become(int to)
{
	struct th *from = &th[sim_self];

	from->running = sim_current;
	from->irqflags = sim_irqflags;
	th_load_percpu(to);
	sim_self = to;
	sim_current = th[to].running;
	sim_irqflags = th[to].irqflags;
	th_note(to);
	th_begin_turn();
}

static void th_switch(int to)
{
	if (to == (int)sim_self)
		return;
	th_become(to);
	sim_host_switch(to);
}

/* A place where another thread may take over. */
void sim_point_slow(unsigned int kind, void *object)
{
	unsigned int mask = th_ready();
	int next;

	if (th_points < TH_SEEN)
		th_seen[th_points] = mask | sim_self << 4;
	th_points++;
	th_in_run++;
	th_note(kind << 8 | sim_self);
	th_note((unsigned long)object);
	th_base = sim_fuel + th_reserve;
	next = th_choose(mask, false);
	if (next == (int)sim_self)
		return;
	th_end_run(mask, false, 0);
	th_switch(next);
}

/* A turn by blocks is over, or all the fuel is. The block that finds it is one of the turn. */
void sim_fuel_over(void)
{
	unsigned int mask = th_ready(), blocks;
	int next = sim_self;

	if (!sim_threads || !th_reserve)
		sim_host_exhausted("steps");
	sim_fuel = th_reserve - 1;
	th_reserve = 0;
	if (sim_indivisible || !sim_irqflags) {
		/* Operations on per-CPU memory are indivisible. */
		th_cut_fuel(1);
		return;
	}
	blocks = th_base - sim_fuel;
	if (th_policy == TH_BLOCKS) {
		unsigned int n = th_next_random() % hweight32(mask);

		for (unsigned int i = 0; i < sim_threads; i++)
			if (mask & 1u << i && !n--)
				next = i;
	} else if (++th_at < th_planned) {
		next = th_plan[th_at].thread;
		if (next >= sim_threads || !(mask & 1u << next)) {
			th_diverged = 1;
			next = sim_self;
		}
	}
	if (next == (int)sim_self) {
		if (th_policy == TH_BLOCKS)
			th_cut_fuel(1 + th_next_random() % (2 * th_odds));
		return;
	}
	th_note((unsigned long)blocks << 32);
	th_end_run(mask, false, blocks);
	th_switch(next);
}

static void th_yield(unsigned int mask)
{
	int next = th_choose(mask, true);

	if (next < 0)
		next = th_cyclic(mask);
	if (next == (int)sim_self)
		return;
	th_end_run(mask, true, 0);
	th_switch(next);
}

/* The running thread waits until sim_awake() names the same thing. Does not return where nobody is left to do it. */
void sim_block(void *on)
{
	unsigned int mask;

	th[sim_self].state = TH_BLOCKED;
	th[sim_self].on = on;
	mask = th_ready();
	if (!mask)
		sim_host_stuck(on, "every thread waits");
	th_yield(mask);
}

/* Those that wait for it may try again. */
void sim_awake(void *on)
{
	for (unsigned int i = 0; i < sim_threads; i++)
		if (th[i].state == TH_BLOCKED && th[i].on == on)
			th[i].state = TH_READY;
}

/* The running thread spins, or waits for others to get on: they run first. False where there are none. */
bool sim_others_run(void)
{
	unsigned int mask = th_ready() & ~(1u << sim_self);

	if (!mask)
		return false;
	th_yield(mask);
	return true;
}
void sim_relax(void)
{
	if (sim_threads)
		sim_others_run();
}

/* True while a thread other than the running one is inside an RCU read section, which holding a spinlock is as well. */
bool sim_rcu_readers(void)
{
	for (unsigned int i = 0; i < sim_threads; i++) {
		if (i == sim_self || th[i].state == TH_DONE)
			continue;
#ifdef CONFIG_PREEMPT_COUNT
		if (task_thread_info(th[i].running)->preempt_count)
			return true;
#endif
		if (sim_holds_spinlock(th[i].running))
			return true;
	}
	return false;
}

struct task_struct *sim_kernel_task(void) { return &th_kernel[sim_self]; }

/* After boot: what a CPU's variables are before it did anything. */
void sim_threads_init(void)
{
	unsigned long size = __stop_simpercpu - __start_simpercpu;

	th_fresh_percpu = sim_backed_pages(get_order(size));
	memcpy(th_fresh_percpu, __start_simpercpu, size);
}

/* A thread in the process of this task; -1 for one of the kernel's own. Its number, from 0. */
int sim_thread_add(int process)
{
	struct th *t = &th[th_count];

	if (th_count == SIM_THREADS_MAX)
		sim_host_exhausted("threads");
	memset(t, 0, sizeof(*t));
	t->task = process < 0 ? -1 : sim_vfork(process);
	t->percpu = sim_backed_pages(get_order(__stop_simpercpu - __start_simpercpu));
	memcpy(t->percpu, th_fresh_percpu, __stop_simpercpu - __start_simpercpu);
	sim_kernel_task_init(&th_kernel[th_count]);
	t->irqflags = 1;
	return th_count++;
}

void sim_thread_op(int thread, int kind, int process, unsigned long a0, unsigned long a1, unsigned long a2, unsigned long a3,
		   unsigned long a4, unsigned long a5)
{
	struct th *t = &th[thread];

	if (t->op_count == TH_OPS)
		sim_host_exhausted("operations of a thread");
	t->ops[t->op_count++] = (struct th_op){ kind, process, { a0, a1, a2, a3, a4, a5 } };
}

/* The plan or the seeds of the schedule to come: words of the host's own. */
void sim_schedule(int policy, unsigned long seed, unsigned long odds)
{
	th_policy = policy;
	th_random = seed | 1UL << 63;
	th_odds = odds;
	th_planned = th_change_count = 0;
}
void sim_schedule_run(unsigned int thread, unsigned int points, unsigned int blocks)
{
	if (th_planned == TH_RUNS)
		sim_host_exhausted("runs of a schedule");
	th_plan[th_planned++] = (struct th_run){ thread, points, blocks };
}
/* The points at which PCT lowers the running thread, ascending. */
void sim_schedule_change(unsigned long point)
{
	if (th_change_count < ARRAY_SIZE(th_changes))
		th_changes[th_change_count++] = point;
}

/* Begins: the thread that runs first. */
int sim_threads_begin(void)
{
	int first = 0;

	th_at = th_run_count = th_diverged = th_changed = 0;
	th_points = th_in_run = 0;
	th_hash = 2166136261u;
	for (unsigned int i = 0; i < th_count; i++) {
		th[i].running = th[i].task < 0 ? &th_kernel[i] : sim_task(th[i].task);
		/* Above the priorities that changes give; a random order. */
		th[i].priority = 0;
	}
	for (unsigned int i = 0; i < th_count; i++) {
		unsigned int n = th_next_random() % (th_count - i);

		for (unsigned int k = 0; k < th_count; k++)
			if (!th[k].priority && !n--)
				th[k].priority = ARRAY_SIZE(th_changes) + 1 + i;
	}
	sim_threads = th_count;
	sim_self = 0;
	if (th_policy == TH_PLAN)
		first = th_planned ? th_plan[0].thread : 0;
	else if (th_policy == TH_PCT)
		first = th_highest(th_ready());
	else
		first = th_next_random() % th_count;
	/* The first thread is the boot CPU; its variables are in place. */
	sim_self = th_first = first;
	sim_current = th[first].running;
	th_note(first);
	th_whole = sim_fuel;
	th_begin_turn();
	return first;
}

static void th_do(struct th *t, struct th_op *op)
{
	unsigned long *a = op->a;
	int task = t->task;

	switch (op->kind) {
	case 1: op->result = sim_mmap(task, a[0], a[1], a[2], a[3], a[4], a[5]); break;
	case 2: op->result = sim_munmap(task, a[0], a[1]); break;
	case 3: op->result = sim_mprotect(task, a[0], a[1], a[2]); break;
	case 4: op->result = sim_mremap(task, a[0], a[1], a[2], a[3], a[4]); break;
	case 5: op->result = sim_madvise(task, a[0], a[1], a[2]); break;
	case 6: op->result = sim_mlock(task, a[0], a[1]); break;
	case 7: op->result = sim_munlock(task, a[0], a[1]); break;
	case 8: op->result = sim_fork(task); break;
	case 9:
		sim_exit(op->process);
		sim_exit(task);
		break;
	case 10: op->result = sim_write(task, a[0], a[1]); break;
	case 11: op->result = sim_read(task, a[0]); break;
	case 12: op->result = sim_uffd_move(task, a[0], a[1], a[2]); break;
	case 13: op->result = sim_uffd_copy(task, a[0], a[1], a[2]); break;
	case 14: sim_ksm_scan(); break;
	case 15: op->result = sim_folio_step(a[0], a[1]); break;
	default: sim_host_bug("unknown operation of a thread", "machine:threads.c", __LINE__, __func__);
	}
	sim_task_work();
}

/* The whole life of a thread, on a stack of its own. Returns who runs next, -1 when all are done. */
int sim_thread_main(int self)
{
	struct th *t = &th[self];
	unsigned int mask;
	int next;

	while (t->over < t->op_count) {
		sim_point(SIM_POINT_OP, t);
		th_do(t, &t->ops[t->over]);
		t->over++;
	}
	/* Its CPU's batches drain and its counters are folded, as when the CPU becomes idle. */
	sim_run_as(-1);
	lru_add_drain();
	cpu_vm_stats_fold(0);
	t->state = TH_DONE;
	mask = th_ready();
	if (!mask) {
		for (unsigned int i = 0; i < sim_threads; i++)
			if (th[i].state == TH_BLOCKED)
				sim_host_stuck(th[i].on, "every thread waits");
		th_end_run(0, true, 0);
		return -1;
	}
	next = th_choose(mask, true);
	if (next < 0)
		next = th_cyclic(mask);
	th_end_run(mask, true, 0);
	th_become(next);
	return next;
}

/* All threads are over: back to one CPU and no threads. */
void sim_threads_end(void)
{
	if (sim_self != th_first)
		th_load_percpu(th_first);
	th_join_fuel();
	sim_threads = 0;
	sim_self = 0;
	sim_irqflags = 1;
	for (unsigned int i = 0; i < th_count; i++)
		if (th[i].task >= 0)
			sim_exit(th[i].task);
	sim_run_as(-1);
	th_count = 0;
}

/* What the host asks afterwards. */
long sim_thread_result(int thread, int op) { return th[thread].ops[op].result; }
unsigned int sim_thread_over(int thread) { return th[thread].over; }
int sim_thread_state(int thread) { return th[thread].state; }
void *sim_thread_waits_for(int thread) { return th[thread].state == TH_BLOCKED ? th[thread].on : NULL; }
unsigned int sim_schedule_hash(void) { return th_hash; }
unsigned int sim_schedule_diverged(void) { return th_diverged || th_at < (th_planned ? th_planned - 1 : 0); }
unsigned long sim_schedule_points(void) { return th_points; }
unsigned long sim_schedule_blocks(void) { return th_whole - (sim_fuel + th_reserve); }
/* Two words a run: thread and points; then who could have run, whether it was forced, and blocks. Returns how many words. */
unsigned long sim_schedule_runs(unsigned long *out, unsigned long max)
{
	unsigned long n = 0;

	for (unsigned int i = 0; i < th_run_count && n + 2 <= max; i++) {
		out[n++] = (unsigned long)th_runs[i].thread << 32 | th_runs[i].points;
		out[n++] = (unsigned long)th_runs[i].blocks << 32 | th_runs[i].ready | th_runs[i].forced << 8;
	}
	/* The run that a fault ended. */
	if (th_in_run && n + 2 <= max) {
		out[n++] = (unsigned long)sim_self << 32 | th_in_run;
		out[n++] = 0;
	}
	return n;
}
unsigned char *sim_schedule_seen(void) { return th_seen; }

void sim_tasks_unused(unsigned long *from, unsigned long *to);
/* Absent where nothing is instrumented (a measured image). */
extern unsigned int __start___sancov_guards[] __attribute__((weak)), __stop___sancov_guards[] __attribute__((weak));
/*
 * Ranges, two words each, that need not be put back before the next schedule: what never changes, and what is written
 * before it is read. Returns the number of words.
 */
unsigned long sim_need_no_restore(unsigned long *out)
{
	unsigned long *at = out;

	sim_tasks_unused(&at[0], &at[1]);
	at += 2;
	*at++ = (unsigned long)__start___sancov_guards;
	*at++ = (unsigned long)__stop___sancov_guards;
	*at++ = (unsigned long)th_plan;
	*at++ = (unsigned long)(th_plan + TH_RUNS);
	*at++ = (unsigned long)th_runs;
	*at++ = (unsigned long)(th_runs + TH_RUNS);
	*at++ = (unsigned long)th_seen;
	*at++ = (unsigned long)(th_seen + TH_SEEN);
	*at++ = (unsigned long)th_kernel;
	*at++ = (unsigned long)(th_kernel + SIM_THREADS_MAX);
	return at - out;
}

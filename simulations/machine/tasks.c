// SPDX-License-Identifier: GPL-2.0-only
/* Simulated processes: a task each, with an mm made, copied and dropped by the kernel's own fork.c. */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/coredump.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/cred.h>
#include <linux/user_namespace.h>
#include <linux/pid.h>
#include <linux/syscalls.h>
#include "sim.h"

#define TASKS_MAX 65536

struct mm_struct *sim_dup_mm(struct task_struct *task, struct mm_struct *old);
long __se_sys_munmap(long addr, long len);
long __se_sys_mprotect(long addr, long len, long prot);
long __se_sys_mremap(long addr, long old_len, long new_len, long flags, long new_addr);
long __se_sys_madvise(long addr, long len, long advice);
long __se_sys_mlock(long addr, long len);
long __se_sys_munlock(long addr, long len);
long __se_sys_brk(long brk);
static struct task_struct *tasks[TASKS_MAX];
static unsigned int task_count;
static struct task_struct idle;
static struct signal_struct signals;
static struct cred credentials;
static struct user_struct user;
struct task_struct *sim_current;
int sim_cpu;

/* A kernel thread: no memory of its own. */
void sim_kernel_task_init(struct task_struct *task)
{
	memset(task, 0, sizeof(*task));
	task->signal = &signals;
	task->cred = task->real_cred = &credentials;
	task->group_leader = task;
	task->active_mm = &init_mm;
	task->flags = PF_KTHREAD;
	spin_lock_init(&task->alloc_lock);
	INIT_LIST_HEAD(&task->tasks);
	INIT_LIST_HEAD(&task->thread_node);
}

static void init_task_fields(struct task_struct *task, int number)
{
	task->signal = &signals;
	task->cred = task->real_cred = &credentials;
	task->group_leader = task;
	task->pid = task->tgid = number;
	task->thread_info.cpu = 0;
	spin_lock_init(&task->alloc_lock);
	list_add_tail(&task->tasks, &init_task.tasks);
	INIT_LIST_HEAD(&task->thread_node);
}

void sim_tasks_init(void)
{
	INIT_LIST_HEAD(&init_task.tasks);
	INIT_LIST_HEAD(&signals.thread_head);
	for (int i = 0; i < RLIM_NLIMITS; i++)
		signals.rlim[i].rlim_cur = signals.rlim[i].rlim_max = RLIM_INFINITY;
	signals.rlim[RLIMIT_STACK].rlim_cur = 8UL << 20;
	credentials.user_ns = &init_user_ns;
	credentials.user = &user;
	init_task_fields(&idle, 0);
	idle.active_mm = &init_mm;
	sim_current = &idle;
}

/* Makes task t the running one; -1 is nobody (the idle task, or a simulated thread's own, neither has an mm). */
static void run_as(int t) { sim_current = t >= 0 ? tasks[t] : sim_threads ? sim_kernel_task() : &idle; }
struct task_struct *sim_task(int t) { return tasks[t]; }
void sim_run_as(int t) { run_as(t); }

static int new_task(void)
{
	struct task_struct *task;

	if (task_count == TASKS_MAX)
		sim_host_exhausted("tasks");
	task = sim_backed_pages(get_order(sizeof(*task)));
	init_task_fields(task, task_count + 1);
	tasks[task_count] = task;
	return task_count++;
}

#ifdef KF_SPLIT_RSS
/* Pages that tasks of an address space have counted for themselves. */
long sim_task_rss(struct mm_struct *mm, int member)
{
	long sum = 0;

	for (unsigned int t = 0; t < task_count; t++)
		if (tasks[t]->mm == mm)
			sum += tasks[t]->rss_stat.count[member];
	return sum;
}
#endif

/* Memory of tasks that do not exist yet: nothing reads it before it is written. */
void sim_tasks_unused(unsigned long *from, unsigned long *to)
{
	*from = (unsigned long)&tasks[task_count];
	*to = (unsigned long)&tasks[TASKS_MAX];
}

static void set_mm(struct task_struct *task, struct mm_struct *mm)
{
	task->mm = mm;
	task->active_mm = mm;
}

/* What exec gives a new program: an empty address space laid out top-down. */
static struct mm_struct *fresh_mm(void)
{
	struct mm_struct *mm = mm_alloc();

	if (mm) {
		mm->task_size = TASK_SIZE;
		arch_pick_mmap_layout(mm, &signals.rlim[RLIMIT_STACK]);
	}
	return mm;
}

/* A process with an empty address space; -ENOMEM if there is none. */
int sim_task_create(void)
{
	int t = new_task();
	struct mm_struct *mm;

	run_as(-1);
	sim_current = tasks[t];
	mm = fresh_mm();
	if (!mm)
		return -ENOMEM;
	set_mm(tasks[t], mm);
	return t;
}

/* fork(): the child's number, or -ENOMEM. */
int sim_fork(int parent)
{
	int child = new_task();
	struct mm_struct *mm;

	run_as(parent);
	mm = sim_dup_mm(tasks[child], tasks[parent]->mm);
	if (!mm)
		return -ENOMEM;
	set_mm(tasks[child], mm);
	return child;
}

/* vfork(): the child shares the parent's mm. */
int sim_vfork(int parent)
{
	int child = new_task();

	run_as(parent);
	mmget(tasks[parent]->mm);
	set_mm(tasks[child], tasks[parent]->mm);
	return child;
}

static void drop_mm(int t)
{
	struct mm_struct *mm = tasks[t]->mm;

	run_as(t);
#ifdef KF_SPLIT_RSS
	if (mm)
		sync_mm_rss(mm);
#endif
	set_mm(tasks[t], NULL);
	tasks[t]->active_mm = &init_mm;
	if (mm)
		mmput(mm);
}

int sim_exec(int t)
{
	struct mm_struct *mm;

	run_as(t);
	mm = fresh_mm();
	if (!mm)
		return -ENOMEM;
	drop_mm(t);
	set_mm(tasks[t], mm);
	return 0;
}

void sim_exit(int t)
{
	drop_mm(t);
	run_as(-1);
}

struct mm_struct *sim_mm(int t) { return tasks[t]->mm; }
/* How many processes have memory. */
int sim_processes(void)
{
	int n = 0;

	for (unsigned int t = 0; t < task_count; t++)
		n += tasks[t]->mm != NULL;
	return n;
}
unsigned int sim_task_count(void) { return task_count; }

/* System calls through the kernel's own entries. */
long sim_mmap(int t, unsigned long addr, unsigned long len, unsigned long prot, unsigned long flags, unsigned long fd,
	      unsigned long pgoff)
{
	run_as(t);
	return (long)ksys_mmap_pgoff(addr, len, prot, flags, fd, pgoff);
}
/* The form with long arguments has the same type in every tree. */
long sim_munmap(int t, long addr, long len)
{
	run_as(t);
	return __se_sys_munmap(addr, len);
}
long sim_mprotect(int t, long addr, long len, long prot)
{
	run_as(t);
	return __se_sys_mprotect(addr, len, prot);
}
long sim_mremap(int t, long addr, long old_len, long new_len, long flags, long new_addr)
{
	long moved;

	run_as(t);
	sim_move_begin(addr, old_len, new_addr);
	moved = __se_sys_mremap(addr, old_len, new_len, flags, new_addr);
	sim_move_end();
	return moved;
}
long sim_madvise(int t, long addr, long len, long advice)
{
	run_as(t);
	return __se_sys_madvise(addr, len, advice);
}
long sim_mlock(int t, long addr, long len)
{
	run_as(t);
	return __se_sys_mlock(addr, len);
}
long sim_munlock(int t, long addr, long len)
{
	run_as(t);
	return __se_sys_munlock(addr, len);
}
/* prctl(PR_SET_THP_DISABLE, 1): no huge pages, whatever madvise() asks for. */
void sim_thp_off(int t)
{
#ifdef MMF_DISABLE_THP_COMPLETELY
	mm_flags_set(MMF_DISABLE_THP_COMPLETELY, tasks[t]->mm);
#else
	set_bit(MMF_DISABLE_THP, &tasks[t]->mm->flags);
#endif
}

/* brk(): the heap reaches from start to end; where a program's heap starts is execve()'s to say. 0, or -ENOMEM. */
long sim_brk(int t, unsigned long start, unsigned long end)
{
	struct mm_struct *mm = tasks[t]->mm;

	run_as(t);
	if (!mm->start_brk)
		mm->start_brk = mm->brk = start;
	return __se_sys_brk(end) == end ? 0 : -ENOMEM;
}

// SPDX-License-Identifier: GPL-2.0-or-later
// Words of C and of the kernel's dialect that the pre-pass must tell apart. Facts about the kernel's headers
// (include/linux/compiler*.h, init.h, linkage.h); a word missing here costs at most an "unreadable" note.

const words = (list: string): ReadonlySet<string> => new Set(list.trim().split(/\s+/));

/** Storage classes and qualifiers: never a type of their own. */
export const storage = words('static extern inline const volatile register typedef __inline __inline__ auto _Noreturn');

/** Words that begin or make up a built-in type. */
export const builtinTypes = words(
  'void char short int long float double signed unsigned struct union enum const volatile _Bool __int128',
);

/** Words that stand before a bracket without being called. */
export const keywords = words(
  'if else while for do switch case default return goto break continue sizeof typeof __typeof__ _Alignof asm __asm__ __attribute__ __attribute',
);

/** Words that say something to the compiler or to checkers and that no parser of plain C expects; dropped anywhere. */
const annotations = words(`
  __init __exit __initdata __initconst __exitdata __refdata __ref __meminit __meminitdata __head __init_memblock
  __cpuinit __devinit __net_init __net_exit __init_or_module __initdata_or_module
  __always_inline noinline noinline_for_stack __noinline __flatten __cold __hot __weak __pure __attribute_const__
  __must_check __maybe_unused __always_unused __used __visible __deprecated __noreturn __malloc __alloc_size
  __latent_entropy __randomize_layout __no_randomize_layout __designated_init __packed __mode __section __printf
  __scanf __user __kernel __iomem __rcu __percpu __force __bitwise __nocast __private __safe __guarded_by
  __pt_guarded_by __acquires __releases __acquire_shared __releases_shared __must_hold __must_hold_shared
  __cond_acquires __cond_releases __cond_acquires_shared __no_context_analysis __context_unsafe __acquires_shared
  __acquires_ret __acquires_shared_ret __cond_lock __read_mostly __ro_after_init __cacheline_aligned
  __cacheline_aligned_in_smp ____cacheline_aligned ____cacheline_aligned_in_smp ____cacheline_internodealigned_in_smp
  __aligned __counted_by __counted_by_le __counted_by_ptr __nonstring __no_sanitize_address __no_kcsan __no_kasan
  __no_sanitize __no_kasan_or_inline __no_kcsan_or_inline __no_sanitize_or_inline __no_kstack_erase __no_kmsan_checks
  __no_sanitize_memory __no_caller_saved_registers __no_profile __no_sanitize_undefined __no_sanitize_coverage
  __nostackprotector __no_stack_protector __signed_wrap asmlinkage notrace noinstr nokprobe_inline fastcall
  __sched __kprobes __lockfunc __cpuidle __entry_text __irq_entry __softirq_entry __bpf_kfunc __bpf_hook_start
  __compat_init __alias __copy __noclone __no_inline __error __warning __assume_aligned __cleanup __rcu_access
  __no_fgcse __gnu_inline __percpu_seg_override __meminitconst __ref_ __xol_ __sysctl __noscs __nocfi __cficanonical
  __private_extern__ __retain __free __noendbr noinline_for_kasan __attribute_used__`);

/** True for words such as __init or __must_check, alone or with an argument list. */
export const isAnnotation = (word: string): boolean => annotations.has(word);

/** True for annotations that take an argument list when one follows. */
export const takesArguments = (word: string): boolean =>
  /acquire|release|must_hold|cond_|guarded_by|counted_by|^__(printf|scanf|section|aligned|alloc_size|mode|malloc|error|warning|cleanup|free|alias|copy|no_sanitize|assume_aligned|context_unsafe)$/.test(
    word,
  );

/** True for WORDS_LIKE_THIS: by convention a macro. */
export const isShouted = (word: string): boolean => /^[A-Z_][A-Z0-9_]*$/.test(word) && /[A-Z]{2}/.test(word);

/** True for macros that head a loop or a scope: the braces or the statement after them belong to them. */
export const isLoopMacro = (word: string): boolean =>
  /for_each|foreach|^scoped_|^if_not_|_guard$|_loop$/.test(word) || /FOR_EACH/.test(word);

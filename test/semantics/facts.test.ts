// SPDX-License-Identifier: GPL-2.0-or-later
import { describe, expect, it } from 'vitest';
import { conditionsOf } from '../../src/semantics/conditions.ts';
import { factsOf, REVERSE_MAP_STRUCTS } from '../../src/semantics/facts.ts';
import { addTypes, emptyTypes } from '../../src/semantics/field-types.ts';
import { lineFacts } from '../../src/semantics/line-facts.ts';
import { cParser } from '../../src/semantics/parser.ts';
import { syntaxOf } from '../../src/semantics/syntax.ts';
import { tokenize } from '../../src/semantics/tokens.ts';
import type { FunctionFacts } from '../../src/semantics/values.ts';
import { Version } from '../../src/semantics/version.ts';
import { sourceOf, treeIfOffered } from '../support/trees.ts';

const TYPES = `
struct mm_struct { struct rw_semaphore mmap_lock; int count; };
struct vm_area_struct {
	struct mm_struct *vm_mm;
	union { struct { unsigned long vm_start, vm_end; }; int other; };
	struct { struct rb_node rb; } shared;
	struct list_head anon_vma_chain;
	struct anon_vma *anon_vma;
};
struct anon_vma { struct anon_vma *root, *parent; struct rw_semaphore rwsem; atomic_t refcount; };
struct wrapper { struct vm_area_struct *vma; struct mm_struct embedded; };
`;

async function read(text: string, types = TYPES): Promise<{ facts: FunctionFacts; lines: string[] }> {
  const source = `${text}\n`;
  const version = await Version.of(0, source, new Map());
  const table = emptyTypes();
  addTypes(table, tokenize(types));
  addTypes(table, tokenize(source));
  const made = version.outline.functions.at(-1);
  if (!made || !version.prepared) throw new Error('no function');
  const tree = syntaxOf(await cParser(), version.prepared, made);
  if (typeof tree === 'string') throw new Error(tree);
  const structs = new Set(REVERSE_MAP_STRUCTS);
  const lines = [...lineFacts(tree, source)].sort(([a], [b]) => a - b);
  return {
    facts: factsOf(tree, { source, types: table, structs, helpers: version.helpers }),
    lines: lines.map(([line, { errorPath, enabled }]) => `${line} ${errorPath ?? ''} ${enabled ?? ''}`.trim()),
  };
}

describe('fields', () => {
  it('are told apart by what is done with them, through members, embedded structs, calls and current', async () => {
    const { facts } = await read(`static struct vm_area_struct *find(void);
void f(struct wrapper *w, struct vm_area_struct *vma, struct unknown *u)
{
	vma->vm_start = w->vma->vm_end;
	vma->anon_vma->root->parent = u->mystery;
	w->embedded.count += 1;
	find()->other++;
	current->mm->count;
	vma->shared.rb = x;
	sizeof(vma->vm_mm);
	u->vma->vm_mm = 0;
}`);
    expect(facts.reads).toEqual([
      'anon_vma.root',
      'mm_struct.count',
      'vm_area_struct.anon_vma',
      'vm_area_struct.other',
      'vm_area_struct.vm_end',
    ]);
    expect(facts.writes).toEqual([
      'anon_vma.parent',
      'vm_area_struct.other',
      'vm_area_struct.shared.rb',
      'vm_area_struct.vm_start',
    ]);
  });

  it('handed on by address are written where the callee writes', async () => {
    const { facts } = await read(`void f(struct vm_area_struct *vma, struct anon_vma *a)
{
	list_add(&vma->anon_vma_chain, h);
	WRITE_ONCE(vma->vm_start, a->parent);
	READ_ONCE(a->root)->refcount;
	look_at(&vma->vm_end);
	atomic_read(&a->refcount);
	down_write(&a->rwsem);
}`);
    expect(facts.writes).toEqual(['vm_area_struct.anon_vma_chain', 'vm_area_struct.vm_start']);
    expect(facts.reads).toEqual([
      'anon_vma.parent',
      'anon_vma.refcount',
      'anon_vma.root',
      'vm_area_struct.anon_vma_chain',
      'vm_area_struct.vm_end',
    ]);
    expect(facts.locks).toEqual([{ lock: 'anon_vma.rwsem (write)', does: 'takes', with: 'down_write' }]);
  });
});

describe('locks and caches', () => {
  it('are read from the names of what is called', async () => {
    const { facts } = await read(`static void *grab(void) { return kmem_cache_alloc(chain_cachep, GFP_KERNEL); }
void f(struct vm_area_struct *vma, spinlock_t *ptl)
{
	anon_vma_lock_write(vma->anon_vma);
	i_mmap_trylock_read(m);
	mmap_assert_write_locked(vma->vm_mm);
	if (rwsem_is_locked(&x) && folio_test_locked(f) && mlock_future_ok(a))
		spin_unlock(ptl);
	kfree(grab());
	kmem_cache_free(vma->vm_mm->pool, vma);
	ops->lock_it(vma);
	vma_alloc_folio(g);
}`);
    expect(facts.locks.map(({ lock, does }) => `${does} ${lock}`).sort()).toEqual([
      'asserts mmap (write)',
      'drops ptl',
      'takes anon_vma (write)',
      'tries i_mmap (read)',
    ]);
    expect(facts.allocates).toEqual(['chain_cachep', 'pages']);
    expect(facts.frees).toEqual(['kmalloc', 'mm_struct.pool']);
  });

  it('of the real anon_vma_clone are the ones that its reader sees', async () => {
    const tree = await treeIfOffered('6.12');
    if (!tree) return;
    const text = sourceOf(tree, 'mm/rmap.c') ?? '';
    const from = text.indexOf('int anon_vma_clone(');
    const types = ['include/linux/mm_types.h', 'include/linux/rmap.h'].map((path) => sourceOf(tree, path)).join('\n');
    const whole = text.slice(0, text.indexOf('\n}\n', from) + 3);
    const { facts } = await read(whole, types);
    expect(facts.reads).toContain('anon_vma_chain.anon_vma');
    expect(facts.writes).toContain('vm_area_struct.anon_vma');
    expect(facts.allocates).toEqual(['anon_vma_chain_cachep']);
  });
});

describe('lines', () => {
  it('of statements know error paths and conditions of the configuration', async () => {
    const { lines } = await read(`int f(int a)
{
	int err = 0, b;

	if (!take(a))
		return -ENOMEM;
	err = work(a,
		   b);
	if (err)
		goto out;
	if (IS_ENABLED(CONFIG_KSM))
		scan();
	return 0;
out_err:
	undo();
out:
	return err;
}`);
    expect(lines).toEqual([
      '3',
      '5',
      '6 if (!take(a))',
      '7',
      '9',
      '10 if (err)',
      '11',
      '12  if (IS_ENABLED(CONFIG_KSM))',
      '13',
      '15 out_err:',
      '17',
    ]);
  });
});

describe('conditions of the preprocessor', () => {
  it('are told of the innermost one around a line, a header guard aside', () => {
    const source = `#ifndef GUARD_H
#define GUARD_H
int a;
#ifdef CONFIG_KSM
int b;
#if defined(X) && Y > 1
int c;
#elif Z
int d;
#else
int e;
#endif
int f;
#endif
int g;
#endif
`;
    const conditionOf = conditionsOf(tokenize(source));
    const lines = source.split('\n').flatMap((text, i) => (text.startsWith('int') ? [conditionOf(i + 1) ?? '-'] : []));
    expect(lines).toEqual([
      '-',
      'ifdef CONFIG_KSM',
      'if defined(X) && Y > 1',
      'elif Z',
      'else of if defined(X) && Y > 1',
      'ifdef CONFIG_KSM',
      '-',
    ]);
  });
});

// SPDX-License-Identifier: GPL-2.0-or-later
import { expect, it } from 'vitest';
import { addressesTaken } from '../../src/semantics/index.ts';

const known = new Set(['walk_one', 'done', 'shared', 'fault', 'run', 'open']);

it('tells which functions a function hands on, alone or by a table', () => {
  const taken = addressesTaken(
    `static const struct vm_operations ops = { .fault = fault, .open = open };
static int (*table[])(int) = { [0] = shared };
int run(struct x *x)
{
	struct rmap_walk_control rwc = { .rmap_one = walk_one, };
	rwc.done = done;
	x->open = 1;
	called(shared());
	return use(&ops);
}
int quiet(void) { return x.fault; }
`,
    (name) => known.has(name),
  );
  expect([...(taken.get('run') ?? [])].sort()).toEqual(['done', 'fault', 'open', 'walk_one']);
  expect([...(taken.get('quiet') ?? [])]).toEqual([]);
});

it('tells nothing of a file whose brackets do not pair', () => {
  expect(addressesTaken('int f(void) { return (1; }', () => true).size).toBe(0);
});

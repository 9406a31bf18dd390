// SPDX-License-Identifier: GPL-2.0-or-later
// Struct layouts, against the compiler's own sizeof and offsetof.
import { afterAll, expect, test } from 'vitest';
import { ObjectCache } from '../../src/kernel/cache.ts';
import { compileArguments } from '../../src/kernel/flags.ts';
import { PROBE_FILE, probeLayouts } from '../../src/kernel/layout-probe.ts';
import { recordNames } from '../../src/kernel/record-names.ts';
import type { StructLayout } from '../../src/kernel/values.ts';
import { OPTIONS, World } from './world.ts';

const TEXT = `typedef struct { int counter; } atomic_t;
typedef unsigned long pgoff_t;
enum small { A } __attribute__((packed));
enum usual { B };
struct list { struct list *next, *prev; };
struct padded { struct { atomic_t a; } __attribute__((__aligned__(64))); char after; };
struct thing {
	pgoff_t flags;
	union {
		struct { struct list lru; void *mapping; };
		unsigned long words[5];
		atomic_t counts[3];
	};
	struct { struct list rb; unsigned long last; } shared;
	unsigned int low : 3, high : 10, : 0, next : 1;
	enum small kind;
	enum usual usual;
	void (*call)(struct list *, int);
	struct padded *pointers[2];
	const volatile unsigned char bytes[3];
	__int128 wide;
	_Bool yes;
	unsigned long tail[];
} __attribute__((aligned(32)));
union both { int i; struct thing *t; };
int inside(void) { struct local { int x; } l = { 1 }; return l.x; }
`;

const world = new World();
afterAll(() => world.remove());

async function layouts(text: string): Promise<Record<string, StructLayout>> {
  const open = world.open(new Map([['x.c', Buffer.from(text)]]));
  const memory = new Map([[PROBE_FILE, Buffer.from(text)]]);
  const session = world.pool().session({ ...open, memory });
  const sources = world.sources();
  sources.add(PROBE_FILE, Buffer.from(text));
  const result = await probeLayouts('test', () => session, new ObjectCache<null>(world.store, 'layouts', sources));
  if ('errors' in result) throw new Error(JSON.stringify(result.errors));
  return JSON.parse(Buffer.from(result.json() ?? '').toString('utf8'));
}

test('every member lies where the compiler says', async () => {
  const found = await layouts(TEXT);
  expect(Object.keys(found)).toEqual(['both', 'list', 'padded', 'thing']);
  const checks = Object.values(found).flatMap(({ name, size, align, members }) => {
    const type = `${name === 'both' ? 'union' : 'struct'} ${name}`;
    const fields = members
      .filter(({ bitSize }) => bitSize === undefined)
      .flatMap((member) => [
        [`__builtin_offsetof(${type}, ${member.name})`, member.offset],
        ...(member.type.includes('[]') ? [] : [[`sizeof(((${type} *)0)->${member.name})`, member.size]]),
      ]);
    return [[`sizeof(${type})`, size], [`_Alignof(${type})`, align], ...fields];
  });
  expect(checks.length).toBeGreaterThan(60);
  const unit = `${TEXT}${checks.map(([what, value]) => `_Static_assert(${what} == ${value}, "${value}");\n`).join('')}`;
  const session = world.pool().session(world.open(new Map([['x.c', Buffer.from(unit)]])));
  const args = compileArguments('x.c', OPTIONS, '.out/x.o');
  expect((await session.run({ args, inputs: [], outputs: [] })).stderr).toBe('');
  const thing = found.thing?.members ?? [];
  expect(thing.filter(({ bitSize }) => bitSize !== undefined)).toEqual([
    { name: 'low', type: 'unsigned int', offset: 72, size: 4, bitOffset: 0, bitSize: 3 },
    { name: 'high', type: 'unsigned int', offset: 72, size: 4, bitOffset: 3, bitSize: 10 },
    { name: 'next', type: 'unsigned int', offset: 76, size: 4, bitOffset: 0, bitSize: 1 },
  ]);
  expect(thing.find(({ name }) => name === 'flags')?.type).toBe('pgoff_t');
  expect(thing.map(({ name }) => name)).toContain('lru.next');
  expect(thing.map(({ name }) => name)).toContain('shared.rb.prev');
});

test('attributes behind the brace count, of structs inside structs too', async () => {
  const { padded } = await layouts(TEXT);
  expect(padded).toMatchObject({ size: 128, align: 64 });
  expect(padded?.members.find(({ name }) => name === 'after')?.offset).toBe(64);
});

test('only records of file scope are asked for', () => {
  const text = `struct a { struct b { int x; } b; union { int y; }; };
    struct __attribute__((packed)) c { int x; }; struct d; struct e *pointer;
    int f(struct g { int x; } *p) { struct h { int x; } l; return 0; }
    char *s = "struct i {"; typedef struct j { int x; } j_t; extern struct k f2(void) ; enum l { M };`;
  expect(recordNames(text)).toEqual(['struct a', 'struct b', 'struct c', 'struct j', 'enum l']);
});

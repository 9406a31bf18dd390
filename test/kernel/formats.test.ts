// SPDX-License-Identifier: GPL-2.0-or-later
// The readers of binary formats and of the tools' messages: what they understand, and that nothing else upsets them.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDiagnostics } from '../../src/kernel/diagnostics.ts';
import { DIAGNOSTICS } from '../../src/kernel/limits.ts';
import { makeLines } from '../../src/kernel/lines.ts';
import { tidy } from '../../src/kernel/link.ts';
import { pack, unpack } from '../../src/kernel/packed.ts';
import { normalise } from '../../src/kernel/vfs.ts';
import { limitMemory } from '../../src/kernel/wasm-limits.ts';
import { readModule } from '../../src/kernel/wasm-module.ts';

test('packed tables come back as they were', () => {
  const row = fc.tuple(fc.integer(), fc.integer(), fc.nat());
  fc.assert(fc.property(fc.array(row), (rows) => void expect([...unpack(pack(rows), 3)]).toEqual(rows.flat())));
});

/** magic, version; one memory of 1 page; one function "nop". */
const MODULE = Uint8Array.from([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 4, 1, 0x60, 0, 0],
  ...[3, 2, 1, 0],
  ...[5, 3, 1, 0, 1],
  ...[10, 5, 1, 3, 0, 1, 0x0b],
]);

test('a module with any damage is read, or refused with a RangeError', () => {
  expect(readModule(MODULE).functions).toEqual([{ name: 'function 0', start: 2, end: 5 }]);
  fc.assert(
    fc.property(fc.nat(MODULE.length - 1), fc.nat(255), fc.nat(MODULE.length), (at, value, length) => {
      const damaged = MODULE.slice(0, length);
      if (at < damaged.length) damaged[at] = value;
      try {
        makeLines(damaged);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
    { numRuns: 2000 },
  );
});

test('a memory limit is put into the module', () => {
  const limited = new WebAssembly.Module(limitMemory(MODULE, 2));
  expect(limited).toBeInstanceOf(WebAssembly.Module);
  expect(Buffer.from(limitMemory(MODULE, 300)).toString('hex')).toContain('0505010101ac02'); // min 1, max 300
  expect(() => limitMemory(MODULE.slice(0, 18), 2)).toThrow('no memory');
});

test('no path leads above the root', () => {
  expect(normalise('/a/./b//../c/')).toBe('a/c');
  expect(normalise('/')).toBe('');
  expect(normalise('a/../..')).toBeUndefined();
  fc.assert(
    fc.property(fc.array(fc.constantFrom('..', '.', '', 'a', 'b')), (parts) => {
      const path = normalise(parts.join('/'));
      expect(path === undefined || !path.split('/').includes('..')).toBe(true);
    }),
  );
});

test('messages become diagnostics with the paths of the tree', () => {
  const text = `In file included from mm/rmap.c:3:
./include/linux/mm.h:12:5: warning: unused variable 'x' [-Wunused-variable]
include/linux/mm.h:10:1: note: declared here
.machine/sim.h:1:2: error: expected ';'
.generated/include/generated/autoconf.h:3:9: fatal error: 'a: b' file not found
fatal error: too many errors emitted, stopping now [-ferror-limit=]
2 errors generated.
`;
  expect(parseDiagnostics('mm/rmap.c', text)).toEqual([
    {
      severity: 'warning',
      file: 'include/linux/mm.h',
      line: 12,
      column: 5,
      message: "unused variable 'x' [-Wunused-variable]",
    },
    { severity: 'error', file: 'machine:sim.h', line: 1, column: 2, message: "expected ';'" },
    {
      severity: 'error',
      file: 'generated:include/generated/autoconf.h',
      line: 3,
      column: 9,
      message: "'a: b' file not found",
    },
    {
      severity: 'error',
      file: 'mm/rmap.c',
      line: 0,
      column: 0,
      message: 'too many errors emitted, stopping now [-ferror-limit=]',
    },
  ]);
});

test('a flood of warnings hides no error', () => {
  const flood = 'a.c:1:1: warning: w\n'.repeat(2 * DIAGNOSTICS);
  const found = parseDiagnostics('a.c', `${flood}a.c:2:1: error: e\n`);
  expect(found.length).toBe(DIAGNOSTICS);
  expect(found[0]?.message).toBe('e');
});

test("the linker's words name units and tell each symbol once", () => {
  const text = `wasm-ld: error: .out/mm+rmap.c.o: undefined symbol: init_mm
wasm-ld: error: .out/mm+memory.c.o: undefined symbol: init_mm
wasm-ld: error: duplicate symbol: f
>>> defined in .out/machine+wrappers+fork.c.o
>>> defined in .out/mm+rmap.c.o
`;
  expect(tidy(text)).toEqual([
    'error: duplicate symbol: f',
    '>>> defined in machine:wrappers/fork.c',
    '>>> defined in mm/rmap.c',
    'error: undefined data symbol init_mm (mm/rmap.c, mm/memory.c)',
  ]);
});

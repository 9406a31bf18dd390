// SPDX-License-Identifier: GPL-2.0-or-later
// A checked module does what the original does, and asks before each access that may lie outside the frame.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkedModule } from '../../../src/kernel/checked/index.ts';
import { readModule } from '../../../src/kernel/wasm-module.ts';
import { sections } from '../../../src/kernel/wasm-reader.ts';
import { type Address, expectedChecks, moduleOf, run, type Statement, VALUES } from './module.ts';

const rewritten = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(checkedModule(bytes).module);

const address = fc.constantFrom<Address>('frame', 'wild', 'either');
const offset = fc.oneof(fc.integer({ min: 0, max: 56 }), fc.constantFrom(127, 128, 5000));
const width = fc.constantFrom<1 | 2 | 4 | 8>(1, 2, 4, 8);
const index = fc.integer({ min: 0, max: VALUES - 1 });
const value = fc.oneof(
  fc.record({ kind: fc.constant('local' as const), local: index }),
  fc.record({ kind: fc.constant('constant' as const), value: fc.integer() }),
);
const bytes = fc.integer({ min: 0, max: 64 });
const plain: fc.Arbitrary<Statement> = fc.oneof(
  fc.record({ kind: fc.constant('load' as const), to: index, address, offset, width }),
  fc.record({ kind: fc.constant('store' as const), address, offset, value, width, narrow: fc.boolean() }),
  fc.record({ kind: fc.constant('fill' as const), address, value: fc.integer({ min: 0, max: 255 }), bytes }),
  fc.record({ kind: fc.constant('copy' as const), to: address, from: address, bytes }),
);
const { statement } = fc.letrec<{ statement: Statement; body: Statement[] }>((tie) => ({
  statement: fc.oneof(
    { maxDepth: 3 },
    plain,
    fc.record({ kind: fc.constant('if' as const), local: index, yes: tie('body'), no: tie('body') }),
    fc.record({ kind: fc.constant('twice' as const), body: fc.array(plain, { maxLength: 3 }) }),
  ),
  body: fc.array(tie('statement'), { maxLength: 4 }),
}));
const program = fc.array(statement, { maxLength: 12 });

describe('a checked module', () => {
  test('gives the same result, leaves the same memory and asks for what it must', () => {
    fc.assert(
      fc.property(
        program,
        fc.integer({ min: 8192, max: 40_000 }),
        fc.integer({ min: 0, max: 3 }),
        (text, at, given) => {
          const original = moduleOf(text);
          const before = run(original, at, given);
          const after = run(rewritten(original), at, given);
          expect(after.result).toBe(before.result);
          expect(after.memory.equals(before.memory)).toBe(true);
          expect(before.seen).toEqual([]);
          expect(after.seen).toEqual(expectedChecks(text, at, given));
        },
      ),
      { numRuns: 400 },
    );
  });

  test('leaves functions alone that are not the tree\u2019s, and the frame to itself', () => {
    const store: Statement = {
      ...{ kind: 'store', address: 'wild', offset: 8, value: { kind: 'constant', value: 7 } },
      ...{ width: 4, narrow: true },
    };
    expect(run(rewritten(moduleOf([store], false)), 10_000, 0).seen).toEqual([]);
    expect(run(rewritten(moduleOf([{ ...store, address: 'frame' }])), 10_000, 0).seen).toEqual([]);
    expect(run(rewritten(moduleOf([store])), 10_000, 0).seen).toEqual([
      { what: 'check', address: 10_008, bytes: 4, write: true },
    ]);
  });

  test('leads each instruction to where it went', () => {
    fc.assert(
      fc.property(program, (text) => {
        const original = moduleOf(text);
        const { module, moves, codeStart } = checkedModule(original);
        const [before, after] = [readModule(original), readModule(module)];
        expect(codeStart).toBe(after.codeStart);
        expect(
          before.functions.map(({ name, start, end }) => ({ name, start: moves.to(start), end: moves.to(end) })),
        ).toEqual(after.functions);
        // What the code began with lies there, too: the guard's call at the start of the block.
        expect(before.blocks.map(({ id, start }) => ({ id, start: moves.to(start) }))).toEqual(
          after.blocks.map(({ id, start }) => ({ id, start })),
        );
      }),
      { numRuns: 100 },
    );
  });

  test('code inserted before an access belongs to it, and what lies behind the access follows', () => {
    const original = moduleOf([{ kind: 'load', to: 1, address: 'wild', offset: 8, width: 8 }]);
    const { module, moves, codeStart } = checkedModule(original);
    const [LOAD, TEE] = [0x29, 0x22];
    const start = readModule(original).codeStart;
    const load = original.lastIndexOf(LOAD) - start;
    expect(module[codeStart + moves.to(load)]).toBe(TEE);
    expect(module[codeStart + moves.to(load + 1) - 1]).toBe(LOAD);
  });

  test('carries no debug information that would no longer fit', () => {
    const names = sections(checkedModule(moduleOf([])).module).map(({ name }) => name);
    expect(names).toContain('name');
    expect(names).not.toContain('.debug_line');
  });

  test('a module that is cut off anywhere is refused with a RangeError', () => {
    const whole = moduleOf([{ kind: 'load', to: 1, address: 'wild', offset: 4, width: 8 }]);
    for (let length = 8; length < whole.length; length++) {
      const cut = whole.slice(0, length);
      try {
        checkedModule(cut);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }
  });
});

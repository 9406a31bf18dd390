// SPDX-License-Identifier: GPL-2.0-or-later
// What counts as explained, on a tree of a few lines and machines that answer from a table.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import {
  exitCodeOf,
  explainedBy,
  type FidelityRooms,
  familyRows,
  measureTree,
  NotBuilt,
} from '../../src/fidelity/index.ts';
import type { Image } from '../../src/kernel/values.ts';
import type { GroundTruth } from '../../src/simulator/ground-truth/load.ts';
import type { Replay } from '../../src/simulator/ground-truth/values.ts';
import { emptyRun } from '../../src/simulator/run.ts';

const root = mkdtempSync(path.join(tmpdir(), 'rmapbot-fidelity-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
mkdirSync(path.join(root, 'mm'));
writeFileSync(
  path.join(root, 'mm/rmap.c'),
  'int anon_vma_clone(struct vm_area_struct *dst, struct vm_area_struct *src)\n{\n\tstruct anon_vma_chain *pavc;\n\n' +
    '\tlist_for_each_entry(pavc, &src->anon_vma_chain, same_vma)\n\t\tlink(dst, pavc);\n\treturn 0;\n}\n',
);
const tree = { label: 'toy', root, version: '9.9.0' };

function truth(name: string, extra: Partial<GroundTruth> = {}): GroundTruth {
  const scenario = {
    ...{
      name,
      about: name,
      areas: [],
      requires: [],
      configs: ['prod' as const],
      files: [],
      bounds: {},
      steps: [],
      family: 'toy',
    },
  };
  return {
    family: 'toy',
    name,
    scenario,
    regions: [],
    unsupported: [],
    checks: [{ step: 0, counts: [1, 1, 1] }],
    ...extra,
  };
}

type Answers = Record<string, { plain: Replay; changed?: Replay }>;
const counted = (counts: number[]): Replay => ({ steps: ['P: fork C'], observations: [{ step: 0, counts }] });
const equal = counted([1, 1, 1]);
const off = counted([2, 1, 1]);

/** A room whose builds are told apart by whether mm/rmap.c was changed. */
function rooms(answers: Answers): FidelityRooms & { builds: number } {
  return {
    builds: 0,
    async build(_tree, overlay) {
      this.builds++;
      return { features: [], variant: overlay.has('mm/rmap.c') ? 'changed' : '' } as unknown as Image;
    },
    async *run(image, scenarios) {
      for (const { name } of scenarios) {
        const answer = answers[name];
        const replay = (image.variant as string) === 'changed' ? (answer?.changed ?? answer?.plain) : answer?.plain;
        yield { ...emptyRun(name, 'prod'), ...(replay && { replay }) };
      }
    },
  };
}

const statuses = async (answers: Answers, truths: GroundTruth[], options = {}) => {
  const { histories } = await measureTree(tree, truths, rooms(answers), options);
  return histories;
};

test('a difference is explained by the change without which it is gone, and only then', async () => {
  const answers = { same: { plain: equal }, cloned: { plain: off, changed: equal }, odd: { plain: off } };
  const histories = await statuses(answers, [truth('same'), truth('cloned'), truth('odd')]);
  expect(histories.map(({ status, changes }) => [status, ...changes])).toEqual([
    ['equal'],
    ['explained', 'clone-chain-order'],
    ['differs'],
  ]);
  expect(exitCodeOf(histories)).toBe(1);
  expect(exitCodeOf(histories.slice(0, 2))).toBe(0);
  expect([...explainedBy(histories)]).toEqual([['clone-chain-order', ['cloned']]]);
  expect(familyRows(histories).at(-1)).toMatchObject({
    histories: 3,
    equal: 1,
    explained: 1,
    differ: 1,
    equalCounts: 1,
  });
});

test('a recorded difference saves the runs; it must be needed, and its figures must hold', async () => {
  const entry = (figure: string) => ({
    recorded: { '9.9.0': { x: { changes: ['clone-chain-order'], figures: { 'step 1, counts': figure } } } },
  });
  const plain = rooms({ x: { plain: off } });
  const { histories } = await measureTree(tree, [truth('x')], plain, entry('2 1 1'));
  expect([histories[0]?.status, plain.builds]).toEqual(['explained', 1]);
  expect(await statuses({ x: { plain: off } }, [truth('x')], entry('3 1 1'))).toMatchObject([
    { status: 'differs', entry: 'it differs otherwise than expected' },
  ]);
  expect(await statuses({ x: { plain: equal } }, [truth('x')], entry('2 1 1'))).toMatchObject([
    { status: 'differs', entry: /is not there$/ },
  ]);
});

test('a change that fits the text but not the tree proves nothing', async () => {
  const room = rooms({ x: { plain: off, changed: equal } });
  const { build } = room;
  room.build = async (of, overlay) => {
    if (overlay.size > 0) throw new NotBuilt('pavc is no list');
    return build.call(room, of, overlay);
  };
  expect((await measureTree(tree, [truth('x')], room)).histories).toMatchObject([{ status: 'differs', changes: [] }]);
});

test('what a history requires is what stops it', async () => {
  const stopped = { kind: 'requires', step: 0, text: 'P: mremap', feature: 'mremap-multi' } as const;
  const answers = { x: { plain: { steps: [], observations: [], stopped } }, y: { plain: equal } };
  const requires = ['mremap-multi'];
  const of = async (x: Partial<GroundTruth>, y: Partial<GroundTruth>) =>
    (await statuses(answers, [truth('x', x), truth('y', y)])).map(({ status }) => status);
  expect(await of({ requires }, { requires: [] })).toEqual(['not run', 'equal']);
  expect(await of({ requires: [] }, { requires })).toEqual(['differs', 'differs']);
  expect(await of({}, {})).toEqual(['not run', 'equal']);
});

test('what cannot be run is not equal', async () => {
  const cannot = { kind: 'cannot', step: 0, text: 'P: mmap', reason: 'unmodelled: f' } as const;
  const histories = await statuses({ x: { plain: { steps: [], observations: [], stopped: cannot } } }, [
    truth('x'),
    truth('y', { unsupported: ['a step that is new'] }),
  ]);
  expect(histories.map(({ status, notRun }) => [status, notRun])).toEqual([
    ['not run', 'unmodelled: f (step 1, "P: mmap")'],
    ['not run', 'a step that is new'],
  ]);
  expect(exitCodeOf(histories)).toBe(3);
});

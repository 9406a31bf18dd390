// SPDX-License-Identifier: GPL-2.0-or-later
// docs/designs.md, question by question. Each section says how its figures are made again; `cheap` ones are made again
// by the tests.

import { labMachine } from '../../src/designs/catalogue.ts';
import { randomHistory } from '../../src/designs/histories.ts';
import { runScenario } from '../../src/simulator/index.ts';
import {
  ALL,
  forksOf,
  live,
  markOf,
  reverseMapBytes,
  scenarioRuns,
  title,
  type Variant,
  walkAfterCopies,
  walkIn,
  workload,
} from './figures.ts';

export interface Section {
  id: string;
  heading: string;
  cheap: boolean;
  /** Markdown below the heading. */
  body(): string;
}

const every: readonly Variant[] = ALL.map((name) => ({ name }));
const number = (value: number, digits = 0): string =>
  value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
const kb = (bytes: number): string => number(bytes / 1024, 1);
const percent = (from: number, to: number): string =>
  `${to > from ? '+' : ''}${number(((to - from) / from) * 100, 1)}%`;

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(heads), `|${heads.map((_, i) => (i === 0 ? '---' : '---:')).join('|')}|`, ...rows.map(line)].join('\n');
}

const command = (text: string): string => `Made by \`${text}\`.`;

/** Active KB on a phone, by the author of ANON_VMA_LAZY: boot before and after, 24 apps before and after. */
const MEASURED: Record<string, [number, number, number, number]> = {
  vm_area_struct: [117035, 118176, 196873, 197345],
  anon_vma_chain: [18865.8, 8112.06, 31477.1, 15576.8],
  anon_vma: [20426.4, 613.75, 33280, 2648.12],
};
const SIZES: Record<string, number> = { vm_area_struct: 192, anon_vma_chain: 64, anon_vma: 104 };

function phone(): string {
  const [before, after] = workload('phone', 1, every.slice(0, 2));
  const rows = Object.entries(MEASURED).flatMap(([object, measured]) =>
    (['booted', 'apps'] as const).map((mark, i) => {
      const [x, y] = [before, after].map((run) => live(markOf(run, mark), object) * (SIZES[object] ?? 0)) as [
        number,
        number,
      ];
      const [a, b] = [measured[i * 2] ?? 0, measured[i * 2 + 1] ?? 0];
      return [
        `${object}, ${mark}`,
        number(a),
        number(b),
        percent(a, b),
        kb(x),
        kb(y),
        percent(x, y),
        percent(a * 1024, x),
      ];
    }),
  );
  return `${table(['KB', 'author before', 'after', 'change', 'laboratory before', 'after', 'change', 'before, to author'], rows)}

The workload was made to meet the figures *before*, and nothing in it was changed for those after. The model saves more than
the author measured. In the workload only the zygote forks and nothing is moved, so that only the zygote's VMAs are ever
upgraded; every process of a real phone that forks once, or moves faulted memory, gets its anon_vmas back and one more chain
entry a VMA. The workload does not know how many do: this explains the direction of the difference, not its size. The author's VMAs
grow by 1.0% and 0.2%, pinned root VMAs among them; here none is pinned, as nothing in this workload merges faulted VMAs.

${command('rmapbot lab --workload phone --scale 1 --design anon-vma --design anon-vma-lazy')}`;
}

function thousand(): string {
  const runs = workload('thousand-by-thousand', 1, every);
  const rows = runs.map((run) => {
    const { bytes, costs, walks, longestHold } = markOf(run, 'one-each');
    return [
      run.design,
      kb(bytes),
      number(costs.fork.allocations / costs.fork.count),
      number(costs.fork.locks / costs.fork.count),
      number(walks.visits.mean, 1),
      number(walks.objects.mean, 1),
      number(longestHold?.objects ?? 0),
    ];
  });
  return `${table(['design', 'KB', 'allocations a fork', 'locks a fork', 'VMAs a walk shows', 'objects it looks at', 'longest hold'], rows)}

1000 VMAs, 1000 children of which each keeps one. The claim from the discussion holds: anon_vma shows 2 VMAs a page, and so
does a context walk, but it goes through all 1001 contexts, looking for a VMA in each, to find them. Its forks are the cheapest by
far: of what they allocate all but one object are VMAs.

${command('rmapbot lab --workload thousand-by-thousand --scale 1')}`;
}

function large(): string {
  const variants: Variant[] = [
    ...every,
    { name: 'anon-vma-lazy', given: { 'large-folios': 'first-vma' } },
    { name: 'anon-vma-lazy', given: { upgrade: 'one-vma' } },
    { name: 'cow-context', given: { 'large-folios': 'first-vma' } },
  ];
  const rows = scenarioRuns('huge-across-two-vmas', variants).map((run, i) => {
    const [broken] = run.violations;
    const { walks } = run.marks[0] as (typeof run.marks)[0];
    return [
      title(variants[i] as Variant),
      broken === undefined ? 'holds' : `${broken.invariant} after \`${broken.step}\``,
      broken === undefined ? '' : broken.evidence,
      number(walks.objects.worst),
    ];
  });
  return `${table(['design', 'invariants', 'evidence', 'worst walk, objects'], rows)}

One folio of 512 pages over three VMAs, before and after a fork. A design that looks VMAs up by address must look up all
that the folio's range meets; one that upgrades VMA by VMA leaves the folio named by one anon_vma and mapped by three VMAs.

${command('rmapbot lab --scenario huge-across-two-vmas --option anon-vma-lazy.large-folios=first-vma')}`;
}

function mergeRight(): string {
  const rows = workload('merge-right', 0.05, every).map((run) => {
    const mark = markOf(run, 'merged');
    return [
      run.design,
      number(mark.vmas),
      number(live(mark, 'dead VMAs pinned')),
      kb(mark.bytes),
      kb(markOf(run, 'forked').bytes),
    ];
  });
  return `${table(['design', 'VMAs', 'dead VMAs pinned', 'KB', 'KB after a fork'], rows)}

1000 times a page is mapped to the left, written, and merged into what stands to its right. Each dead root VMA is named by the folio that
was faulted in it, and pinned. A fork upgrades the VMA and lets all of them go. With \`merged-roots=forgotten\` a folio
names a freed VMA: \`no-dangling\` in the scenario adjacent-before.

${command('rmapbot lab --workload merge-right --scale 0.05')}`;
}

function firstFork(): string {
  const rows = every.map((variant) => {
    const [first, second] = forksOf(variant, 100, 16);
    if (first === undefined || second === undefined) throw new Error('two forks');
    return [
      variant.name,
      ...[first, second].flatMap(({ allocations, locks, visits }) =>
        [allocations, locks, visits].map((value) => number(value)),
      ),
    ];
  });
  return `${table(['design', 'first: allocations', 'locks', 'objects', 'second: allocations', 'locks', 'objects'], rows)}

A process with 100 faulted VMAs of 16 pages forks twice. Upgrading at the first fork makes the anon_vmas that mainline has
made at the faults, and rewrites folio->mapping of 1,600 folios: work that mainline never has. From the second fork on
the lazy design needs half of mainline's locks, as its child gets no anon_vma of its own.

Made by \`forksOf()\` in bench/designs/figures.ts.`;
}

function leaves(): string {
  const names: [string, number, string][] = [
    ['phone', 0.1, 'apps'],
    ['browser', 0.1, 'tabs-open'],
    ['fork-server', 0.1, 'serving'],
    ['snapshot-database', 0.05, 'copied'],
    ['thousand-by-thousand', 0.1, 'one-each'],
  ];
  const rows = names.map(([name, scale, mark]) => {
    const [before, after] = workload(name, scale, every.slice(0, 2)).map((run) => markOf(run, mark));
    if (before === undefined || after === undefined) throw new Error('two designs');
    const [x, y] = [reverseMapBytes(before), reverseMapBytes(after)];
    return [`${name} at ${scale}, ${mark}`, kb(x), kb(y), percent(x, y), percent(before.bytes, after.bytes)];
  });
  return `${table(['workload', 'anon_vmas and chains, KB', 'without those of leaves, KB', 'of the reverse map', 'of it and the VMAs'], rows)}

What ANON_VMA_LAZY leaves out is what processes have that never fork (and never move memory): their own anon_vmas and the
chain entries to them. So the same figures say what a promise never to fork could save at most.

${command('rmapbot lab --workload NAME --scale X --design anon-vma --design anon-vma-lazy')}`;
}

const HISTORIES = 400;

function privateFiles(): string {
  const variants: Variant[] = [
    { name: 'anon-vma', given: { era: '7.2' } },
    { name: 'virtual-offset' },
    { name: 'cow-context' },
    { name: 'cow-context', given: { 'private-files': 'by-address' } },
  ];
  const rows = variants.map((variant) => {
    let merges = 0;
    let vmas = 0;
    let remaps = 0;
    const machine = labMachine(variant.name, variant.given);
    for (let seed = 0; seed < HISTORIES; seed++) {
      runScenario(machine, randomHistory(seed, 60, false));
      machine.meter.watchLocks(false);
      merges += machine.epochs.reduce((sum, { costs }) => sum + costs.merge.count, 0);
      vmas += machine.world.vmas.mostLinked;
      remaps += machine.world.design.pools.find(({ name }) => name === 'cow_remap')?.most ?? 0;
    }
    return [
      title(variant),
      number(merges),
      number(vmas / HISTORIES, 2),
      variant.name === 'cow-context' ? number(remaps / HISTORIES, 2) : '',
    ];
  });
  return `${table(['design', `merges in ${HISTORIES} random histories`, 'VMAs at most, mean', 'registered distances at most, mean'], rows)}

Random histories move and split private file mappings far more often than programs do, and still few merges are lost; the
phone, at scale 1, has not one VMA more. For a context the virtual page offset is what makes private files cheap: a mapping that
never moved needs no registration.

Made by \`privateFiles()\` in bench/designs/sections.ts; one such scenario: \`rmapbot lab --scenario private-file-moved-beside-its-continuation\`.`;
}

function trees(): string {
  const rows = (['deep', 'wide'] as const).flatMap((tree) =>
    [2, 10, 100, 1000].map((processes) => [
      `${tree}, ${processes}`,
      ...['anon-vma', 'cow-context', 'reflink'].flatMap((name) => {
        const [shared, copied] = [walkIn({ name }, tree, processes), walkAfterCopies({ name }, tree, processes)];
        return [
          `${number(shared.visits)} / ${number(shared.blocks)}`,
          `${number(copied.visits)} / ${number(copied.blocks)}`,
        ];
      }),
    ]),
  );
  return `${table(['tree, processes', 'anon-vma: shared', 'copied', 'cow-context: shared', 'copied', 'reflink: shared', 'copied'], rows)}

VMAs shown / objects looked at by a walk from the first process's page: while all share it, and after all others have
copied it. anon_vma and a context walk still show every descendant after the copies, for the page might be theirs;
sharers know that it is not. A context walk stops at once where the folio is marked exclusive, which this page, shared
once, is not again until it is written.

Made by \`walkIn()\` and \`walkAfterCopies()\` in bench/designs/figures.ts.`;
}

function generations(): string {
  const variants: Variant[] = [
    ...every,
    { name: 'anon-vma', given: { reuse: 'never' } },
    { name: 'anon-vma', given: { reuse: 'degree' } },
    { name: 'anon-vma-lazy', given: { reuse: 'never' } },
  ];
  const rows = workload('generations', 0.1, variants).map((run, i) => {
    const mark = markOf(run, 'last');
    return [
      title(variants[i] as Variant),
      number(mark.objects.reduce((sum, one) => sum + (one.object === 'vm_area_struct' ? 0 : one.live), 0)),
      kb(reverseMapBytes(mark)),
      number(mark.walks.objects.worst),
    ];
  });
  return `${table(['design', 'objects beside VMAs', 'KB', 'worst walk, objects'], rows)}

200 generations, each forks the next and exits; one process is left. Without reuse every ancestor's anon_vma stays. A
context stays for as long as it has a child, so that a chain of generations keeps all of them: the prototype needs an
answer to what commit 7a3ef208e662 answered for anon_vma.

${command('rmapbot lab --workload generations --scale 0.1 --option anon-vma.reuse=never')}`;
}

function locks(): string {
  const rows = workload('fork-server', 0.1, every).map((run) => {
    const mark = markOf(run, 'serving');
    const all = Object.values(mark.costs).reduce((sum, { locks: taken }) => sum + taken, 0);
    return [
      run.design,
      number(all),
      mark.longestHold?.lock ?? '',
      number(mark.longestHold?.objects ?? 0),
      number(mark.walks.objects.p99),
    ];
  });
  const rcu: Variant = { name: 'cow-context', given: { 'walk-lock': 'rcu' } };
  const broken = scenarioRuns(undefined, [rcu]).filter(({ violations }) =>
    violations.some(({ invariant }) => invariant === 'kernel-says'),
  );
  return `${table(['design', 'locks taken', 'longest hold', 'objects', '99th walk, objects'], rows)}

The root's lock of mainline is held over a walk of the whole hierarchy and excludes forks, splits and merges of it
meanwhile. Under RCU nothing is excluded, but nothing may sleep: with \`walk-lock=rcu\` ${broken.length} scenarios that
migrate, reclaim or split folios end with "sleeping function called from invalid context". Without locked VMAs
(\`vmas=unlocked\`) a walk shows VMAs that stand in no address space, and a test for exclusive folios that a fork passes by
(\`exclusive-test=stale\`) misses the child.

${command('rmapbot lab --workload fork-server --scale 0.1; rmapbot lab --design cow-context --option cow-context.walk-lock=rcu')}`;
}

export const SECTIONS: readonly Section[] = [
  { id: 'phone', heading: 'A phone after boot and after 24 apps', cheap: false, body: phone },
  { id: 'thousand', heading: '1000 VMAs, 1000 children', cheap: false, body: thousand },
  { id: 'large', heading: 'A large folio over a split VMA', cheap: true, body: large },
  { id: 'merge-right', heading: 'Merging right again and again', cheap: true, body: mergeRight },
  { id: 'first-fork', heading: 'The price of the upgrade at the first fork', cheap: true, body: firstFork },
  { id: 'leaves', heading: 'Processes that never fork', cheap: false, body: leaves },
  { id: 'private-files', heading: 'Private files indexed both ways', cheap: false, body: privateFiles },
  { id: 'trees', heading: 'Deep and wide fork trees', cheap: false, body: trees },
  { id: 'generations', heading: 'Growth over generations', cheap: true, body: generations },
  { id: 'locks', heading: 'A lock over the hierarchy, or RCU', cheap: false, body: locks },
];

/** A section as it stands in the page. */
export function sectionText({ id, heading, body }: Section): string {
  return `## ${heading}\n<!-- ${id} -->\n\n${body()}\n`;
}

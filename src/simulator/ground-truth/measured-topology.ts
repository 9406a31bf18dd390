// SPDX-License-Identifier: GPL-2.0-or-later
// Measured topologies (JSON) and the short texts of VMAs in sequences -> Topology. Addresses become region and page.
import { z } from 'zod';
import { InputError } from '../../errors.ts';
import { PAGE_SIZE } from '../limits.ts';
import type { MeasuredHistory } from './history.ts';
import { MEASURED_PAGES, type Topology, type TopologyVma } from './values.ts';

const hex = z.string().regex(/^0x[0-9a-f]{1,16}$/);
const name = z.string().max(40);
const measuredTopology = z.object({
  checkpoints: z.array(
    z.object({
      checkpoint: z.string(),
      procs: z.array(
        z.object({
          proc: name,
          map_count: z.number(),
          harness_vmas: z.number().default(0),
          vmas: z.array(
            z.object({
              start: hex,
              pages: z.number(),
              perm: z.string().length(4),
              pgoff: hex,
              anon_vma: name.nullable(),
              chain: z.array(name),
              pages_present: z
                .array(
                  z.object({
                    page: z.number(),
                    anon_vma: name.nullish(),
                    index: hex.nullish(),
                    mapcount: z.number(),
                    folio: name,
                  }),
                )
                .default([]),
            }),
          ),
        }),
      ),
      anon_vmas: z.array(
        z.object({
          id: name,
          root: name,
          parent: name,
          refcount: z.number(),
          num_children: z.number(),
          num_active_vmas: z.number(),
          interval_tree: z.array(z.string()),
        }),
      ),
    }),
  ),
});

/** Region and page of an address or page number, by the layout; numbers that lie in no region are pages of a file. */
export class Places {
  readonly #roots: { name: string; base: number }[];
  readonly #layout: MeasuredHistory['layout'];
  readonly #place: (region: string, page: number) => { region: string; page: number };

  constructor(
    layout: MeasuredHistory['layout'],
    place: (region: string, page: number) => { region: string; page: number },
  ) {
    this.#layout = layout;
    this.#place = place;
    this.#roots = Object.entries(layout)
      .filter(([, { directly_after: after }]) => after === undefined)
      .map(([name, { base }]) => ({ name, base: Number(base) }))
      .sort((a, b) => b.base - a.base);
  }

  /** Regions in the order of their addresses. */
  get regions(): string[] {
    return this.#roots.map(({ name }) => name).reverse();
  }

  address(address: number): string {
    const root = this.#roots.find(({ base }) => base <= address);
    if (root === undefined) return `${address / PAGE_SIZE}`;
    return `${root.name}+${Math.floor((address - root.base) / PAGE_SIZE)}`;
  }

  /** "B+3", or "V[2]+3" of regions with a stride, in the scenario's names. */
  text(text: string): string {
    const [, region = '', index = '0', page = '0'] = /^([^[+]*)(?:\[(\d+)\])?(?:\+(\d+))?$/.exec(text) ?? [];
    const stride = this.#layout[region]?.stride_pages ?? 0;
    const found = this.#place(region, Number(index) * stride + Number(page));
    return `${found.region}+${found.page}`;
  }
}

/** Topologies by checkpoint. Errors: InputError that names the file. */
export function topologiesOf(json: unknown, file: string, places: Places): Map<string, Topology> {
  const parsed = measuredTopology.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new InputError(`${file}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not a measured topology'}`);
  }
  const inTree = (text: string): string => {
    const colon = text.indexOf(':');
    return `${text.slice(0, colon)}:${places.text(text.slice(colon + 1))}`;
  };
  return new Map(
    parsed.data.checkpoints.map(({ checkpoint, procs, anon_vmas: anonVmas }) => [
      checkpoint,
      {
        spaces: procs.map((proc) => ({
          process: proc.proc,
          mapCount: proc.map_count - proc.harness_vmas,
          vmas: proc.vmas.map((vma) => ({
            start: places.address(Number(vma.start)),
            pages: vma.pages,
            perm: vma.perm,
            pgoff: places.address(Number(vma.pgoff) * PAGE_SIZE),
            ...(vma.anon_vma !== null && { anonVma: vma.anon_vma }),
            chain: vma.chain,
            present: vma.pages_present.flatMap(({ page, anon_vma: anonVma, index, mapcount, folio }) =>
              !anonVma || !index || page >= MEASURED_PAGES
                ? []
                : [{ page, anonVma, folio, index: places.address(Number(index) * PAGE_SIZE), mapcount }],
            ),
          })),
        })),
        anonVmas: anonVmas.map((anonVma) => ({
          name: anonVma.id,
          root: anonVma.root,
          parent: anonVma.parent,
          refcount: anonVma.refcount,
          numChildren: anonVma.num_children,
          numActiveVmas: anonVma.num_active_vmas,
          tree: anonVma.interval_tree.map(inTree),
        })),
      },
    ]),
  );
}

/** VMAs of each process as sequences tell them: region+page:pages:perm:anon_vma:/chain. Errors: InputError. */
export function shortTopology(vmas: Record<string, string[]>, file: string, places: Places): Topology {
  const vma = (text: string): TopologyVma => {
    const [start, pages, perm, active, chain] = text.split(':');
    if (start === undefined || perm === undefined || chain === undefined || !/^\d+$/.test(pages ?? ''))
      throw new InputError(`${file}: ${JSON.stringify(text.slice(0, 60))} is no VMA`);
    return {
      start: places.text(start),
      pages: Number(pages),
      perm: ['r', 'w', 'x'].map((letter) => (perm.includes(letter) ? letter : '-')).join(''),
      ...(active !== '-' && active !== '' && active !== undefined && { anonVma: active }),
      chain: chain.split('/').filter((part) => part !== ''),
    };
  };
  return { spaces: Object.entries(vmas).map(([process, list]) => ({ process, vmas: list.map(vma) })) };
}

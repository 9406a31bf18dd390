// SPDX-License-Identifier: GPL-2.0-or-later
// The virtual page offset of 7.3: copied folios of private files are indexed by address, as all other anonymous ones.
// A change to how others index and merge, not a reverse map of its own.
import { AnonVma } from './anon-vma.ts';
import { CowContext, cowContext } from './cow-context.ts';
import type { Design, DesignModule, OptionValues } from './values.ts';
import type { LabWorld } from './world.ts';

const ON = ['anon-vma', 'cow-context'];

function create(world: LabWorld, options: OptionValues): Design {
  if (options.on !== 'cow-context') return new AnonVma(world, { era: '7.3', reuse: 'of-era' });
  const defaults = Object.fromEntries(cowContext.info.options.map(({ name, value }) => [name, value]));
  return new CowContext(world, { ...defaults, 'private-files': 'by-address' });
}

export const virtualOffset: DesignModule = {
  info: {
    name: 'virtual-offset',
    about: 'folios of private files get the virtual page offset as index; merges of such VMAs look at it too',
    sources: ['10 patches of June 2026, merged in 7.3: include/linux/mm.h, mm/vma.c, mm/mremap.c'],
    assumptions: ['The two halves of the offset lie in holes of struct vm_area_struct: no byte more on 64 bits.'],
    options: [{ name: 'on', about: 'the reverse map that it changes', values: ON, value: 'anon-vma' }],
  },
  create,
};

// SPDX-License-Identifier: GPL-2.0-or-later
// What need not wait for the last image: positive controls need the base's runs alone, workloads two images. Each is
// begun when what it needs is there, so that it runs while others compile.
import type { Image } from '../kernel/values.ts';
import type { Flavour } from './images.ts';
import type { Runs } from './run.ts';

interface Begins<Controls, Workloads> {
  /** In: the base in check with its runs. */
  controls(base: { image: Image; runs: Runs }): Promise<Controls>;
  /** In: both sides of prod. */
  workloads(base: Image, patched: Image): Promise<Workloads>;
}

export class Meanwhile<Controls, Workloads> {
  readonly #begins: Begins<Controls, Workloads>;
  readonly #prod: { base?: Image; patched?: Image } = {};
  #controls: Promise<Controls> | undefined;
  #workloads: Promise<Workloads> | undefined;

  constructor(begins: Begins<Controls, Workloads>) {
    this.#begins = begins;
  }

  /** Takes note of an image whose runs begin. */
  begun(side: 'base' | 'patched', { config, variant }: Flavour, image: Image, runs: Promise<Runs>): void {
    if (variant !== '') return;
    if (config === 'check' && side === 'base') {
      this.#controls ??= quiet(runs.then((all) => this.#begins.controls({ image, runs: all })));
      return;
    }
    if (config !== 'prod') return;
    this.#prod[side] = image;
    const { base, patched } = this.#prod;
    if (base && patched) this.#workloads ??= quiet(this.#begins.workloads(base, patched));
  }

  /** Throws what the work threw. */
  async results(): Promise<{ controls: Controls | undefined; workloads: Workloads | undefined }> {
    const [controls, workloads] = await Promise.all([this.#controls, this.#workloads]);
    return { controls, workloads };
  }

  /** Waits for what was begun in vain. */
  async ended(): Promise<void> {
    await Promise.allSettled([this.#controls, this.#workloads]);
  }
}

/** A failure is told to whoever asks for the result. */
function quiet<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}

// SPDX-License-Identifier: GPL-2.0-or-later
// Many small whole numbers -> mean, 99th percentile and worst, exactly.
import type { Spread } from './lab-values.ts';

export class Distribution {
  readonly #counts = new Map<number, number>();
  #sum = 0;
  count = 0;

  add(value: number): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1);
    this.#sum += value;
    this.count++;
  }

  spread(): Spread {
    const values = [...this.#counts.keys()].sort((a, b) => a - b);
    let seen = 0;
    const p99 = values.find((value) => {
      seen += this.#counts.get(value) ?? 0;
      return seen >= this.count * 0.99;
    });
    return { mean: this.count === 0 ? 0 : this.#sum / this.count, p99: p99 ?? 0, worst: values.at(-1) ?? 0 };
  }
}

// SPDX-License-Identifier: GPL-2.0-or-later
// Time per phase, and the cap on it. Nothing else in a review depends on time.

export class Clock {
  readonly timings: Record<string, number> = {};
  private readonly now: () => number;
  private readonly start: number;
  private readonly capMs: number;

  constructor(capMs: number, now: () => number = () => performance.now()) {
    this.now = now;
    this.start = now();
    this.capMs = capMs;
  }

  /** True once the time cap is reached: start nothing more that can be left out. */
  get expired(): boolean {
    return this.now() - this.start >= this.capMs;
  }

  /** Runs work and adds its milliseconds to a phase. Phases may overlap: their sum can exceed the total. */
  async time<T>(phase: string, work: () => Promise<T>): Promise<T> {
    const from = this.now();
    try {
      return await work();
    } finally {
      this.timings[phase] = Math.round((this.timings[phase] ?? 0) + this.now() - from);
    }
  }

  /** Closes the account: adds "total". */
  finish(): Record<string, number> {
    this.timings.total = Math.round(this.now() - this.start);
    return this.timings;
  }
}

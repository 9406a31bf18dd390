// SPDX-License-Identifier: GPL-2.0-or-later
// <generated/timeconst.h>: factors between jiffies and milli-, micro-, nanoseconds. In: HZ. Out: the header's text.
// Numbers by the definitions in the kernel's kernel/time/timeconst.bc, which kbuild runs through bc.

const BITS = 32n;

function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? a : gcd(b, a % b);
}

/** n/d as a multiplier scaled by 2^shift, rounded up. */
function multiplier(shift: bigint, n: bigint, d: bigint): bigint {
  return (2n ** shift * n + d - 1n) / d;
}

/** The shift that brings the multiplier to 32 significant bits. */
function shiftFor(n: bigint, d: bigint): bigint {
  let shift = 0n;
  while (multiplier(shift, n, d) < 2n ** (BITS - 1n)) shift++;
  return shift;
}

function adjustment(shift: bigint, n: bigint, d: bigint): bigint {
  const reduced = d / gcd(n, d);
  return (2n ** shift * (reduced - 1n)) / reduced;
}

function factors(name: string, n: bigint, d: bigint): string[] {
  const shift = shiftFor(n, d);
  const hex = (value: bigint) => `U64_C(0x${value.toString(16).toUpperCase()})`;
  return [
    `#define ${name}_MUL32 ${hex(multiplier(shift, n, d))}`,
    `#define ${name}_ADJ32 ${hex(adjustment(shift, n, d))}`,
    `#define ${name}_SHR32 ${shift}`,
  ];
}

/** HZ between 2 and 10^9. */
export function timeconstHeader(hz: number): string {
  if (!Number.isInteger(hz) || hz < 2 || hz > 1e9) throw new Error(`HZ ${hz} is not usable`);
  const lines: string[] = [];
  for (const [unit, perSecond] of [
    ['MSEC', 1000n],
    ['USEC', 1_000_000n],
    ['NSEC', 1_000_000_000n],
  ] as const) {
    const ticks = BigInt(hz);
    const common = gcd(ticks, perSecond);
    if (unit !== 'NSEC')
      lines.push(...factors(`HZ_TO_${unit}`, perSecond, ticks), ...factors(`${unit}_TO_HZ`, ticks, perSecond));
    lines.push(
      `#define HZ_TO_${unit}_NUM ${perSecond / common}`,
      `#define HZ_TO_${unit}_DEN ${ticks / common}`,
      `#define ${unit}_TO_HZ_NUM ${ticks / common}`,
      `#define ${unit}_TO_HZ_DEN ${perSecond / common}`,
    );
  }
  return [
    '#ifndef KERNEL_TIMECONST_H',
    '#define KERNEL_TIMECONST_H',
    '#include <linux/param.h>',
    '#include <linux/types.h>',
    ...lines,
    '#endif',
    '',
  ].join('\n');
}

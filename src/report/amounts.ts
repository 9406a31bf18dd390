// SPDX-License-Identifier: GPL-2.0-or-later
// Bytes as kernel changelogs write them: KB, with digits where they are few.

/** 39.3, 0.31, 72 */
export function kilobytes(bytes: number): string {
  const value = bytes / 1024;
  return Number.isInteger(value) ? `${value}` : value.toFixed(Math.abs(value) < 10 ? 2 : 1);
}

/** +3.1, -0.31, 0 */
export function signedKilobytes(bytes: number): string {
  return bytes > 0 ? `+${kilobytes(bytes)}` : kilobytes(bytes);
}

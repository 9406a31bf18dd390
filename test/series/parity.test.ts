// SPDX-License-Identifier: GPL-2.0-or-later
// What b4 makes of a thread is what kernel people expect: the same patches, order, trailers and trees. Where we differ,
// the thread says why; a difference that is gone fails too.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { haveCommand } from '../sources/archive.ts';
import { compareAll } from './parity.ts';

if (!haveCommand('b4', ['b4'])) {
  it('NOT TESTED: parity with b4 (no b4 here)', () => expect(true).toBe(true));
} else {
  const folder = mkdtempSync(join(tmpdir(), 'rmapbot-parity-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const all = await compareAll(folder);

  it('compares at least forty threads', () => expect(all.length).toBeGreaterThanOrEqual(40));

  it.each(all.map((one) => [one.thread.name, one] as const))('reads as b4 does: %s', (_name, { thread, b4, ours }) => {
    if (thread.nothing) {
      expect([ours, b4]).toEqual([undefined, undefined]);
      return;
    }
    if (thread.differs?.in === 'we refuse') {
      expect(ours).toBeUndefined();
      expect(b4).toBeDefined();
      return;
    }
    expect(ours?.titles.length).toBeGreaterThan(0);
    if (thread.differs?.in === 'b4 fails') expect(b4).toBeUndefined();
    else if (thread.differs?.in === 'choice') expect(ours?.titles).not.toEqual(b4?.titles);
    else expect(ours).toEqual(b4);
  });
}

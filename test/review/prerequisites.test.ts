// SPDX-License-Identifier: GPL-2.0-or-later
// A review on top of other series: what they bring is the base's, and what becomes of them stands in the review.
import { describe, expect, it } from 'vitest';
import { mailText } from '../../src/report/mail.ts';
import type { ReviewRequest } from '../../src/review/request.ts';
import { reviewSeries } from '../../src/review/review.ts';
import type { Rooms } from '../../src/review/rooms.ts';
import type { Prerequisite, Prerequisites } from '../../src/series/values.ts';
import type { AppliedPrerequisite } from '../../src/tree/values.ts';
import { fakeRequest, fakeRooms, fakeSeries, type Log, type World } from './fake.ts';

/** The base with the prerequisites under it is patch 9 of the fake world. */
const UNDER = 9;
const NEEDED: Prerequisite = {
  kind: 'message-id',
  value: 'dep@example.org',
  series: { id: 'dep@example.org', version: 2, subject: 'mm: what is needed' },
  patches: fakeSeries(2).patches,
  from: 'archive.example.org/mm/',
};
const NAME = 'v2 "mm: what is needed" <dep@example.org>';
const APPLIED: AppliedPrerequisite = { name: NAME, applied: [1, 2], alreadyThere: [] };

/** The fake rooms with one prerequisite that applies as `done` says. */
function rooms(world: World, done: AppliedPrerequisite, log: Log): Rooms {
  const fake = fakeRooms(world, log);
  return {
    ...fake,
    async applySeries(tree, series, where) {
      const applied = await fake.applySeries(tree, series, where);
      log.push(`apply ${(where.prerequisites ?? []).map(({ name }) => name).join()}`);
      if (!where.prerequisites) return applied;
      if (done.failure) return { ...applied, commits: [], prerequisites: [done] };
      return { ...applied, under: new Map([['mm/rmap.c', Buffer.from(`${UNDER}`)]]), prerequisites: [done] };
    },
    async plantControls(tree, ids, under) {
      log.push(`plant over ${under.get('mm/rmap.c')}`);
      return fake.plantControls(tree, ids, under);
    },
  };
}
async function review(
  world: World,
  options: { done?: AppliedPrerequisite; needs?: Prerequisites; log?: Log } & Partial<ReviewRequest> = {},
) {
  const { done = APPLIED, needs = { found: [NEEDED], missing: [] }, log = [], ...more } = options;
  return reviewSeries(fakeRequest(world.patches, { prerequisites: needs, ...more }), rooms(world, done, log));
}

describe('a series on another', () => {
  it('is told apart from it: what the other broke is pre-existing, the first bad patch is its own', async () => {
    const shows = (patch: number, scenario: string) =>
      scenario === 'fork-child'
        ? [...(patch > 0 ? ['keys theirs'] : []), ...(patch === 3 ? ['walk-complete own'] : [])]
        : [];
    const log: Log = [];
    const { verdict, reason, findings, prerequisites } = await review({ patches: 3, shows }, { log });
    expect([verdict, reason]).toEqual(['violations', 'breaks walk-complete since patch 3']);
    expect(findings.map(({ invariant, status, patch }) => [invariant, status, patch])).toEqual([
      ['walk-complete', 'introduced', 3],
      ['keys', 'pre-existing', null],
    ]);
    expect(log).toContain(`apply ${NAME}`);
    expect(log).toContain(`build ${UNDER} check`);
    expect(log.filter((line) => line.startsWith('build 0 ') && !line.includes('planted'))).toEqual([]);
    expect(log).toContain(`plant over ${UNDER}`);
    expect(prerequisites).toEqual([
      {
        kind: 'message-id',
        value: 'dep@example.org',
        status: 'applied',
        id: 'dep@example.org',
        version: 2,
        subject: 'mm: what is needed',
        from: 'archive.example.org/mm/',
        applied: [1, 2],
        alreadyThere: [],
      },
    ]);
  });

  it('says in the mail what was applied first, from where, and how to do it again', async () => {
    const text = mailText(await review({ patches: 1 })).replace(/\s+/g, ' ');
    expect(text).toContain(
      'with 2 patches of "mm: what is needed" v2 <dep@example.org>, from archive.example.org/mm/, applied first',
    );
    expect(text).toContain('with the threads of the series and of what it needs as an mbox');
    expect(text).toMatch(/--series cover@example\.org/);
  });

  it('says that the tree has it already', async () => {
    const result = await review({ patches: 1 }, { done: { name: NAME, applied: [], alreadyThere: [1, 2] } });
    expect(result.prerequisites).toMatchObject([{ status: 'already-there', alreadyThere: [1, 2] }]);
    expect(mailText(result).replace(/\s+/g, ' ')).toContain(
      'which has "mm: what is needed" v2 <dep@example.org> already',
    );
  });

  it('is incomplete where the other cannot be had, which is named', async () => {
    const missing = [{ kind: 'patch-id' as const, value: 'a'.repeat(40), why: 'no patch with this id in the input' }];
    const log: Log = [];
    const result = await review({ patches: 1 }, { needs: { found: [NEEDED], missing }, log });
    expect(result.verdict).toBe('incomplete');
    expect(result.reason).toContain(
      `the prerequisite patch-id ${'a'.repeat(40)} is not at hand (no patch with this id`,
    );
    expect(result.prerequisites?.map(({ status }) => status)).toEqual(['not-tried', 'missing']);
    expect(log).toEqual([]);
  });

  it('is incomplete where the other does not apply', async () => {
    const failure = { kind: 'does-not-apply' as const, patch: 2, message: 'patch failed: mm/vma.c:3' };
    const done = { name: NAME, applied: [1], alreadyThere: [], failure };
    const { verdict, reason, prerequisites } = await review({ patches: 1 }, { done });
    expect(verdict).toBe('incomplete');
    expect(reason).toMatch(/the prerequisite v2 "mm: what is needed" .* does not apply to .*: patch 2: patch failed/);
    expect(prerequisites).toMatchObject([{ status: 'does-not-apply', why: 'patch 2: patch failed: mm/vma.c:3' }]);
  });

  it('takes the word of who names a base', async () => {
    const failure = { kind: 'does-not-apply' as const, patch: 2, message: 'patch failed' };
    const missing = [{ kind: 'message-id' as const, value: 'x@example.org', why: 'no such message' }];
    const done = { name: NAME, applied: [1], alreadyThere: [], failure };
    const result = await review({ patches: 1 }, { done, needs: { found: [NEEDED], missing }, base: 'v7.2' });
    expect(result.verdict).toBe('clean');
    expect(result.prerequisites?.map(({ status }) => status)).toEqual(['taken-as-there', 'taken-as-there']);
  });

  it('is incomplete where the base does not build with the other, and an error of ours where it never does', async () => {
    const { verdict, reason } = await review({ patches: 1, broken: [UNDER] });
    expect([verdict, reason]).toEqual([
      'incomplete',
      'with its prerequisites the base does not build: mm/rmap.c:7:3: error: broken by 9',
    ]);
    await expect(review({ patches: 1, broken: [UNDER, 0] })).rejects.toThrow(/cannot build this base \(check\)/);
  });
});

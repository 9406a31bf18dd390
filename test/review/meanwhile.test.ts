// SPDX-License-Identifier: GPL-2.0-or-later
import { expect, test } from 'vitest';
import type { Image } from '../../src/kernel/values.ts';
import { Meanwhile } from '../../src/review/meanwhile.ts';
import type { Runs } from '../../src/review/run.ts';

const image = (key: string): Image => ({ key }) as Image;
const none: Runs = new Map();
const begins = (log: string[]) => ({
  controls: async (base: { image: Image }) => log.push(`controls of ${base.image.key}`),
  workloads: async (base: Image, patched: Image) => log.push(`workloads of ${base.key} and ${patched.key}`),
});

test('controls begin with the runs of the base in check, workloads with both images of prod', async () => {
  const log: string[] = [];
  const meanwhile = new Meanwhile(begins(log));
  const base = Promise.withResolvers<Runs>();
  meanwhile.begun('base', { config: 'check', variant: '' }, image('a'), base.promise);
  meanwhile.begun('patched', { config: 'prod', variant: '' }, image('d'), Promise.resolve(none));
  meanwhile.begun('patched', { config: 'prod', variant: 'all-new' }, image('e'), Promise.resolve(none));
  expect(log).toEqual([]);
  meanwhile.begun('base', { config: 'prod', variant: '' }, image('c'), new Promise(() => undefined));
  base.resolve(none);
  await meanwhile.results();
  expect(log).toEqual(['workloads of c and d', 'controls of a']);
});

test('what was not begun is undefined, what failed says so to whoever asks', async () => {
  const meanwhile = new Meanwhile({
    controls: () => Promise.reject(new Error('no control')),
    workloads: async () => 1,
  });
  expect(await meanwhile.results()).toEqual({ controls: undefined, workloads: undefined });
  meanwhile.begun('base', { config: 'check', variant: '' }, image('a'), Promise.resolve(none));
  await meanwhile.ended();
  await expect(meanwhile.results()).rejects.toThrow('no control');
});

// SPDX-License-Identifier: GPL-2.0-or-later
// A watch as the soak test runs it, to be killed at any moment. Everything is real but the review: it takes milliseconds
// instead of minutes, and its verdict follows from the title, so that the test knows it too. In: a configuration, a file
// to which each review begun is written.
import { appendFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { InputError } from '../../src/errors.ts';
import type { Review } from '../../src/review/values.ts';
import { readConfig, watch } from '../../src/watch/index.ts';

const [config = '', reviews = '', sample = ''] = process.argv.slice(2);
const review: Review = JSON.parse(await readFile(sample, 'utf8'));

await watch(await readConfig(config), {
  log: (line) => process.stderr.write(`${line}\n`),
  async review({ series }) {
    appendFileSync(reviews, `${series.id} v${series.version}\n`);
    await new Promise((resolve) => setTimeout(resolve, 2));
    const word = /\b(violations|clean|refused)\b/.exec(series.subject)?.[1];
    if (word === 'refused') throw new InputError('patch 1 is refused: it leaves the tree');
    return { ...review, verdict: word === 'clean' ? 'clean' : 'violations' };
  },
});

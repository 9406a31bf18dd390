// SPDX-License-Identifier: GPL-2.0-or-later
// A worker process for the test that kills it: its reviews take a moment, its answers are lines of a file.
//   node kill-worker.ts PLACE ANSWERS LEASE-MS
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openQueue } from '../../src/service/queue/open.ts';
import { work } from '../../src/service/worker.ts';

const [place = '', answers = '', lease = ''] = process.argv.slice(2);
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
const complain = (error: unknown) => void process.stderr.write(`${String(error)}\n`);
const { queue, database, close } = await openQueue(place.includes('://') ? { postgres: place } : { folder: place }, {
  leaseMs: Number(lease),
  onError: complain,
});
const lines = () => (existsSync(answers) ? readFileSync(answers, 'utf8').split('\n') : []);
await work(
  {
    queue,
    database,
    name: `worker ${process.pid}`,
    host: 'here',
    beatMs: 500,
    handlers: {
      fake: {
        async run({ key }) {
          await sleep(Math.random() * 20);
          // As with checks and comments: whether it was said is found out where it is said.
          if (!lines().includes(key)) {
            await sleep(Math.random() * 10);
            appendFileSync(answers, `${key}\n`);
            await sleep(Math.random() * 10);
          }
          return { state: 'done', verdict: 'clean', reason: '', review: '{}' };
        },
      },
    },
    events: { started() {}, ended() {}, trouble: complain },
  },
  stop.signal,
);
await close();

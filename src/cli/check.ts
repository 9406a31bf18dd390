// SPDX-License-Identifier: GPL-2.0-or-later
// `rmapbot check`: a check command for `b4 review`. In: one mail on standard input, of which b4 asks what we think; its
// thread from b4's own store, else from the archive that the user named. Out: a JSON array on standard output.
import { InputError } from '../errors.ts';
import { checkResults } from '../report/check.ts';
import { assembleSeries, parseSubject } from '../series/index.ts';
import type { Message } from '../series/values.ts';
import { openSource } from '../sources/index.ts';
import { libraryOf } from '../sources/library.ts';
import { print } from './output.ts';
import { progressLine } from './progress.ts';
import { type ReviewOptions, reviewChosen, whereOf } from './review.ts';

type CheckOptions = Pick<ReviewOptions, 'tree' | 'rules' | 'archive' | 'jobs' | 'budget' | 'timeCap'>;

/** Exit code 0 where there is an answer, whatever it says: b4 reads the array, and other codes as a broken command. */
export async function check(options: CheckOptions): Promise<void> {
  const [mail, ...more] = await all(openSource('-'));
  if (!mail || more.length > 0) throw new InputError('check: expected one mail on standard input');
  const line = progressLine();
  try {
    line.show('read the thread');
    const thread = await threadOf(mail, options);
    const subject = parseSubject(mail.subject);
    if (thread.length === 0 && (subject.total ?? 1) > 1) {
      throw new InputError('check: only one mail of the series is at hand: name an archive with --archive');
    }
    const assembly = await assembleSeries([...thread, mail]);
    const own = assembly.series.find(({ messageIds }) => messageIds?.includes(mail.messageId));
    const number = own?.patches.find(({ messageId }) => messageId === mail.messageId)?.number;
    const patch = own && own.expected > 1 ? number : undefined;
    const library = await libraryOf('-', whereOf(options));
    const results = own
      ? checkResults(
          (await reviewChosen(assembly, mail.messageId, { ...options, previous: false }, line, library)).review,
          patch,
        )
      : [];
    line.clear();
    await print(`${JSON.stringify(results, null, 2)}\n`);
  } finally {
    line.clear();
  }
}

/** The thread as b4 keeps it, else as the archive has it; nothing where there is neither. */
async function threadOf(mail: Message, options: CheckOptions): Promise<Message[]> {
  const file = process.env.B4_TRACKING_FILE;
  if (file) {
    const { trackedThread } = await import('../sources/tracking.ts');
    const kept = await trackedThread(file, process.cwd());
    if (kept.length > 0) return kept;
  }
  const where = whereOf(options);
  return where.archive === undefined ? [] : all(openSource(`<${mail.messageId}>`, where));
}

async function all(messages: AsyncIterable<Message>): Promise<Message[]> {
  const found: Message[] = [];
  for await (const message of messages) found.push(message);
  return found;
}

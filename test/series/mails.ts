// SPDX-License-Identifier: GPL-2.0-or-later
// Mails of our own making for the tests of the series room.
import { assembleSeries } from '../../src/series/index.ts';
import type { Assembly, Message, Series } from '../../src/series/values.ts';

/** A small valid diff of one file; `n` makes it differ. */
export function diffOf(path: string, n: number | string = 1): string {
  return `diff --git a/${path} b/${path}\nindex 1111111..2222222 100644\n--- a/${path}\n+++ b/${path}\n@@ -1,3 +1,3 @@ int f(void)\n a\n-b\n+${n}\n c\n`;
}

/** The body of a patch mail as git format-patch writes it. */
export function patchBody(n: number | string = 1, message = `why ${n}\n\nSigned-off-by: A <a@example.org>`): string {
  return `${message}\n---\n mm/rmap.c | 2 +-\n\n${diffOf('mm/rmap.c', n)}-- \n2.47.3\n\n`;
}

let clock = Date.UTC(2026, 10, 1);

/** A mail; each is sent a second after the one made before. */
export function mail(id: string, subject: string, body: string, more: Partial<Message> = {}): Message {
  clock += 1000;
  return {
    messageId: `${id}@example.org`,
    references: [],
    subject,
    from: { name: 'A', address: 'a@example.org' },
    date: new Date(clock).toISOString(),
    flowed: false,
    ...more,
    body,
  };
}

/** Lets `days` pass. */
export function later(days: number): void {
  clock += days * 86_400_000;
}

/** References by the names used in mail(). */
export function refs(...ids: string[]): { references: string[] } {
  return { references: ids.map((id) => `${id}@example.org`) };
}

/** A posted series: cover letter and `count` patches, threaded as git send-email does. */
export function posting(
  name: string,
  count: number,
  options: { prefix?: string; title?: string; cover?: boolean; parents?: string[]; more?: Partial<Message> } = {},
): Message[] {
  const { prefix = 'PATCH', title = 'mm: series', cover = true, parents = [], more = {} } = options;
  const mails: Message[] = [];
  if (cover)
    mails.push(mail(`${name}-0`, `[${prefix} 0/${count}] ${title}`, 'why\n', { ...refs(...parents), ...more }));
  for (let n = 1; n <= count; n++) {
    const up = cover ? [`${name}-0`] : n > 1 ? [`${name}-1`] : [];
    const subject = `[${prefix} ${n}/${count}] ${title}: part ${n}`;
    mails.push(mail(`${name}-${n}`, subject, patchBody(`${name}${n}`), { ...refs(...parents, ...up), ...more }));
  }
  return mails;
}

export function assemble(messages: Message[]): Promise<Assembly> {
  return assembleSeries(messages);
}

/** The only series of some messages. */
export async function only(messages: Message[]): Promise<Series> {
  const { series } = await assembleSeries(messages);
  if (series.length !== 1 || !series[0]) throw new Error(`${series.length} series: ${series.map((one) => one.id)}`);
  return series[0];
}

// SPDX-License-Identifier: GPL-2.0-or-later
// Review -> the one comment on a pull request that is edited in place.
import type { Review } from '../review/values.ts';
import { fitMarkdown } from './fit.ts';
import { MARKDOWN_BYTES_MAX } from './limits.ts';
import { markdownParts } from './markdown.ts';
import { code } from './markdown-text.ts';

/** `head`: the commit that was reviewed. Ends in a line end; the caller puts its marker in front. */
export function commentText(review: Review, head: string): string {
  const parts = markdownParts(review);
  const foot = `<sub>Of ${code(head.slice(0, 12))}. This comment is edited when there is news; ${code('/rmapbot help')} tells what can be asked.</sub>`;
  const note = 'The rest is too long for a comment; the check has it.';
  const body = fitMarkdown(parts, MARKDOWN_BYTES_MAX - Buffer.byteLength(foot) - 2, note);
  return `${body}\n${foot}\n`;
}

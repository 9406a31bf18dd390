// SPDX-License-Identifier: GPL-2.0-or-later
// The forms of a report by name. What a form is made of is loaded when it is asked for.
import type { Review } from '../review/values.ts';

export const FORMATS = ['text', 'markdown', 'html', 'json', 'sarif'] as const;
export type Format = (typeof FORMATS)[number];

/** In: a review and the form; `full`: what the base had already and every table. Out: the text, ending in a line end. */
export async function render(review: Review, format: Format, options: { full?: boolean } = {}): Promise<string> {
  switch (format) {
    case 'text':
      return (await import('./mail.ts')).mailText(review, options);
    case 'markdown':
      return (await import('./markdown.ts')).markdownText(review, options);
    case 'html':
      return (await import('./html/page.ts')).htmlPage(review);
    case 'json':
      return (await import('./json.ts')).reviewJson(review);
    case 'sarif':
      return (await import('./sarif.ts')).sarifText(review);
  }
}

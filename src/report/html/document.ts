// SPDX-License-Identifier: GPL-2.0-or-later
// A page that stands for itself: no script, no network, its one style sheet allowed by its hash.
import { createHash } from 'node:crypto';
import { html, type Markup, raw } from './markup.ts';
import { type Section, section } from './parts.ts';

export interface Page {
  title: string;
  /** Our own text. */
  style: string;
  /** Where the link for those who do not want to hear the header leads: "To the findings". */
  skip: string;
  header: Markup;
  sections: readonly Section[];
  footer: Markup;
}

/** The whole page; sections with nothing in them are left out. */
export function htmlDocument({ title, style, skip, header, sections, footer }: Page): string {
  const hash = createHash('sha256').update(style).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  const shown = sections.filter(({ body }) => body.toString().trim() !== '');
  return html`${raw('<!doctype html>')}
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${raw(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${raw(style)}</style>
</head>
<body>
<a class="skip" href="#main">${skip}</a>
<svg class="hidden" aria-hidden="true"><defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0v6"/></pattern></defs></svg>
<header>
${header}
<nav aria-label="Sections"><ul>${shown.map(({ id, title: name }) => html`<li><a href="#${id}">${name}</a></li>`)}</ul></nav>
</header>
<main id="main" tabindex="-1">
${shown.map(section)}</main>
<footer>${footer}</footer>
</body>
</html>
`.toString();
}

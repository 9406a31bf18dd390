// SPDX-License-Identifier: GPL-2.0-or-later
// The frame of every page of the dashboard: no script, nothing fetched, the style sheet allowed by its hash.
import { createHash } from 'node:crypto';
import { html, type Markup, raw } from '../../report/html/markup.ts';
import { STYLE } from '../../report/html/style.ts';
import { cleanLine } from '../../report/sanitise.ts';

const MORE = `
header{padding-top:1.4rem}
.brand{font-weight:600;margin:0 0 .2rem}.brand a{color:inherit;text-decoration:none}
nav a[aria-current]{color:inherit;font-weight:600;text-decoration:none}
main>section:first-child{border-top:0;padding-top:.6rem}
.jobs{list-style:none;padding:0;margin:0}
.jobs>li{max-width:none;padding:.8rem 0;border-top:1px solid var(--line)}
.jobs p{margin:.1rem 0;max-width:none}.jobs .title{font-weight:600}
.meta{color:var(--soft);font-size:.88rem}
.meta>*+*::before{content:"·";padding:0 .45rem;color:var(--soft)}
.badge{display:inline-block;font-size:.8rem;font-weight:600;padding:.02rem .55rem;border-radius:1rem;background:var(--wash);white-space:nowrap}
.badge.bad{background:var(--bad-wash);color:var(--bad)}.badge.good{background:var(--good-wash);color:var(--good)}.badge.open{background:var(--warn-wash);color:var(--warn)}
form.filter{display:flex;flex-wrap:wrap;gap:.6rem;margin:0 0 1.2rem;align-items:end}
form.filter label{font-size:.83rem;color:var(--soft);display:grid;gap:.15rem}
input,select,button{font:inherit;font-size:1rem;color:var(--ink);background:var(--paper);border:1px solid var(--soft);border-radius:6px;padding:.35rem .6rem;max-width:100%;min-width:0}
input[type=search]{width:18rem}
button{cursor:pointer;background:var(--wash)}
.about{max-width:44rem;margin:.1rem 0 .3rem}
dl.pairs{display:grid;grid-template-columns:minmax(7rem,max-content) 1fr;gap:.3rem 1.2rem}dl.pairs dt{color:var(--soft)}dl.pairs dd{margin:0}
@media (max-width:40rem){input[type=search]{width:100%}form.filter label:first-child{width:100%}dl.pairs{grid-template-columns:1fr;gap:0}dl.pairs dd{margin-bottom:.5rem}}
`.trim();
const SHEET = `${STYLE}\n${MORE}`;
const HASH = createHash('sha256').update(SHEET).digest('base64');

/** Of every page of the dashboard. */
export const POLICY = `default-src 'none'; style-src 'sha256-${HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;

export const SECTIONS = [
  ['/', 'Queue'],
  ['/reviews', 'Reviews'],
  ['/scenarios', 'Scenarios'],
  ['/rules', 'Rules'],
  ['/trees', 'Trees'],
  ['/health', 'Health'],
] as const;

/** `prefix`: path under which the service is reached, without a slash at its end. */
export function page(prefix: string, current: string, title: string, body: Markup): string {
  const items = SECTIONS.map(
    ([path, name]) =>
      html`<li><a href="${prefix}${path}"${path === current && raw(' aria-current="page"')}>${name}</a></li>`,
  );
  return html`${raw('<!doctype html>')}
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${cleanLine(title, 140)} · rmapbot</title>
<style>${raw(SHEET)}</style>
</head>
<body>
<a class="skip" href="#main">To the content</a>
<header>
<p class="brand"><a href="${prefix}/">rmapbot</a></p>
<nav aria-label="Pages"><ul>${items}</ul></nav>
</header>
<main id="main" tabindex="-1">
${body}</main>
</body>
</html>
`.toString();
}

// SPDX-License-Identifier: GPL-2.0-or-later
// The page's style sheet: one calm column, two themes, colours that stay apart for the colour-blind (after Okabe and
// Ito), each backed by a shape or a word. No fonts are fetched.

export const STYLE = `
:root{color-scheme:light dark;--paper:#fdfdfb;--ink:#1d2126;--soft:#59616b;--line:#dddcd6;--wash:#f4f3ee;--bad:#b3410a;--bad-wash:#fcefe6;--good:#00694d;--good-wash:#e8f5ef;--walk:#0064a6;--warn:#7a5800;--warn-wash:#fbf3da;--mono:ui-monospace,"SF Mono","Cascadia Mono","JetBrains Mono","DejaVu Sans Mono",Menlo,Consolas,monospace}
@media screen and (prefers-color-scheme:dark){:root{--paper:#15181c;--ink:#e4e5e2;--soft:#a0a7ae;--line:#343a41;--wash:#1d2126;--bad:#ff9b5e;--bad-wash:#33211a;--good:#5fd3a6;--good-wash:#17302a;--walk:#6cb9f0;--warn:#e8c04f;--warn-wash:#2f2916}}
*{box-sizing:border-box}
html{font:17px/1.6 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",Cantarell,sans-serif;background:var(--paper);color:var(--ink);-webkit-text-size-adjust:100%}
body{margin:0;overflow-wrap:anywhere}
.skip{position:absolute;left:-999em}
.skip:focus{left:1rem;top:1rem;background:var(--paper);padding:.3rem .8rem;border:2px solid var(--walk);z-index:1}
header,main,footer{max-width:66rem;margin:0 auto;padding:0 1.5rem}
header{padding-top:3rem}
h1,h2,h3,h4{line-height:1.25;font-weight:600;text-wrap:balance}
h1{font-size:2rem;margin:.15rem 0 .6rem;letter-spacing:-.012em}
h2{font-size:1.3rem;margin:0 0 1rem}
h3{font-size:1.08rem;margin:1.8rem 0 .5rem}
h4{font-size:1rem;margin:1.2rem 0 .3rem}
p,ul,ol,dl{margin:.5rem 0}
main>section{border-top:1px solid var(--line);padding:2.2rem 0 1.2rem}
p,li,dd{max-width:44rem;overflow-wrap:anywhere}
a{color:var(--walk);text-underline-offset:.18em}
:focus-visible{outline:2px solid var(--walk);outline-offset:2px}
code,pre,svg text,.mono{font-family:var(--mono);font-size:.86em}
code{overflow-wrap:anywhere}
pre{background:var(--wash);padding:.9rem 1.1rem;margin:.6rem 0;border-radius:6px;line-height:1.5;overflow-x:auto}
.series{color:var(--soft);margin:.2rem 0}
.series b{color:var(--ink);font-weight:600}
.verdict{display:inline-flex;align-items:center;gap:.55rem;font-size:.92rem;font-weight:600;padding:.22rem .8rem .22rem .6rem;border-radius:1rem;margin:0;background:var(--wash);color:var(--ink)}
.verdict.bad{background:var(--bad-wash);color:var(--bad)}
.verdict.good{background:var(--good-wash);color:var(--good)}
.verdict.open{background:var(--warn-wash);color:var(--warn)}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(8rem,1fr));gap:1rem 1.6rem;margin:1.6rem 0 1.4rem;padding:0}
.facts div{border-top:2px solid var(--line);padding-top:.45rem}
.facts dt{color:var(--soft);font-size:.85rem}
.facts dd{margin:0;font-size:1.25rem;font-weight:600;font-variant-numeric:tabular-nums}
.facts small{display:block;font-size:.82rem;font-weight:400;color:var(--soft);line-height:1.4}
nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:.2rem 1.3rem;padding:0;margin:0 0 1.8rem;font-size:.92rem}
article{margin:0 0 2.6rem}
article+article{border-top:1px solid var(--line);padding-top:1.6rem}
article>h3{font-size:1.18rem;margin:0 0 .2rem}
article>h3 .n{color:var(--soft);font-weight:400;margin-right:.4rem}
.since{color:var(--soft);margin:0 0 .6rem}
.evidence{font-size:1.12rem;line-height:1.5;border-left:3px solid var(--bad);padding:.1rem 0 .1rem 1rem;margin:.9rem 0}
.note .evidence{border-color:var(--warn)}
.fixed .evidence{border-color:var(--good)}
.aside,figcaption,.more{color:var(--soft);font-size:.9rem}
figcaption{margin-bottom:.3rem}
figure{margin:1.2rem 0}
.scroll{overflow-x:auto;max-width:100%}
svg{display:block;max-width:none}
svg text{font-size:13px;fill:var(--ink)}
details{margin:.5rem 0}
summary{cursor:pointer;color:var(--walk);font-size:.92rem;width:fit-content;max-width:100%}
table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums;margin:.4rem 0}
caption{text-align:left;color:var(--soft);font-size:.9rem;padding-bottom:.3rem}
th{font-weight:600;text-align:left;color:var(--soft);font-size:.83rem;vertical-align:bottom}
td,th{padding:.22rem 1.1rem .22rem 0;border-bottom:1px solid var(--line);white-space:nowrap;vertical-align:top}
tbody th{color:var(--ink);font-weight:400;font-size:inherit}
td.wrap,th.wrap{white-space:normal;min-width:12rem;max-width:24rem}
td .bar{margin-top:.3rem}
.added{color:var(--walk)}.removed{color:var(--soft);text-decoration:line-through}
.num{text-align:right}
.less{color:var(--good)}.grown{color:var(--bad)}
.timeline .life{stroke:var(--line);stroke-width:2;fill:none}
.timeline .fork{stroke:var(--soft);stroke-width:2;fill:none}
.timeline .end{stroke:var(--soft);stroke-width:2.5}
.timeline .dot{fill:var(--soft)}
.timeline circle.fails{fill:var(--bad)}
.timeline .cross{stroke:var(--paper);stroke-width:2}
.timeline .band{fill:var(--bad-wash)}
.timeline text.fails{fill:var(--bad);font-weight:700}
.timeline text.mark{fill:var(--soft);font-style:italic}
.timeline text.lane{font-weight:700;font-size:12px}
.topology{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:0 1.6rem}
.topology svg text{font-size:12.5px}
.topology text.access{fill:var(--soft);font-size:11.5px}.topology text.head{fill:var(--soft);font-size:10.5px}
.topology text.space{font-weight:700}
.anchor rect{fill:var(--paper);stroke:var(--ink);stroke-width:1.3}
.vma rect,.folio rect{fill:var(--wash);stroke:var(--line)}
.vma.new rect{stroke:var(--ink);stroke-width:1.4}
.folio.lost rect{fill:var(--bad-wash);stroke:var(--bad);stroke-width:1.5}
.chain,.entry,.ghost,.parent{fill:none;stroke:var(--soft);stroke-width:1.2}
.parent{stroke-dasharray:1 3;stroke-linecap:round;stroke-width:1.8}
.chain.loose{stroke-dasharray:8 3 2 3}
.entry.seen{stroke:var(--walk);stroke-width:2}
.entry.missed{stroke:var(--bad);stroke-width:2.8;stroke-dasharray:7 4}
.entry.idle{stroke:var(--walk);stroke-dasharray:2 4;stroke-width:1.4}
.ghost{stroke:var(--bad);stroke-dasharray:2 4;stroke-width:1.6}
.topology .cross{stroke:var(--bad);stroke-width:2.2}
.legend{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.2rem 1.5rem;font-size:.85rem;color:var(--soft)}
.legend li{display:flex;align-items:center;gap:.5rem}
.bar .down{fill:var(--good)}.bar .up{fill:var(--bad)}.bar .ran{fill:var(--walk)}.bar .base{fill:var(--soft)}.bar .rest{fill:url(#hatch);stroke:var(--bad)}.bar .zero{stroke:var(--soft)}
.curves{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,19rem),1fr));gap:0 1.6rem}.curve path{fill:none;stroke-width:2}.curve .axis{stroke:var(--line);stroke-width:1}.curve .before{stroke:var(--soft);stroke-dasharray:5 4}.curve .after{stroke:var(--walk)}.curve text{fill:var(--soft);font-size:11px}
#hatch path{stroke:var(--bad);stroke-width:1.6}
.structs{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:0 2rem}
.structs>*{min-width:0}
.structs td,.structs tbody th{padding-top:.1rem;padding-bottom:.1rem}
.structs .hole td{color:var(--warn);font-style:italic}
.structs .line td{color:var(--soft);font-size:.8rem;border-bottom:1px dashed var(--soft)}
.structs .gone td,.structs .gone th{color:var(--bad)}
.structs .came td,.structs .came th{color:var(--good)}
.lines td code{white-space:pre}.lines .code td,.lines .code th{border:0;padding-top:0;padding-bottom:0}.lines .code .num,.lines .code td:nth-child(2){color:var(--soft)}.lines .code.first td{padding-top:.7rem}
.lines .range th,.lines .range td{color:var(--soft);font-size:.82rem;border:0;padding-top:.7rem}
.lines .idle td,.lines .range.idle th,.lines .range.idle td{color:var(--bad)}.lines .code.idle{background:var(--bad-wash)}
.state{font-size:.83rem;font-weight:600}
.state.new,.state.still{color:var(--bad)}.state.fixed{color:var(--good)}
footer{color:var(--soft);font-size:.9rem;padding-bottom:3.5rem;padding-top:1.4rem}
.hidden{position:absolute;width:0;height:0;overflow:hidden}
@media (max-width:40rem){.topology svg{width:100%;height:auto;min-width:20rem}html{font-size:16px}header{padding-top:1.6rem}header,main,footer{padding-left:1rem;padding-right:1rem}h1{font-size:1.55rem}}
@media print{:root{color-scheme:light}html{font-size:10.5pt}nav,.skip{display:none}header,main,footer{max-width:none;padding:0}article,figure,tr{break-inside:avoid}.scroll,pre{overflow:visible}pre{white-space:pre-wrap}svg{max-width:100%;height:auto}details>summary{list-style:none}details::details-content{content-visibility:visible;block-size:auto}a{color:inherit}}
@media (prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
`.trim();

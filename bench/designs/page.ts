// SPDX-License-Identifier: GPL-2.0-or-later
// Writes docs/designs.md: node --max-old-space-size=4096 bench/designs/page.ts [section...]. With names of sections, the
// others stay as they are. All of it takes less than a minute of processor time.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DESIGNS } from '../../src/designs/catalogue.ts';
import { SECTIONS, sectionText } from './sections.ts';

const intro = `# Designs of the reverse map, side by side

Answers to what list threads and talks asked about designs before there were patches, by executable models on one shared
world (\`src/designs\`), in the same scenarios, workloads and invariants that judge kernels. Models, not kernels: their
unit of work is an object of the reverse map looked at, their bytes are those of the objects (slab rounding, page tables
and maple nodes of the VMA tree are the same for all and left out). Where a source is silent, a model has an option;
\`rmapbot lab --list\` prints sources, assumptions and options. The model of mainline is equal to a measured 6.18 kernel in
all 197 histories of \`simulations/ground-truth\`, at every checkpoint.

This page is written by \`node --max-old-space-size=4096 bench/designs/page.ts\`; tests make part of it again.
`;

const models = DESIGNS.map(({ info }) => {
  const options = info.options.map(
    ({ name, values, value }) =>
      `\`${name}\` (${values.map((one) => (one === value ? `**${one}**` : one)).join(', ')})`,
  );
  return `- **${info.name}**: ${info.about}. Options: ${options.join('; ')}.`;
});

const file = fileURLToPath(new URL('../../docs/designs.md', import.meta.url));
const before = existsSync(file) ? readFileSync(file, 'utf8').split(/^(?=## )/m) : [];
const chosen = process.argv.slice(2);
const head = [intro, `## The models\n\n${models.join('\n')}\n`];
const sections: string[] = [];
for (const section of SECTIONS) {
  const known = before.find((text) => text.includes(`<!-- ${section.id} -->`));
  const kept = chosen.length > 0 && !chosen.includes(section.id) && known !== undefined;
  sections.push(kept ? `${known.trimEnd()}\n` : sectionText(section));
}
writeFileSync(file, [...head, ...sections].join('\n'));

// SPDX-License-Identifier: GPL-2.0-or-later
// docs/designs.md is what the models give: the sections that are quickly made again are, and must be equal.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { SECTIONS, sectionText } from '../../bench/designs/sections.ts';
import { DESIGNS } from '../../src/designs/catalogue.ts';

const page = readFileSync(path.resolve(import.meta.dirname, '../../docs/designs.md'), 'utf8');

test.each(SECTIONS.filter(({ cheap }) => cheap).map((section) => [section.id, section] as const))(
  'section %s is up to date',
  (_, section) => {
    expect(page).toContain(sectionText(section));
  },
);

test('every section and every design is there', () => {
  for (const { id, heading } of SECTIONS) expect(page).toContain(`## ${heading}\n<!-- ${id} -->`);
  for (const { info } of DESIGNS) expect(page).toContain(`- **${info.name}**: ${info.about}`);
});

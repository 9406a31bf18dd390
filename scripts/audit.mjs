// SPDX-License-Identifier: GPL-2.0-or-later
// Known holes in the packages that are shipped, as the registry's audit tells. Fails for critical ones; the rest is
// printed. Where the registry gives no answer that is one loud line: what cannot be asked is not fine.
import { spawnSync } from 'node:child_process';

const { stdout, stderr } = spawnSync('npm', ['audit', '--omit=dev', '--json'], { encoding: 'utf8', timeout: 120_000 });
let report;
try {
  report = JSON.parse(stdout);
} catch {
  report = {};
}
if (report.vulnerabilities === undefined) {
  const [why = 'no answer'] = [report.message, stderr?.trim().split('\n')[0]].filter(Boolean);
  console.warn(`NOT AUDITED: the registry does not tell of known holes in packages (${String(why).slice(0, 200)})`);
} else {
  const found = Object.values(report.vulnerabilities);
  for (const { name, severity, range } of found) console.warn(`audit: ${severity}: ${name} ${range}`);
  console.log(`audit: ${found.length} packages with known holes`);
  if (found.some(({ severity }) => severity === 'critical')) process.exit(1);
}

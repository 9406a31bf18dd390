// SPDX-License-Identifier: GPL-2.0-or-later
// Review -> SARIF 2.1.0 (OASIS), for code scanning: one rule an invariant, one result a finding. The specification's
// sections are named where a rule of it decides.
import type { Location, Log, ReportingDescriptor, Result } from 'sarif';
import type { Finding, Review } from '../review/values.ts';
import { INVARIANTS } from '../simulator/invariants/index.ts';
import { cleanLine, cleanLines } from './sanitise.ts';

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';
const LEVEL = { violation: 'error', warning: 'warning', note: 'note' } as const;

/** Findings of the series, and the base's as unchanged ones (3.27.24); a fixed one is absent. */
export function sarifText(review: Review): string {
  return `${JSON.stringify(sarifLog(review), null, 2)}\n`;
}

function sarifLog(review: Review): Log {
  const rules = rulesOf(review);
  return {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'rmapbot', version: cleanLine(review.tool.version, 40), rules } },
        columnKind: 'unicodeCodePoints',
        invocations: [
          {
            executionSuccessful: true,
            toolExecutionNotifications: review.inconclusive.map(({ scenario, reason }) => ({
              level: 'warning',
              message: { text: cleanLine(scenario === '' ? reason : `${scenario}: ${reason}`) },
            })),
          },
        ],
        results: review.findings.map((finding) => result(review, finding, rules)),
        properties: {
          verdict: review.verdict,
          reason: cleanLine(review.reason),
          base: cleanLine(review.base),
          series: cleanLine(review.series.id),
        },
      },
    ],
  };
}

/** Each invariant once, in the order of the findings. */
function rulesOf({ findings }: Review): ReportingDescriptor[] {
  const meaning = new Map(INVARIANTS.map(({ id, statement }) => [id, statement]));
  return [...new Set(findings.map(({ invariant }) => invariant))].map((id) => ({
    id: cleanLine(id),
    shortDescription: { text: meaning.get(id) ?? 'Every patch leaves a tree that builds.' },
  }));
}

function result(review: Review, finding: Finding, rules: ReportingDescriptor[]): Result {
  const title = review.series.patches.find(({ number }) => number === finding.patch)?.title;
  const since =
    finding.patch === null
      ? ''
      : ` (since patch ${finding.patch}${title === undefined ? '' : ` "${cleanLine(title, 120)}"`})`;
  const places = finding.where.map(location);
  const [first, ...rest] = places;
  const related = finding.whereIs === 'changed-code' ? rest : [];
  return {
    ruleId: cleanLine(finding.invariant),
    ruleIndex: rules.findIndex(({ id }) => id === cleanLine(finding.invariant)),
    level: LEVEL[finding.severity],
    // A fixed finding is no failure any more (3.27.9).
    ...(finding.status === 'fixed' ? { kind: 'pass', level: 'none' } : {}),
    message: { text: `${cleanLine(finding.summary)}${since}` },
    ...(first ? { locations: [first] } : {}),
    ...(related.length > 0 ? { relatedLocations: related } : {}),
    ...(finding.whereIs === 'fault' && places.length > 1
      ? { stacks: [{ message: { text: 'Call stack' }, frames: places.map((place) => ({ location: place })) }] }
      : {}),
    baselineState: { introduced: 'new', bisectability: 'new', fixed: 'absent', 'pre-existing': 'unchanged' }[
      finding.status
    ] as NonNullable<Result['baselineState']>,
    partialFingerprints: {
      'rmapbot/v1': cleanLine(finding.signature ?? `${finding.invariant}: ${finding.scenario} ${finding.stepText}`),
    },
    properties: {
      status: finding.status,
      patch: finding.patch,
      scenario: cleanLine(finding.scenario),
      step: finding.step,
      config: finding.config,
      reproducer: cleanLines(finding.reproducer),
    },
  };
}

function location({ file, line, function: name }: Finding['where'][number]): Location {
  return {
    physicalLocation: {
      artifactLocation: { uri: uriOf(file), uriBaseId: file.startsWith('machine:') ? 'MACHINE' : '%SRCROOT%' },
      // Line 0 is none (3.30.5: lines count from 1).
      ...(line > 0 ? { region: { startLine: line } } : {}),
    },
    ...(name === '' ? {} : { logicalLocations: [{ name: cleanLine(name), kind: 'function' }] }),
  };
}

/** A relative reference (3.4.3): each part of the path encoded, never a scheme. */
function uriOf(file: string): string {
  return cleanLine(file.replace(/^machine:/, ''))
    .split('/')
    .filter((part) => part !== '' && part !== '..')
    .map(encodeURIComponent)
    .join('/');
}

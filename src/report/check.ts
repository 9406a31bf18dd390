// SPDX-License-Identifier: GPL-2.0-or-later
// Review -> what `b4 review` takes from a check command: one object for the series, or for one patch of it.
import type { Finding, Review } from '../review/values.ts';
import { mailText } from './mail.ts';
import { cleanLine } from './sanitise.ts';
import { counted } from './text.ts';

/** As b4's docs/maintainer/review.rst describes it; its optional `url` we do not have. */
export interface CheckResult {
  tool: 'rmapbot';
  status: 'pass' | 'warn' | 'fail';
  summary: string;
  details: string;
}

const STATUS: Readonly<Record<Review['verdict'], CheckResult['status']>> = {
  clean: 'pass',
  'out-of-scope': 'pass',
  violations: 'fail',
  'does-not-build': 'fail',
  // What we could not judge, or not on this tree, is no fault of the series.
  'does-not-apply': 'warn',
  inconclusive: 'warn',
  incomplete: 'warn',
};

/** Nothing where the series is none of our business. `patch`: the number of the patch that is asked about. */
export function checkResults(review: Review, patch?: number): CheckResult[] {
  if (review.verdict === 'out-of-scope') return [];
  const { status, summary } = patch === undefined ? ofSeries(review) : ofPatch(review, patch);
  return [{ tool: 'rmapbot', status, summary: cleanLine(summary, 200), details: mailText(review) }];
}

function ofSeries(review: Review): Pick<CheckResult, 'status' | 'summary'> {
  const warned = review.findings.some(({ status }) => status === 'introduced' || status === 'bisectability');
  const status = STATUS[review.verdict];
  return { status: status === 'pass' && warned ? 'warn' : status, summary: `${review.verdict}: ${review.reason}` };
}

function ofPatch(review: Review, patch: number): Pick<CheckResult, 'status' | 'summary'> {
  const own = review.findings.filter(
    (finding) => finding.patch === patch && (finding.status === 'introduced' || finding.status === 'bisectability'),
  );
  if (own.length > 0) {
    const status = own.some(isViolation) ? 'fail' : 'warn';
    const names = [...new Set(own.map(({ invariant }) => invariant))].join(', ');
    return { status, summary: `${counted(own.length, 'finding')} since this patch: ${names}` };
  }
  const blamed = review.failure?.patch;
  if (blamed !== undefined) {
    if (blamed === patch) return ofSeries(review);
    return { status: 'warn', summary: `not judged: patch ${blamed} ${review.verdict.replaceAll('-', ' ')}` };
  }
  if (review.verdict === 'clean') return { status: 'pass', summary: `clean: ${review.reason}` };
  if (review.verdict === 'violations')
    return { status: 'pass', summary: 'nothing since this patch; others of the series are at fault' };
  return ofSeries(review);
}

const isViolation = ({ severity, status }: Finding) => severity === 'violation' && status === 'introduced';

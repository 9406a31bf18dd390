// SPDX-License-Identifier: GPL-2.0-or-later
// The public JSON contract "rmapbot.review/1": the single source of its types, its validation and its JSON Schema.
// docs/json.md describes every field for readers; docs/rmapbot.review-1.schema.json is generated from here.
import { z } from 'zod';
import { contention, findingStacks, lockProfileRow, lockRow } from './schema-locks.ts';
import { effect, pictures, previous } from './schema-report.ts';
import { chosen, layouts, semantics, unexecuted } from './schema-semantics.ts';

/** Name and version of the contract. A change that breaks readers gets a new number. */
export const REVIEW_SCHEMA = 'rmapbot.review/1';

const config = z.enum(['prod', 'check']).describe('Configuration of the image');
const variant = z
  .string()
  .describe('Variant of Kconfig symbols that the series adds: "" their defaults, "all-new" all of them on');

const position = z.strictObject({
  file: z.string().describe('Path in the tree, or "machine:..." for the simulated rest of the kernel'),
  line: z.int().min(0),
  function: z.string(),
});

const prerequisiteKind = z.enum(['patch-id', 'message-id', 'change-id']);

const author = z.strictObject({ name: z.string(), address: z.string() });

const seriesPart = z.strictObject({
  id: z
    .string()
    .describe('Message-ID of the cover letter, else of the first patch; of a pull request owner/repo#N@HEAD'),
  version: z.int(),
  subject: z.string(),
  tags: z.array(z.string()),
  author,
  date: z.string().optional(),
  expected: z.int().describe('How many patches the subjects promise'),
  missing: z.array(z.int()).describe('Numbers of promised patches that are not there'),
  patches: z.array(
    z.strictObject({
      number: z.int(),
      title: z.string(),
      messageId: z.string(),
      paths: z.array(z.string()),
      contentId: z.string().optional().describe('Hash of what the diff removes and adds, wherever it applies'),
    }),
  ),
  prerequisites: z
    .array(z.strictObject({ kind: prerequisiteKind, value: z.string() }))
    .describe('As the series names them; what became of them stands in the field of that name beside `base`'),
  others: z.array(z.string()).describe('Other series found in the input and not reviewed, as they would be chosen'),
});

const prerequisite = z.strictObject({
  kind: prerequisiteKind,
  value: z.string().describe('As it was named'),
  neededBy: z.string().optional().describe('Id of the series that names it, where that is another prerequisite'),
  status: z.enum(['applied', 'already-there', 'missing', 'does-not-apply', 'not-tried', 'taken-as-there']),
  id: z.string().optional().describe('Id of the series found'),
  version: z.int().optional(),
  subject: z.string().optional(),
  from: z.string().optional().describe('Where it was found'),
  applied: z.array(z.int()).optional().describe('Numbers of its patches that were applied'),
  alreadyThere: z.array(z.int()).optional().describe('Numbers of its patches that the tree has already'),
  why: z.string().optional().describe('Of one that is missing or does not apply'),
});

const diagnostic = z.strictObject({
  severity: z.enum(['error', 'warning']),
  file: z.string(),
  line: z.int(),
  column: z.int(),
  message: z.string(),
});

const failure = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('does-not-apply'),
      patch: z.int(),
      path: z.string().optional(),
      hunk: z.int().optional(),
      message: z.string(),
    }),
    z.strictObject({
      kind: z.literal('does-not-build'),
      patch: z.int().describe('First patch after which the tree does not build; the base builds'),
      config,
      variant,
      unit: z.string(),
      diagnostics: z.array(diagnostic),
      link: z.string().optional(),
    }),
  ])
  .describe('Only with the verdicts does-not-apply and does-not-build');

const control = z.strictObject({
  area: z.string(),
  id: z.string().describe('The planted bug'),
  detected: z.boolean(),
  scenario: z.string().optional().describe('The scenario that detected it'),
  reason: z.string().optional().describe('Why it was not detected or could not be planted'),
});

const finding = z.strictObject({
  invariant: z.string(),
  config,
  variant,
  severity: z.enum(['violation', 'warning', 'note']),
  status: z.enum(['introduced', 'fixed', 'pre-existing', 'bisectability']),
  patch: z
    .int()
    .nullable()
    .describe('First bad patch; of a fixed finding the patch that fixed it; null where unknown or pre-existing'),
  gonePatch: z.int().optional().describe('bisectability: the patch after which it is gone again'),
  scenario: z.string(),
  step: z.int().nullable().describe('Index of the step after which it was seen, from 0'),
  stepText: z.string(),
  schedule: z
    .string()
    .optional()
    .describe('Of a scenario with threads: the turns that show it, for `rmapbot simulate --schedule`'),
  turns: z
    .array(
      z.strictObject({
        thread: z.string().describe('Letter of the thread, in the order of the block'),
        points: z.int().describe('Scheduling points that it passed'),
        forced: z.boolean().describe('It had to wait, spun or was over; else another thread took over'),
        where: z.array(position).describe('Where it stood then, innermost first'),
      }),
    )
    .optional()
    .describe('The same in words'),
  where: z.array(position).describe('Innermost first'),
  whereIs: z
    .enum(['fault', 'changed-code'])
    .describe('fault: the place itself; changed-code: changed lines of the first bad patch that ran in the scenario'),
  summary: z.string().describe("Evidence in a reviewer's words"),
  alsoIn: z.array(z.string()).describe('Other scenarios, as "name" or "name (config)", that show the same fault'),
  modelled: z.array(z.string()).describe('Modelled functions that it rests on; not empty: a warning at most'),
  reproducer: z.string().describe('Scenario text'),
  signature: z.string().optional().describe('Equal for the same fault in another review: how versions are compared'),
  pictures: pictures.optional(),
  stacks: findingStacks.optional().describe('Where the other locks of the finding were taken, as lockdep tells both'),
});

const amount = z.strictObject({
  count: z.int().describe('Live objects'),
  bytes: z.int(),
  rcuPending: z.int().describe('Freed, but waiting for a grace period; not part of count and bytes'),
});

const memoryRow = z.strictObject({
  scenario: z.string(),
  mark: z.string(),
  config,
  variant,
  object: z.string(),
  before: amount,
  after: amount,
});

const workloadRow = z.strictObject({
  workload: z.string(),
  scale: z.number(),
  mark: z.string(),
  object: z.string(),
  before: amount,
  after: amount,
});

const member = z.strictObject({
  name: z.string(),
  before: z.strictObject({ offset: z.int(), size: z.int() }).nullable(),
  after: z.strictObject({ offset: z.int(), size: z.int() }).nullable(),
});

const struct = z.strictObject({
  name: z.string(),
  config,
  variant,
  before: z.int().nullable().describe('Size in bytes; null where the struct does not exist'),
  after: z.int().nullable(),
  fields: z.array(member).describe('Members that came, went, moved or changed size'),
  layouts: layouts.optional().describe('Whole layouts, a row for each word size'),
});

const behaviour = z.strictObject({
  scenario: z.string(),
  config,
  variant,
  what: z.enum(['walks', 'visits', 'worst-walk']),
  before: z.int(),
  after: z.int(),
});

const line = z.strictObject({
  file: z.string(),
  line: z.int(),
  function: z.string(),
  patch: z.int(),
  reason: unexecuted.optional(),
  why: z.string().optional().describe('The reason in words'),
});

const coverage = z.strictObject({
  config,
  changedLines: z
    .int()
    .describe('Changed executable lines: those that became code, and statements that were not built'),
  executedLines: z.int(),
  notExecuted: z.array(line),
  notBuilt: z.array(z.string()).describe('Changed .c files that the image does not contain'),
  patches: z
    .array(z.strictObject({ patch: z.int(), changedLines: z.int(), executedLines: z.int() }))
    .optional()
    .describe('The same per patch that last wrote the line'),
  executed: z
    .array(z.strictObject({ file: z.string(), lines: z.array(z.tuple([z.int(), z.int()])) }))
    .optional()
    .describe('Changed lines that ran, as ranges of lines, both included'),
  source: z
    .array(z.strictObject({ file: z.string(), lines: z.array(z.tuple([z.int(), z.string()])) }))
    .optional()
    .describe('Text of the changed lines that ran or did not, as the last patch leaves them'),
});

const search = z.strictObject({
  config,
  seed: z.int(),
  histories: z.int(),
  steps: z.int().describe('Steps executed in all'),
  found: z
    .int()
    .describe('Histories that broke an invariant in a way that none before did, on the base as well or not'),
  notJudged: z.int().describe('Histories that could not be judged'),
  missedLines: z.int().describe('Changed executable lines that no scenario ran'),
  newLines: z.int().describe('Of those, how many some history ran'),
});

const scenarios = z.strictObject({
  matched: z.array(z.string()).describe('Scenarios chosen by rules or by measured coverage, the most telling first'),
  ran: z.int().describe('Scenarios run on base and patched'),
  notApplicable: z.array(z.string()).describe('Scenarios that require what the tree does not have'),
  notRun: z.array(z.string()).describe('Left out because the budget or the time cap was reached'),
  matchedRan: z.int().optional().describe('Of the matched ones, how many were run on base and patched'),
  byRules: z.int().optional().describe('Matched because they declare a touched area'),
  byCoverage: z.int().optional().describe('Matched because they execute changed code of the base'),
  measured: z.int().optional().describe('Scenarios whose coverage of the base is known'),
  chosen: z.array(chosen).optional().describe('Why each matched scenario was chosen, the most telling first'),
});

const interleavings = z.strictObject({
  config,
  scenarios: z.int().describe('Scenarios with threads whose interleavings were explored'),
  schedules: z.int().describe('Schedules run on the patched tree'),
  different: z.int().describe('Different ones among them, by what happened at scheduling points'),
  oneChange: z.int().describe('Schedules with one change of the running thread that was not forced'),
  oneChangeOf: z.int().describe('How many of these there are'),
  points: z.int().describe('Scheduling points of the longest schedule'),
});

const inconclusive = z.strictObject({
  scenario: z.string().describe('Scenario, or "" where the reason is not one scenario'),
  config: config.optional(),
  reason: z.string(),
});

/** The whole review. */
export const reviewSchema = z.strictObject({
  schema: z.literal(REVIEW_SCHEMA),
  tool: z.strictObject({ name: z.literal('rmapbot'), version: z.string() }),
  seed: z.int(),
  series: seriesPart,
  tree: z.strictObject({ label: z.string(), version: z.string(), identity: z.string().optional() }),
  base: z.string(),
  prerequisites: z
    .array(prerequisite)
    .optional()
    .describe('Other series that are part of the base, in the order applied; absent where there are none'),
  configs: z.array(
    z.strictObject({ config, variant, base: z.string().describe('Key of the base image'), patched: z.string() }),
  ),
  verdict: z.enum([
    'clean',
    'violations',
    'out-of-scope',
    'inconclusive',
    'incomplete',
    'does-not-apply',
    'does-not-build',
  ]),
  reason: z.string().describe('The verdict in one sentence'),
  failure: failure.optional(),
  controls: z.array(control),
  findings: z.array(finding),
  memory: z.array(memoryRow),
  workloads: z
    .array(workloadRow)
    .optional()
    .describe('Objects and bytes of workloads at a small scale, in prod, the defaults of new symbols'),
  structs: z.array(struct),
  behaviour: z.array(behaviour),
  effects: z.array(effect).optional().describe('What steps do more or less often than on the base, in prod'),
  locks: z.array(lockRow).optional().describe('How often locks were taken, in prod, over all scenarios'),
  lockProfile: z.array(lockProfileRow).optional().describe('The same in each scenario, in prod, where it differs'),
  contention: contention
    .optional()
    .describe('What steps of one kind wait for locks when many processors do them at once, in prod, replayed'),
  semantics,
  scenarios,
  coverage,
  search: search.optional().describe('Generated histories that were run beside the scenarios; absent where none were'),
  inconclusive: z.array(inconclusive),
  interleavings: z
    .array(interleavings)
    .optional()
    .describe('How far the interleavings of threads were explored; sequentially consistent ones only'),
  previous: previous.optional().describe('Compared with the review of an earlier version'),
  notes: z.array(z.string()).describe('Limits that were met, choices that were made'),
  timings: z.record(z.string(), z.number()).describe('Milliseconds per phase; the only part that differs between runs'),
});

/** The JSON Schema of the contract, as published in docs/. */
export function reviewJsonSchema(): object {
  return {
    $id: 'urn:rmapbot:review:1',
    title: REVIEW_SCHEMA,
    ...z.toJSONSchema(reviewSchema),
  };
}

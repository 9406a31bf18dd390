// SPDX-License-Identifier: GPL-2.0-or-later
// The semantics room: what other rooms may use of it.

export { type AnalyseOptions, analyse } from './analyse.ts';
export { areasOfSymbol } from './areas.ts';
export { loadRules, type NamedByRule, ownRules, type ReadRules, readRules } from './load-rules.ts';
export { type Outline, type OutlineFunction, outline } from './outline.ts';
export { addressesTaken } from './references.ts';
export type { RuleProblem } from './rule-source.ts';
export { type AreaRule, invariantIds, type Rules, ruleJsonSchema } from './rule-values.ts';
export { namesIn } from './tree-words.ts';
export type * from './values.ts';

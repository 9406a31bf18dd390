// SPDX-License-Identifier: GPL-2.0-or-later
// What users copy: the App's manifest, the Action, the documented configuration and workflow. They say what the code does.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { program } from '../../src/cli/program.ts';
import { readConfig } from '../../src/github/config.ts';
import { EVENTS } from '../../src/github/events.ts';
import { CHECK_NAME } from '../../src/github/limits.ts';
import { loadRules } from '../../src/semantics/index.ts';

const text = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const guide = text('docs/github.md');
const blocks = [...guide.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block = '']) => block);

describe('app.yml', () => {
  const app = parse(text('app.yml')) as { default_permissions: Record<string, string>; default_events: string[] };

  it('asks for the events that are read, but those that come unasked', () => {
    const unasked = ['installation', 'installation_repositories'];
    expect([...app.default_events, ...unasked].toSorted()).toEqual([...EVENTS].toSorted());
  });

  it('asks for no permission that the guide gives no reason for', () => {
    const reasons = [...guide.matchAll(/^ +\| ([A-Z][a-z ]+): (read|write) \|/gm)].map(([, name = '', level]) => [
      name.toLowerCase().replaceAll(' ', '_'),
      level,
    ]);
    expect(app.default_permissions).toEqual(Object.fromEntries(reasons));
  });
});

it('action.yml calls the command as it is, and no input is a part of a script', () => {
  const action = parse(text('action.yml')) as { inputs: Record<string, unknown>; runs: { steps: { run?: string }[] } };
  const scripts = action.runs.steps.flatMap(({ run }) => (run === undefined ? [] : [run]));
  expect(scripts.join('\n')).not.toContain('${{');
  const words = /main\.ts" (.*?) "\$RMAPBOT_TIME_CAP"/s.exec(scripts.at(-1) ?? '')?.[1]?.split(/\s+/) ?? [];
  const [command, ...options] = words;
  const known = program()
    .commands.find((one) => one.name() === command)
    ?.options.map(({ long }) => long);
  expect(command).toBe('review');
  expect(options).toEqual(['--github', '--time-cap']);
  for (const option of options) expect(known).toContain(option);
  for (const input of Object.keys(action.inputs)) expect(text('action.yml')).toContain(`inputs.${input}`);
});

describe('docs/github.md', () => {
  it('shows a configuration that is read without a fault', async () => {
    const example = blocks.find((block) => block.startsWith('paths:')) ?? '';
    const said = readConfig(Buffer.from(example), (await loadRules()).areas);
    expect(said).toMatchObject({ config: { comment: 'findings', budget: 200_000 } });
  });

  it("shows a workflow with the App's permissions that a workflow has a use for", () => {
    const workflow = parse(blocks[0] ?? '') as { permissions: Record<string, string> };
    expect(workflow.permissions).toEqual({ contents: 'read', checks: 'write', 'pull-requests': 'write' });
  });

  it('names the check as it is called', () => expect(guide).toContain(`require the check \`${CHECK_NAME}\``));
});

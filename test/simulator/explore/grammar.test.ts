// SPDX-License-Identifier: GPL-2.0-or-later
// The concurrently block as text.
import { describe, expect, test } from 'vitest';
import { InputError } from '../../../src/errors.ts';
import { parseScenario } from '../../../src/simulator/grammar/parse.ts';
import { format, print } from '../../../src/simulator/grammar/print.ts';

const scenario = (...threads: string[]): string => `name: toy
areas: [vma-split]
about: threads
steps:
  - P: mmap A 4 rw private anon
  - P: fork C
  - concurrently:
${threads.map((thread) => `      - ${thread}\n`).join('')}`;

const parse = (...threads: string[]) => parseScenario(scenario(...threads), 'toy.yaml');

test('threads are processes with one step or several, or ksmd', () => {
  const parsed = parse('P: munmap A 1 2', 'C: ["write A 0,2", fork D]', 'ksm-scan');
  expect(parsed.configs).toEqual(['check']);
  const block = parsed.steps[2];
  expect(block && block.kind !== 'repeat' && format(block)).toBe(
    'concurrently: P: munmap A 1 2 | C: write A 0,2; fork D | ksm-scan',
  );
});

test('what is printed is the same scenario', () => {
  const parsed = parse('P: [munmap A 1 2, write A 0]', 'C: ["write A 0,2", fork D]', 'C: referenced A 1');
  expect(parseScenario(print(parsed), 'toy.yaml')).toEqual(parsed);
});

test('later steps know what the threads brought into being', () => {
  const text = `${scenario('P: fork D', 'C: mremap A to B')}  - D: write A\n  - C: write B 3\n`;
  expect(parseScenario(text, 'toy.yaml').steps).toHaveLength(5);
});

describe('errors', () => {
  test.each<[string, string[], string]>([
    ['one thread', ['P: munmap A'], '7:5: a concurrently block has 2 to 4 threads, not 1'],
    ['five threads', Array(5).fill('ksm-scan'), '7:5: a concurrently block has 2 to 4 threads, not 5'],
    ['no such process', ['P: munmap A', 'D: munmap A'], '9:9: unknown process "D"'],
    ['a child of the block', ['P: fork D', 'D: munmap A'], '9:9: unknown process "D"'],
    ['fails', ['P: munmap A fails EINVAL', 'C: munmap A'], 'what fails in a thread depends on the others'],
    ['an operation', ['P: walk A 1', 'C: munmap A'], '8:12: walk cannot run in a thread; expected one of mmap,'],
    ['exit is not last', ['P: munmap A', 'C: [exit, munmap A]'], 'exit is the last step of a thread'],
    [
      'exit of a shared process',
      ['P: munmap A', 'C: write A', 'C: exit'],
      'process C cannot exit while another thread',
    ],
    ['a word', ['P: munmap A', 'ksm-scn'], '9:9: expected a thread such as "P: munmap A", not "ksm-scn"; did you mean'],
    ['two uffd-moves', ['P: uffd-move A 0 1 to A+1', 'C: uffd-move A 0 1 to A+1'], 'only one thread of a block'],
  ])('%s', (_, threads, error) => {
    const act = () => parse(...threads);
    expect(act).toThrow(InputError);
    expect(act).toThrow(error);
  });

  test('one block, not in a repeat block, not in prod', () => {
    const one = scenario('P: munmap A', 'C: munmap A');
    expect(() => parseScenario(`${one}  - concurrently: [ksm-scan, ksm-scan]\n`, 'toy.yaml')).toThrow(
      'a scenario has one concurrently block at most',
    );
    const repeated =
      '  - repeat:\n      times: 2\n      as: i\n      steps:\n        - concurrently: [ksm-scan, ksm-scan]\n';
    expect(() => parseScenario(`${one.split('  - concurrently')[0]}${repeated}`, 'toy.yaml')).toThrow(
      '"concurrently" cannot stand in a repeat block',
    );
    expect(() => parseScenario(one.replace('about: threads', 'about: threads\nconfig: prod'), 'toy.yaml')).toThrow(
      'threads run in the configuration check only',
    );
  });
});

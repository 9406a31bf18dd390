// SPDX-License-Identifier: GPL-2.0-or-later
// What is never reacted to, and what counts as a command.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requestIn } from '../../src/watch/command-lines.ts';
import { passedOver } from '../../src/watch/gate.ts';

const own = 'rmap@example.org';
const look = (headers: Record<string, string>, { messageId = 'a@example.org', from = 'ann@example.org' } = {}) =>
  passedOver(new Map(Object.entries(headers)), { messageId, from }, { own, ignore: ['*-bot@*'] });

describe('the gate', () => {
  it('lets people through, and the lists of kvack.org and vger.kernel.org with their Precedence', () => {
    expect(look({})).toBeUndefined();
    expect(look({ 'auto-submitted': 'no' })).toBeUndefined();
    expect(look({ precedence: 'bulk', 'list-id': '<mm.example.org>' })).toBeUndefined();
    expect(
      look({ precedence: 'bulk', 'x-mailing-list': 'mm@example.org', 'x-loop': 'owner@lists.example.org' }),
    ).toBeUndefined();
    expect(look({ precedence: 'list' })).toBeUndefined();
    expect(look({ 'return-path': '<ann@example.org>' })).toBeUndefined();
  });

  it.each([
    [{ 'auto-submitted': 'auto-replied' }, /machine/],
    [{ 'auto-submitted': 'Auto-Generated; x' }, /machine/],
    [{ precedence: 'bulk' }, /machine/],
    [{ precedence: 'list-bot', 'list-id': '<x>' }, /machine/],
    [{ 'return-path': '<>' }, /bounce/],
    [{ 'x-loop': `Bot <${own}>` }, /back from us/],
    [{ 'x-rmapbot-verdict': 'clean' }, /ours/],
    [{ 'x-autoreply': 'yes' }, /machine/],
  ])('keeps %j out', (headers, why) => {
    expect(look(headers as Record<string, string>)).toMatch(why);
  });

  it('keeps our own mails out, however they come', () => {
    expect(look({}, { from: 'RMAP@example.org' })).toMatch(/ours/);
    expect(look({}, { messageId: 'rmapbot-0123@example.org' })).toMatch(/ours/);
    expect(look({}, { messageId: 'retraction-rmapbot-0123@example.org' })).toMatch(/ours/);
    expect(look({}, { from: 'Tip-Bot@example.org' })).toMatch(/bot/);
  });
});

describe('commands', () => {
  it('stand at the start of a line', () => {
    expect(requestIn('hello\nrmapbot: rerun\n')).toMatchObject({ rerun: true, lines: ['rmapbot: rerun'] });
    expect(requestIn('RMAPBOT:  Rerun  \n')).toMatchObject({ rerun: true });
    expect(requestIn('rmapbot: base v6.12\nrmapbot: scenario fork-*')).toMatchObject({
      base: 'v6.12',
      scenario: 'fork-*',
    });
    expect(requestIn('rmapbot: stop')).toMatchObject({ stop: true });
    for (const none of [
      '> rmapbot: rerun',
      ' rmapbot: rerun',
      'x rmapbot: rerun',
      '| rmapbot: stop',
      '-- \nrmapbot: stop',
      '',
    ])
      expect(requestIn(none)).toBeUndefined();
  });

  it('never become options, ranges or paths of git', () => {
    for (const rev of ['--upload-pack=x', '-x', 'a..b', '../x', '/etc', 'a b', 'a;b', '$(x)', '@{u}', ''])
      expect(requestIn(`rmapbot: base ${rev}`)).toMatchObject({ unknown: [expect.any(String)] });
    for (const name of ['../x', 'a b', 'A', '$x'])
      expect(requestIn(`rmapbot: scenario ${name}`)?.scenario).toBeUndefined();
  });

  it('are few, and what is not one says so', () => {
    expect(requestIn('rmapbot: do it\n')).toMatchObject({ unknown: ['rmapbot: do it'] });
    expect(requestIn('rmapbot: rerun\n'.repeat(100))?.lines.length).toBe(8);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const base = requestIn(`rmapbot: base ${text}`)?.base;
        if (base !== undefined) expect(base).toMatch(/^[0-9A-Za-z][\w./~^+-]*$/);
      }),
    );
  });
});

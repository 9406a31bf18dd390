// SPDX-License-Identifier: GPL-2.0-or-later
import { expect, it } from 'vitest';
import { exitOf } from '../../src/cli/exit.ts';
import { InputError } from '../../src/errors.ts';
import { DiskFullError } from '../../src/tree/errors.ts';

it('tells usage and input from our own failures', () => {
  expect(exitOf(new InputError('no such\nfile \u001b[31m'))).toEqual({ code: 2, line: 'no such file \\x1b[31m' });
  expect(exitOf(new Error('the overlay cannot build this base'))).toEqual({
    code: 4,
    line: 'our own failure: the overlay cannot build this base',
  });
  expect(exitOf('thrown text').code).toBe(4);
  expect(exitOf(undefined).code).toBe(4);
});

it('takes a full disk and missing rights for something that the user can mend', () => {
  const full = Object.assign(new Error('ENOSPC: write'), { code: 'ENOSPC', syscall: 'write' });
  expect(exitOf(full)).toEqual({ code: 2, line: 'no space left on the device' });
  const rights = Object.assign(new Error('EACCES'), { code: 'EACCES', syscall: 'open', path: '/some/where' });
  expect(exitOf(rights)).toEqual({ code: 2, line: 'permission denied (/some/where)' });
  expect(exitOf(new DiskFullError())).toEqual({ code: 2, line: new DiskFullError().message });
});

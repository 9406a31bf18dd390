// SPDX-License-Identifier: GPL-2.0-or-later
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/errors.ts';
import { autoconfHeader } from '../../../src/kernel/config/autoconf.ts';
import { OFFSET_UNITS, OffsetUnitError, offsetsHeader } from '../../../src/kernel/config/offsets.ts';
import { timeconstHeader } from '../../../src/kernel/config/timeconst.ts';
import { readVersion, utsreleaseHeader, versionHeader } from '../../../src/kernel/config/version.ts';
import { genericWrappers, mandatory } from '../../../src/kernel/config/wrappers.ts';
import { readerOf } from './support.ts';

it('autoconf.h: switches, numbers, texts', () => {
  const header = autoconfHeader(
    new Map([
      ['S', 'a "b"\n#define X'],
      ['A', 'y'],
      ['N', '4'],
      ['H', 'dead'],
      ['OUT', '0xdead000000000000'],
      ['WORDS', '-Wx=5'],
      ['EMPTY', ''],
    ]),
    new Map([
      ['A', 'bool'],
      ['N', 'int'],
      ['S', 'string'],
      ['H', 'hex'],
    ] as const),
  );
  expect(header.split('\n').slice(0, 7)).toEqual([
    '#define CONFIG_A 1',
    '#define CONFIG_EMPTY ""',
    '#define CONFIG_H 0xdead',
    '#define CONFIG_N 4',
    '#define CONFIG_OUT 0xdead000000000000',
    '#define CONFIG_S "a \\"b\\" #define X"',
    '#define CONFIG_WORDS "-Wx=5"',
  ]);
});

describe('version', () => {
  const makefile = 'VERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 0\nEXTRAVERSION = -rc7\nNAME = X\n';
  it('of a release candidate', () => {
    expect(versionHeader(readVersion(makefile))).toContain(`#define LINUX_VERSION_CODE ${7 * 65536 + 3 * 256}\n`);
    expect(utsreleaseHeader(readVersion(makefile))).toBe('#define UTS_RELEASE "7.3.0-rc7"\n');
  });
  it('caps the sublevel at 255', () => {
    expect(versionHeader({ version: 4, patchlevel: 9, sublevel: 337, extraversion: '' })).toContain(
      `#define LINUX_VERSION_CODE ${4 * 65536 + 9 * 256 + 255}\n`,
    );
  });
  it('refuses what is no kernel, and quotes nothing strange', () => {
    expect(() => readVersion('all:\n\techo\n')).toThrow(InputError);
    expect(readVersion(makefile.replace('-rc7', '"$(shell)')).extraversion).toBe('');
  });
});

it('timeconst.h has the values that real kernels with HZ=250 and HZ=100 were built with', () => {
  const header = timeconstHeader(250);
  for (const line of [
    'HZ_TO_MSEC_MUL32 U64_C(0x80000000)',
    'HZ_TO_MSEC_ADJ32 U64_C(0x0)',
    'HZ_TO_MSEC_SHR32 29',
    'MSEC_TO_HZ_MUL32 U64_C(0x80000000)',
    'MSEC_TO_HZ_ADJ32 U64_C(0x180000000)',
    'MSEC_TO_HZ_SHR32 33',
    'HZ_TO_MSEC_NUM 4',
    'HZ_TO_MSEC_DEN 1',
    'HZ_TO_USEC_MUL32 U64_C(0xFA000000)',
    'HZ_TO_USEC_SHR32 20',
    'USEC_TO_HZ_MUL32 U64_C(0x83126E98)',
    'USEC_TO_HZ_ADJ32 U64_C(0x7FF7CED9168)',
    'USEC_TO_HZ_SHR32 43',
    'HZ_TO_NSEC_NUM 4000000',
  ])
    expect(header).toContain(`#define ${line}\n`);
  expect(timeconstHeader(100)).toContain('#define MSEC_TO_HZ_MUL32 U64_C(0xCCCCCCCD)\n');
  expect(() => timeconstHeader(Number.NaN)).toThrow();
});

describe('constants from assembly text', () => {
  const unit = OFFSET_UNITS[0];
  if (unit === undefined) throw new Error('no units');
  it('reads the markers, with or without the sign of an immediate', () => {
    const assembly =
      '\t.ascii\t"->NR_PAGEFLAGS 22 __NR_PAGEFLAGS"\n.ascii "->"\n->SPINLOCK_SIZE $4 sizeof(spinlock_t)\n->MINUS #-1 x\n';
    expect(offsetsHeader(assembly, unit)).toBe(
      '#ifndef __LINUX_BOUNDS_H__\n#define __LINUX_BOUNDS_H__\n#define NR_PAGEFLAGS 22\n#define SPINLOCK_SIZE 4\n#define MINUS -1\n#endif\n',
    );
  });
  it('nothing found is a failure of the unit', () => {
    expect(() => offsetsHeader('nothing', unit)).toThrow(OffsetUnitError);
  });
});

it('wrappers stand for generic headers that exist', async () => {
  const files = {
    'include/asm-generic/Kbuild': 'mandatory-y += a.h\nmandatory-y += vdso/clocksource.h gone.h\n',
    'include/asm-generic/a.h': '',
    'include/asm-generic/extra.h': '',
    'include/asm-generic/notes.txt': '',
    'include/asm-generic/vdso/clocksource.h': '',
    'include/uapi/asm-generic/Kbuild': 'mandatory-y += types.h\n',
    'include/uapi/asm-generic/types.h': '',
  };
  expect(Object.fromEntries(await genericWrappers(readerOf(files)))).toEqual({
    'asm/a.h': '#include <asm-generic/a.h>\n',
    'asm/extra.h': '#include <asm-generic/extra.h>\n',
    'asm/vdso/clocksource.h': '#include <asm-generic/vdso/clocksource.h>\n',
    'generated/uapi/asm/types.h': '#include <asm-generic/types.h>\n',
  });
  expect(mandatory('mandatory-y += ../x.h a>b.h c.h\n')).toEqual(['c.h']);
});

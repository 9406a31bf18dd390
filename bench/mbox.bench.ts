// SPDX-License-Identifier: GPL-2.0-or-later
// How fast a large mbox becomes series, and in how much memory. Writes an mbox of our own making (default 200 MB, or
// the first argument in MB), plain and gzipped, into a temporary folder; reads each in a fresh process on one core;
// prints seconds and peak resident memory (run from the sources, Node's type stripping is about 45 MB of it). Beside it
// Python's mailbox and email doing no more than the same, and b4 on one thread, where they are installed.
// Run: node bench/mbox.bench.ts [MB]
import { spawnSync } from 'node:child_process';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { keepYoungSpaceSmall } from '../src/cli/memory.ts';
import { assembleSeries, chooseSeries } from '../src/series/index.ts';
import { openSource } from '../src/sources/index.ts';

/** Deterministic numbers below 2^32. */
let state = 1;
function next(below: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state % below;
}

/** Header lines of a size that list mail has: about 5 KB. */
function header(id: string, subject: string, references: string[], time: number, more: string): string {
  const hops = Array.from(
    { length: 8 },
    (_, n) =>
      `Received: from hop${n}.example.org (hop${n}.example.org [192.0.2.${n}])\n\tby hop${n + 1}.example.org with ESMTPS id ${next(1e9)}\n\tfor <list@example.org>; Fri, 20 Nov 2026 11:00:00 +0000\nARC-Seal: i=${n}; a=rsa-sha256; d=example.org; s=arc;\n\tb=${Array.from({ length: 6 }, () => next(2 ** 32).toString(36)).join('')}${'x'.repeat(250)}\n`,
  ).join('');
  return `${hops}From: Author ${next(50)} <a@example.org>\nTo: list@example.org\nSubject: ${subject}\nDate: ${new Date(time).toUTCString().replace('GMT', '+0000')}\nMessage-ID: <${id}@example.org>\n${references.length > 0 ? `In-Reply-To: <${references.at(-1)}@example.org>\nReferences: ${references.map((ref) => `<${ref}@example.org>`).join('\n\t')}\n` : ''}${more}\n`;
}

const code = (n: number) =>
  Array.from(
    { length: n },
    () => ` \tif (folio_test_${next(1e6).toString(36)}(folio) && vma->vm_${next(1e4)} == addr)\n`,
  );

function patch(): string {
  const lines = code(40 + next(120)).map((line) => (next(3) === 0 ? `+${line.slice(1)}` : line));
  const added = lines.filter((line) => line.startsWith('+')).length;
  return `words\n\nSigned-off-by: A <a@example.org>\n---\n mm/rmap.c | 9 +\n\ndiff --git a/mm/rmap.c b/mm/rmap.c\nindex 1111111..2222222 100644\n--- a/mm/rmap.c\n+++ b/mm/rmap.c\n@@ -1,${lines.length - added} +1,${lines.length} @@\n${lines.join('')}-- \n2.47.3\n`;
}

/** One thread: cover letter, patches, answers; some in base64, quoted-printable or signed, as on the lists. */
function thread(n: number): string[] {
  const mails: string[] = [];
  const time = Date.UTC(2026, 0, 1) + n * 600_000;
  const total = 1 + next(12);
  const push = (id: string, subject: string, refs: string[], body: string) => {
    const kind = next(12);
    const type = 'MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: ';
    const text =
      kind === 0
        ? `${header(id, subject, refs, time, `${type}base64\n`)}${Buffer.from(body).toString('base64').replace(/.{76}/g, '$&\n')}\n`
        : kind < 3
          ? `${header(id, subject, refs, time, `${type}quoted-printable\n`)}${body.replace(/=/g, '=3D').replace(/ $/gm, '=20')}`
          : kind === 11
            ? `${header(id, subject, refs, time, 'MIME-Version: 1.0\nContent-Type: multipart/signed; boundary="b"\n')}--b\nContent-Type: text/plain; charset=utf-8\n\n${body}\n--b\nContent-Type: application/pgp-signature\n\nsignature\n--b--\n`
            : header(id, subject, refs, time, kind < 7 ? `${type}8bit\n` : '') + body;
    mails.push(`From mboxrd@z Thu Jan  1 00:00:00 1970\n${text.replace(/^(>*From )/gm, '>$1')}\n`);
  };
  push(`${n}-0`, `[PATCH v2 0/${total}] mm: series ${n}`, [], 'cover\n'.repeat(20));
  for (let k = 1; k <= total; k++) {
    push(`${n}-${k}`, `[PATCH v2 ${k}/${total}] mm: series ${n}, part ${k}`, [`${n}-0`], patch());
    for (let r = 0; r < next(4); r++) {
      const quoted = code(30).map((line) => `> ${line}`);
      push(
        `${n}-${k}-${r}`,
        `Re: [PATCH v2 ${k}/${total}] mm`,
        [`${n}-0`, `${n}-${k}`],
        `${quoted.join('')}\nReviewed-by: R${r} <r${r}@example.org>\n`,
      );
    }
  }
  return mails;
}

async function write(folder: string, megabytes: number): Promise<string[]> {
  const files = ['plain.mbox', 'packed.mbox.gz'].map((name) => join(folder, name));
  const plain = createWriteStream(files[0] ?? '');
  const gzip = createGzip();
  const packed = gzip.pipe(createWriteStream(files[1] ?? ''));
  let written = 0;
  for (let n = 0; written < megabytes * 1e6; n++) {
    for (const mail of thread(n)) {
      const bytes = Buffer.from(mail);
      written += bytes.length;
      if (!plain.write(bytes)) await new Promise<void>((resolve) => plain.once('drain', resolve));
      if (!gzip.write(bytes)) await new Promise<void>((resolve) => gzip.once('drain', resolve));
    }
  }
  plain.end();
  gzip.end();
  await Promise.all([finished(plain), finished(packed)]);
  return files;
}

/** Every mail parsed, its text decoded, threads by References: what mailbox and email are made for. */
const PYTHON = `
import email.policy, mailbox, resource, sys, time
start = time.monotonic()
parent = {}
def find(x):
    while parent.setdefault(x, x) != x:
        parent[x] = parent[parent[x]]
        x = parent[x]
    return x
box = mailbox.mbox(sys.argv[1], factory=lambda f: email.message_from_binary_file(f, policy=email.policy.default), create=False)
mails = size = 0
for mail in box:
    own = mail["message-id"] or str(mails)
    for other in (mail["references"] or "").split():
        parent[find(other)] = find(own)
    find(own)
    mail["subject"], mail["from"], mail["date"]
    body = mail.get_body(preferencelist=("plain",))
    size += len(body.get_content()) if body else 0
    mails += 1
threads = len({find(x) for x in parent})
used = resource.getrusage(resource.RUSAGE_SELF)
peak = used.ru_maxrss / 1024
print(f"{time.monotonic() - start:.1f} s ({used.ru_utime + used.ru_stime:.1f} s of CPU time), peak {peak:.0f} MB; {threads} threads of {mails} mails, {size / 1e6:.0f} MB of text")
`;

/** Runs a command on one core, as far as this machine can; says how long it took, where it says nothing itself. */
function run(what: string, command: string, args: string[], env: Record<string, string> = {}, timed = false): void {
  const start = performance.now();
  const one = ['taskset', '-c', '0', command, ...args];
  const { status, error, stdout } = spawnSync(one[0] ?? '', one.slice(1), {
    env: { ...process.env, ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', timed ? 'ignore' : 'inherit'],
  });
  const seconds = ((performance.now() - start) / 1000).toFixed(2);
  if (error || status !== 0) console.log(`  ${what}: not measured (${error?.message ?? `exit code ${status}`})`);
  else console.log(`  ${what}: ${timed ? `${seconds} s with its start` : stdout.trim()}`);
}

/** One thread of twelve patches and its answers, by b4 and by us: whole processes. */
function compareThread(folder: string): void {
  const mails = Array.from({ length: 100 }, (_, n) => thread(n)).find((one) => /\[PATCH v2 0\/12\]/.test(one[0] ?? ''));
  const file = join(folder, 'thread.mbox');
  writeFileSync(file, mails?.join('') ?? '');
  writeFileSync(
    join(folder, '.gitconfig'),
    '[user]\n\tname = C\n\temail = c@example.org\n[b4]\n\tattestation-policy = off\n',
  );
  console.log(`one thread, ${mails?.length} mails, ${(statSync(file).size / 1e3).toFixed(0)} kB:`);
  run('rmapbot', process.execPath, [import.meta.filename, '--measure', file], {}, true);
  const b4 = ['--offline-mode', 'am', '-C', '-t', '-S', '--no-cover', '-m', file, '-o', folder, '-n', 'am'];
  run('b4', 'b4', b4, { HOME: folder, GIT_CONFIG_NOSYSTEM: '1' }, true);
}

/** Of this program alone: getrusage's figure begins with that of the process that started it. */
function peakKiB(): number {
  const own = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return own === undefined ? process.resourceUsage().maxRSS : Number(own);
}

async function measure(file: string): Promise<void> {
  keepYoungSpaceSmall(); // as the command does
  const start = performance.now();
  const assembly = await assembleSeries(openSource(file));
  const { chosen } = chooseSeries(assembly);
  const usable = chosen.patches.filter((one) => one.unusable === undefined).length;
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage();
  const megabytes = peakKiB() / 1024;
  const mails = assembly.series.reduce((sum, series) => sum + (series.messageIds?.length ?? 0), 0);
  console.log(
    `${seconds.toFixed(1)} s (${((user + system) / 1e6).toFixed(1)} s of CPU time), peak ${megabytes.toFixed(0)} MB; ${assembly.series.length} series of ${mails} mails; chosen: "${chosen.subject}" with ${usable} of ${chosen.expected} patches`,
  );
}

if (process.argv[2] === '--measure') await measure(process.argv[3] ?? '');
else {
  const folder = mkdtempSync(join(tmpdir(), 'mbox-bench-'));
  try {
    const [plain = '', packed = ''] = await write(folder, Number(process.argv[2] ?? 200));
    for (const file of [plain, packed]) {
      console.log(`${file.split('/').at(-1)}, ${(statSync(file).size / 1e6).toFixed(0)} MB:`);
      run('rmapbot', process.execPath, [import.meta.filename, '--measure', file]);
    }
    run('Python, plain.mbox', 'python3', ['-c', PYTHON, plain]);
    compareThread(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// SPDX-License-Identifier: GPL-2.0-or-later
// A public-inbox archive for tests: made by public-inbox itself (Debian's package), served by its own daemons on loopback.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PACKAGES = [
  'public-inbox',
  'libdbd-sqlite3-perl',
  'libplack-perl',
  'libsearch-xapian-perl',
  'libparse-recdescent-perl',
];
const GROUP = 'org.example.mm';

export interface TestArchive {
  /** The v2 repository. */
  folder: string;
  http: string;
  nntp: string;
  imap: string;
  /** Adds mails; the daemons see them. */
  add(mails: readonly string[]): Promise<void>;
  /** Ends the daemons and removes everything. */
  close(): void;
}

/** Whether a Debian package's command is there, installed if this machine lets us; says so loudly where not. */
export function haveCommand(command: string, packages: readonly string[]): boolean {
  return haveWorking(command, `command -v ${command}`, packages);
}

/** The same for what a line of shell tells. */
export function haveWorking(name: string, test: string, packages: readonly string[]): boolean {
  const there = () => spawnSync('sh', ['-c', test]).status === 0;
  if (there()) return true;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args: string[]) => spawnSync('apt-get', ['-qq', ...args], { env, timeout: 600_000 }).status === 0;
  const install = () => apt('install', '-y', '--no-install-recommends', ...packages);
  if (install() || (apt('update') && install())) if (there()) return true;
  console.error(`NOT TESTED: ${name} is not there and cannot be installed`);
  return false;
}

/** Whether git can send mail. */
export function haveSendEmail(): boolean {
  const test = 'test -x "$(git --exec-path)/git-send-email" && perl -MMail::Address -MNet::SMTP -e 1';
  return haveWorking('git send-email', test, ['git-email', 'libmailtools-perl']);
}

const READ = `
my ($file, @gone) = @ARGV;
my $ibx = PublicInbox::InboxWritable->new(PublicInbox::Config->new->lookup_name("mm"));
open my $in, "<", $file or die; my $all = do { local $/; <$in> };
my @mails = grep { length } split /^From mboxrd\\@z.*\\n/m, $all;
s/\\n\\n\\z/\\n/, s/^>(>*From )/$1/gm for @mails;`;

// public-inbox's own importer, one epoch for about every two mails; the mails named by their number are taken back.
const IMPORT = `
for (my $at = 0; $at < @mails; $at += 3) {
  my $v2 = $ibx->importer(0); $v2->{parallel} = 0; $v2->{rotate_bytes} = 1;
  $v2->add(PublicInbox::Eml->new($_)) or die "not added" for grep { defined } @mails[$at .. $at + 2];
  $v2->done;
}
my $v2 = $ibx->importer(0); $v2->{parallel} = 0;
$v2->remove(PublicInbox::Eml->new($mails[$_])) for @gone;
$v2->done;`;

const ADD = `
my $v2 = $ibx->importer(0); $v2->{parallel} = 0; $v2->{rotate_bytes} = 200_000;
$v2->add(PublicInbox::Eml->new($_)) for @mails;
$v2->done;`;

/**
 * Makes an archive of raw mails and serves it; `gone`: which of them to take back; `encoding`: of the texts. Undefined
 * without public-inbox.
 */
export async function openArchive(
  mails: readonly string[],
  gone: number[],
  encoding: BufferEncoding = 'utf8',
): Promise<TestArchive | undefined> {
  if (!haveCommand('public-inbox-httpd', PACKAGES)) return undefined;
  const home = mkdtempSync(join(tmpdir(), 'rmapbot-archive-'));
  const folder = join(home, 'inbox');
  const env = { ...process.env, HOME: home, PI_CONFIG: join(home, 'config') };
  const children: ChildProcess[] = [];
  const close = () => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(home, { recursive: true, force: true });
  };
  try {
    const init = ['-V2', '-L', 'full', '--ng', GROUP, 'mm', folder, 'http://127.0.0.1/mm', 'mm@example.org'];
    execFileSync('public-inbox-init', init, { env, stdio: 'ignore' });
    const put = async (text: readonly string[], program: string, ...more: string[]) => {
      const mbox = text.map(
        (mail) => `From mboxrd@z Thu Jan  1 00:00:00 1970\n${mail.replace(/^(>*From )/gm, '>$1')}\n`,
      );
      writeFileSync(join(home, 'in.mbox'), mbox.join(''), encoding);
      const modules = ['Config', 'InboxWritable', 'Eml'].map((name) => `-MPublicInbox::${name}`);
      const args = [...modules, '-e', program, join(home, 'in.mbox'), ...more];
      const child = spawn('perl', args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
      const [code] = await once(child, 'exit');
      if (code !== 0) throw new Error('public-inbox does not take the mails');
    };
    await put(mails, READ + IMPORT, ...gone.map(String));
    const serve = async (daemon: string) => {
      const port = await freePort();
      children.push(spawn(daemon, ['-W0', '-l', `127.0.0.1:${port}`], { env, stdio: 'ignore' }));
      await answering(port);
      return `127.0.0.1:${port}`;
    };
    const [http, nntp, imap] = await Promise.all(
      ['httpd', 'nntpd', 'imapd'].map((name) => serve(`public-inbox-${name}`)),
    );
    return {
      folder,
      http: `http://${http}/mm/`,
      nntp: `nntp://${nntp}/${GROUP}`,
      imap: `imap://${imap}/${GROUP}.0`,
      add: (more) => put(more, READ + ADD),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** Waits until something answers at a port. */
export async function answering(port: number): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const socket = connect(port, '127.0.0.1');
    const open = await new Promise<boolean>((resolve) =>
      socket.on('connect', () => resolve(true)).on('error', () => resolve(false)),
    );
    socket.destroy();
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nothing answers at port ${port}`);
}

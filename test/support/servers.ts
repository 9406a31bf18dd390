// SPDX-License-Identifier: GPL-2.0-or-later
// Real mail servers on loopback, each with a folder of its own and no rights beyond it: exim4 takes mail into a Maildir,
// dovecot serves one over IMAP. Debian's packages.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answering, freePort, haveCommand } from '../sources/archive.ts';

export interface TestServer {
  port: number;
  /** Where the mails are. */
  maildir: string;
  /** The certificate to trust. */
  certificate: string;
  /** What it said while it ran. */
  log: string;
  close(): void;
}

/** Servers that refuse to be root run as nobody where the tests run as root. */
const NOBODY = 65_534;
const root = process.getuid?.() === 0;
const user = root ? NOBODY : (process.getuid?.() ?? NOBODY);
const group = root ? NOBODY : (process.getgid?.() ?? NOBODY);

function home(name: string): { folder: string; maildir: string; certificate: string } {
  const folder = mkdtempSync(join(tmpdir(), `rmapbot-${name}-`));
  const maildir = join(folder, 'Maildir');
  for (const path of [maildir, ...['cur', 'new', 'tmp'].map((sub) => join(maildir, sub)), join(folder, 'run')]) {
    mkdirSync(path);
    chmodSync(path, 0o777);
  }
  chmodSync(folder, 0o755);
  const certificate = join(folder, 'cert.pem');
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-keyout', join(folder, 'key.pem')];
  execFileSync('openssl', ['req', '-x509', ...key, '-out', certificate, '-days', '2', '-nodes', ...subject], {
    stdio: 'ignore',
  });
  if (root)
    for (const path of [folder, maildir, join(folder, 'run'), join(folder, 'key.pem')]) chownSync(path, user, group);
  return { folder, maildir, certificate };
}

async function serve(
  command: string,
  args: string[],
  at: { folder: string; maildir: string; certificate: string; port: number },
): Promise<TestServer> {
  const as = root ? { uid: user, gid: group } : {};
  const log = join(at.folder, 'output');
  const output = openSync(log, 'w');
  const child: ChildProcess = spawn(command, args, { ...as, cwd: at.folder, stdio: ['ignore', output, output] });
  closeSync(output);
  const failed = once(child, 'exit').then(() => {
    throw new Error(`${command} has ended`);
  });
  failed.catch(() => {});
  await Promise.race([answering(at.port), failed]);
  return {
    ...at,
    log,
    close: () => {
      child.kill('SIGTERM');
      rmSync(at.folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** An SMTP server that takes everything, with STARTTLS, and AUTH as user "bot" with "secret". Undefined without exim4. */
export async function startSmtp(): Promise<TestServer | undefined> {
  if (!haveCommand('exim4', ['exim4-daemon-light']) || !haveCommand('openssl', ['openssl'])) return undefined;
  const at = { ...home('exim'), port: await freePort() };
  const { folder } = at;
  writeFileSync(
    join(folder, 'conf'),
    `primary_hostname = mail.example.org
spool_directory = ${folder}/run
log_file_path = ${folder}/log-%s
pid_file_path = ${folder}/pid
exim_user = ${user}
exim_group = ${group}
never_users =
local_interfaces = 127.0.0.1
daemon_smtp_ports = ${at.port}
keep_environment =
tls_advertise_hosts = *
tls_certificate = ${at.certificate}
tls_privatekey = ${folder}/key.pem
acl_smtp_rcpt = take
message_size_limit = 60M
smtp_accept_max = 100
smtp_accept_queue_per_connection = 0
recipients_max = 100
begin acl
take:
  deny local_parts = nobody
  defer local_parts = later
  accept
begin routers
sink:
  driver = accept
  transport = maildir
begin transports
maildir:
  driver = appendfile
  directory = ${at.maildir}
  maildir_format
  batch_max = 1000
  user = ${user}
  group = ${group}
  return_path_add
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = \${if and{{eq{$auth2}{bot}}{eq{$auth3}{secret}}}}
  server_set_id = $auth2
`,
  );
  return serve('exim4', ['-C', join(folder, 'conf'), '-bdf'], at);
}

/** An IMAP server; INBOX is the Maildir, any user with the password "secret". Undefined without dovecot. */
export async function startImap(): Promise<TestServer | undefined> {
  if (!haveCommand('dovecot', ['dovecot-imapd']) || !haveCommand('openssl', ['openssl'])) return undefined;
  const at = { ...home('dovecot'), port: await freePort() };
  const { folder } = at;
  const name = execFileSync('id', ['-un', `${user}`], { encoding: 'utf8' }).trim();
  const groupName = execFileSync('id', ['-gn', name], { encoding: 'utf8' }).trim();
  writeFileSync(
    join(folder, 'conf'),
    `base_dir = ${folder}/run
state_dir = ${folder}/run
log_path = ${folder}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = ${name}
default_internal_group = ${groupName}
default_login_user = ${name}
mail_location = maildir:${at.maildir}
mail_max_userip_connections = 100
first_valid_uid = 1
auth_mechanisms = plain
maildir_very_dirty_syncs = no
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = uid=${user} gid=${group} home=${folder}
}
service imap-login {
  chroot =
  inet_listener imap {
    port = ${at.port}
  }
  inet_listener imaps {
    port = 0
  }
}
service anvil {
  chroot =
}
service stats {
  chroot =
}
`,
  );
  return serve('dovecot', ['-F', '-c', join(folder, 'conf')], at);
}

let delivered = 0;

/** Delivers a mail into a Maildir as a mail server does: whole, by a rename. */
export function deliver(maildir: string, raw: string | Buffer): string {
  const name = `${Math.floor(Date.now() / 1000)}.M${String(++delivered).padStart(6, '0')}P${process.pid}.example`;
  writeFileSync(join(maildir, 'tmp', name), raw);
  if (root) chownSync(join(maildir, 'tmp', name), user, group);
  renameSync(join(maildir, 'tmp', name), join(maildir, 'new', name));
  return name;
}

// SPDX-License-Identifier: GPL-2.0-or-later
// Commands by reply, one after the other: whose series, whether the writer may, and the answer.
import { commandReplyId, composeNote } from '../delivery/index.ts';
import { InputError } from '../errors.ts';
import { cleanLine } from '../report/sanitise.ts';
import { matches } from '../semantics/glob.ts';
import { answer, answered, fate, replyPolicy, writeDry } from './answer.ts';
import { seriesOf } from './assemble.ts';
import type { Command } from './commands.ts';
import { ATTEMPTS_MAX, COMMAND_WAIT_MS, COMMANDS_MAX, RETRY_MS, TICK_MS } from './limits.ts';
import { listNamed, type State } from './state.ts';
import { STOPPED } from './supersede.ts';
import { OPEN, type StoredTask } from './tasks.ts';
import type { ListConfig } from './values.ts';
import { said, wishOf } from './work.ts';

/** Answers the oldest command that is due; false where none is. */
export async function obeyOnce(state: State): Promise<boolean> {
  const now = Date.now();
  const [command] = state.commands.due(now, 1);
  if (!command) return false;
  const { commands } = state;
  const task = taskOf(state, command);
  if (!task) {
    if (now - command.arrived > COMMAND_WAIT_MS) commands.set(command.id, 'refused', { reason: 'answers no series' });
    else commands.set(command.id, 'new', { due: now + TICK_MS });
    return true;
  }
  const list = listNamed(state, task.list);
  const refusal = list ? refused(state, command, task, list) : 'its list is not in the configuration';
  if (!list || refusal !== undefined) {
    commands.set(command.id, 'refused', { reason: refusal ?? '', task: task.key });
    said(state, task, `a command of ${command.content.asked.from.address} is passed over: ${refusal}`);
    return true;
  }
  const attempts = command.attempts + 1;
  commands.set(command.id, 'running', { task: task.key, attempts });
  try {
    const { reply, reason } = await carryOut(state, command, task, list);
    commands.set(command.id, 'done', { reply, reason });
    said(state, task, `${command.content.request.lines.join(', ')}: ${reason}`);
  } catch (error) {
    const why = cleanLine(error instanceof Error ? error.message : String(error), 300);
    commands.set(command.id, 'new', { reason: why, due: now + attempts * RETRY_MS });
    said(state, task, `a command failed: our own failure: ${why}`);
  }
  return true;
}

/** The series that the command's mail answers: its own mails, or ours about it. */
function taskOf({ tasks, commands }: State, { content }: Command): StoredTask | undefined {
  for (const id of content.asked.references.toReversed()) {
    const [own] = tasks.of([id]);
    if (own) return own;
    const answered = tasks.answeredBy(id);
    if (answered) return answered;
    const earlier = commands.answeredBy(id);
    if (earlier) return tasks.get(earlier);
  }
  return undefined;
}

function refused({ commands }: State, command: Command, task: StoredTask, list: ListConfig): string | undefined {
  const address = command.content.asked.from.address.toLowerCase();
  const may =
    (list.commands.author && address === task.author) || list.commands.from.some((glob) => matches(address, glob));
  if (!may) return 'the writer may give none';
  if (commands.ofTask(task.key) >= COMMANDS_MAX) return `there were ${COMMANDS_MAX} about this series`;
  if (command.attempts >= ATTEMPTS_MAX) return command.reason || 'it ended the process each time';
  return undefined;
}

async function carryOut(
  state: State,
  { content: { asked, request } }: Command,
  task: StoredTask,
  list: ListConfig,
): Promise<{ reply: string; reason: string }> {
  const found = await seriesOf(state, task);
  if (!found) return { reply: '', reason: 'the mails of the series are gone' };
  const note = async (...paragraphs: string[]) => {
    const policy = replyPolicy(state, list);
    const mail = await composeNote(paragraphs, answered(found), policy, { asked });
    if (list.answer.mode === 'dry-run')
      return { reply: mail.messageId, reason: `dry run: ${await writeDry(state, mail)}` };
    const { messageId: id, recipients, raw } = mail;
    const entry = { id, subject: asked.subject, verdict: 'note', sender: policy.from.address, recipients, raw };
    const { approved = false } = fate(task, list, found.series, asked);
    state.outbox.add({ ...entry, signatures: [], list: list.name, approved });
    return { reply: id, reason: `outbox: ${list.answer.mode}` };
  };
  if (request.stop) {
    stop(state, task);
    return note('No more mails about this series will be sent, nor about later versions of it.');
  }
  if (request.unknown.length > 0) {
    return note(
      'This is no command of mine. I know "rerun", "scenario NAME" (a name or a glob of such names) and "base REV" (a revision of the tree), which may stand together, and "stop".',
    );
  }
  const { base, scenario } = request;
  const { archive } = wishOf(list);
  const reply = commandReplyId(asked.messageId, state.config.bot);
  const wish = {
    list: list.name,
    asked: asked.messageId,
    ...(archive === undefined ? {} : { archive }),
    ...(base === undefined ? {} : { base }),
    ...(scenario === undefined ? {} : { scenarios: scenario }),
  };
  try {
    const review = await state.ports.review({ series: found.series, assembly: found.assembly, ...wish });
    const result = await answer(state, { task, list, review, found, asked });
    return { reply, reason: `${review.verdict}; ${result.reason}` };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return note(`That could not be done: ${cleanLine(error.message, 300)}.`);
  }
}

/** Nothing more about the series; what waits in the outbox is dropped. */
function stop(state: State, { key, reply }: StoredTask): void {
  const task = state.tasks.get(key);
  const open = OPEN.includes(task.state);
  state.tasks.move(key, [task.state], open ? 'skipped' : task.state, {
    stopped: true,
    ...(open ? { reason: STOPPED } : {}),
  });
  if (reply !== '') state.outbox.withdraw(reply, STOPPED);
}

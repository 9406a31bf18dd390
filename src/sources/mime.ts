// SPDX-License-Identifier: GPL-2.0-or-later
// One raw mail -> Message. MIME is mailparser's job; a single plain text part, most of what the lists carry, is read
// directly (plain.ts).
import type { ParsedMail, SimpleParserOptions } from 'mailparser';
import type { Message } from '../series/values.ts';
import { contentId } from './content-id.ts';
import { dateOf, type Header, messageIdOf, oneLine, readHeader, referencesOf } from './header.ts';
import { MAX_HEADER_BYTES, MAX_MIME_BYTES, MAX_PARTS } from './limits.ts';
import { type Parts, plainParts } from './plain.ts';

/** Part types and file names that hold a patch. */
const PATCH_TYPE = /^(text|application)\/(x-)?(patch|diff)$/i;
const PATCH_NAME = /\.(patch|diff)$/i;

/** Why a message cannot be read. */
export interface Skipped {
  skipped: string;
}

/** Parses one message; `skipped` tells why where that cannot be done within the limits. */
export async function parseMessage(raw: Buffer): Promise<Message | Skipped> {
  const header = readHeader(raw);
  if (header === undefined) return { skipped: 'has no header' };
  if (header.size > MAX_HEADER_BYTES) return { skipped: `has a header of ${header.size} bytes` };
  const parts = plainParts(raw, header) ?? (await mimeParts(raw, header));
  if ('skipped' in parts) return parts;
  const { fields } = header;
  const date = dateOf(fields.get('date'));
  const message: Message = {
    messageId: '',
    references: referencesOf(fields),
    subject: oneLine(parts.subject),
    from: { name: oneLine(parts.from.name), address: oneLine(parts.from.address) },
    body: parts.body,
    flowed: parts.flowed,
  };
  if (date !== undefined) message.date = date;
  message.messageId = messageIdOf(fields.get('message-id')) ?? contentId(message);
  return message;
}

async function mimeParts(raw: Buffer, header: Header): Promise<Parts | Skipped> {
  if (raw.length > MAX_MIME_BYTES) return { skipped: `is MIME of more than ${MAX_MIME_BYTES} bytes (${raw.length})` };
  // Loaded when first needed: half of the memory of a small run.
  const { simpleParser } = await import('mailparser');
  let mail: ParsedMail;
  try {
    mail = await simpleParser(raw, {
      skipHtmlToText: true,
      skipTextToHtml: true,
      skipTextLinks: true,
      skipImageLinks: true,
      maxHeadSize: MAX_HEADER_BYTES,
      maxChildNodes: MAX_PARTS,
    } as SimpleParserOptions);
  } catch (error) {
    return { skipped: `is no readable MIME (${oneLine(error instanceof Error ? error.message : String(error))})` };
  }
  const pieces = [mail.text ?? ''];
  for (const attachment of mail.attachments) {
    if (PATCH_TYPE.test(attachment.contentType) || PATCH_NAME.test(attachment.filename ?? '')) {
      pieces.push(attachment.content.toString('utf8').replace(/\r\n/g, '\n'));
    }
  }
  const from = mail.from?.value[0];
  return {
    subject: mail.subject ?? '',
    from: { name: from?.name ?? '', address: from?.address ?? '' },
    body: pieces.reduce((body, piece) => (body === '' || body.endsWith('\n') ? body : `${body}\n`) + piece),
    flowed: isFlowed(raw, header),
  };
}

/** Whether the mail, or a text part of it, is declared format=flowed. */
function isFlowed(raw: Buffer, { fields }: Header): boolean {
  const type = fields.get('content-type') ?? '';
  if (/^text\/plain\b/i.test(type)) return /format\s*=\s*"?flowed/i.test(type);
  if (!/^multipart\//i.test(type)) return false;
  return /^content-type:[ \t]*text\/plain\b[^\n]*(\n[ \t][^\n]*){0,8}?format\s*=\s*"?flowed/im.test(
    raw.toString('latin1'),
  );
}

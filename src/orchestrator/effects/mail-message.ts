import MailComposer from 'nodemailer/lib/mail-composer';
import { encodeWord } from 'nodemailer/lib/mime-funcs';
import { z } from 'zod';
import type { Company } from '../../agents/company.ts';

const wellFormed = (text: string): boolean => text.isWellFormed();

/** Angle brackets, printable ASCII, no white space: it cannot leave its header. */
const messageIdSchema = z
  .string()
  .max(300)
  .regex(/^<[\x21-\x3b\x3d\x3f-\x7e]+>$/, 'a message id such as <name@example.org>');

/** A mail to one recipient, as it is proposed, shown, edited and sent. Text that could leave its header is refused (I8). */
export const mailRequest = z.strictObject({
  to: z.email('an address such as name@example.org').max(254).meta({ title: 'To' }),
  subject: z
    .string()
    .max(200)
    .regex(/\S/, 'a mail needs a subject')
    .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, 'one line without control characters')
    .refine(wellFormed, 'valid Unicode')
    .meta({ title: 'Subject' }),
  text: z
    .string()
    .max(20_000)
    .regex(/\S/, 'a mail needs a text')
    .regex(/^[\t\n\r\x20-\x7e\x80-\u{10ffff}]*$/u, 'no control characters')
    .refine(wellFormed, 'valid Unicode')
    .meta({ title: 'Text', multiline: true }),
  /** Message-ID of the mail it answers, or null. */
  inReplyTo: messageIdSchema.nullable().meta({ readOnly: true }),
  /** Message-IDs of the thread, oldest first. */
  references: z.array(messageIdSchema).max(50).meta({ readOnly: true }),
});
export type MailRequest = z.infer<typeof mailRequest>;

export type Sender = Company['sender'];

export interface ComposedMail {
  readonly messageId: string;
  readonly envelope: { readonly from: string; readonly to: string };
  /** The whole message, CRLF line ends (RFC 5322). */
  readonly bytes: Buffer;
}

/** Enough of a footprint (128 bits) to name a mail by. */
export const mailMark = (footprint: string): string => {
  if (!/^[0-9a-f]{64}$/.test(footprint)) throw new TypeError('A footprint is 64 hexadecimal digits.');
  return footprint.slice(0, 32);
};

/** Stable: the same effect has the same Message-ID, whichever way it takes. */
export const messageIdOf = (footprint: string, { email }: Sender): string => `<${mailMark(footprint)}@${email.slice(email.lastIndexOf('@') + 1)}>`;

const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
// Text that only looks like an encoded word (RFC 2047) must arrive as it was approved, not decoded.
const literal = (text: string): string => (text.includes('=?') ? encodeWord(text, 'Q', 52) : text);

/**
 * The bytes of a mail; the same footprint and time give the same bytes. No Auto-Submitted header:
 * a person stands behind it, by a countersignature or by a policy of their own.
 * @param at ms since 1970, for the Date header
 */
export async function composeMail(request: MailRequest, sender: Sender, footprint: string, at: number): Promise<ComposedMail> {
  const messageId = messageIdOf(footprint, sender);
  const { to, subject, text, inReplyTo, references } = request;
  const thread = [...new Set([...references, ...(inReplyTo === null ? [] : [inReplyTo])])];

  const bytes = await new MailComposer({
    from: { name: literal(oneLine(sender.name)), address: sender.email },
    to: { name: '', address: to },
    subject: literal(subject),
    text: { content: text, contentTransferEncoding: 'quoted-printable', contentType: 'text/plain; charset=utf-8' },
    messageId,
    date: new Date(at),
    ...(inReplyTo === null ? {} : { inReplyTo }),
    ...(thread.length === 0 ? {} : { references: thread }),
    headers: { 'List-Unsubscribe': `<mailto:${encodeURIComponent(sender.email).replace('%40', '@')}?subject=unsubscribe>` },
    newline: '\r\n',
    disableFileAccess: true,
    disableUrlAccess: true,
  })
    .compile()
    .build();
  return { messageId, envelope: { from: sender.email, to }, bytes };
}

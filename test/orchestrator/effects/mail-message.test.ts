import { simpleParser } from 'mailparser';
import { describe, expect, test } from 'vitest';
import { composeMail, type MailRequest, mailRequest } from '../../../src/orchestrator/effects/mail-message.ts';
import { FOOTPRINT, mail, NOW, sender } from './given.ts';

const read = async (request: MailRequest, from = sender) => {
  const { bytes } = await composeMail(request, from, FOOTPRINT, NOW);
  return { raw: bytes.toString('latin1'), mail: await simpleParser(bytes) };
};
/** Names of the header lines as a mail server sees them. */
const headerNames = (raw: string): string[] =>
  (raw.split('\r\n\r\n')[0] ?? '')
    .split('\r\n')
    .filter((line) => !/^[ \t]/.test(line))
    .map((line) => line.split(':')[0] ?? '')
    .sort();
const USUAL = ['Content-Transfer-Encoding', 'Content-Type', 'Date', 'From', 'List-Unsubscribe', 'MIME-Version', 'Message-ID', 'Subject', 'To'];

describe('a composed mail', () => {
  test('arrives as it was approved', async () => {
    const text = `Grüße → 😀\n.\n.dot first\nFrom me\n  trailing  \n${'x'.repeat(2000)}\n`;
    const request = mail({
      subject: `Re: Ihr Gruß, 明日 ${'y'.repeat(150)}`,
      text,
      inReplyTo: '<2@example.org>',
      references: ['<1@example.org>', '<2@example.org>'],
    });
    const { raw, mail: arrived } = await read(request);

    expect(arrived.subject).toBe(request.subject);
    expect(arrived.text).toBe(text);
    expect(arrived.from?.value).toEqual([{ name: 'Grace', address: 'grace@firm.example' }]);
    expect(arrived.to).toMatchObject({ value: [{ name: '', address: 'ada@example.org' }] });
    expect(arrived.date).toEqual(new Date('2026-03-02T09:00:30.000Z'));
    expect(arrived.inReplyTo).toBe('<2@example.org>');
    expect(arrived.references).toEqual(['<1@example.org>', '<2@example.org>']);
    expect(raw).toContain('List-Unsubscribe: <mailto:grace@firm.example?subject=unsubscribe>\r\n');
    expect(headerNames(raw)).toEqual([...USUAL, 'In-Reply-To', 'References'].sort());
    // RFC 5322, 2.1.1
    expect(Math.max(...raw.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998);
  });

  test('has its Message-ID from the footprint, and the same bytes each time', async () => {
    const once = await composeMail(mail(), sender, FOOTPRINT, NOW);
    const again = await composeMail(mail(), sender, FOOTPRINT, NOW);
    expect(once.messageId).toBe(`<${FOOTPRINT.slice(0, 32)}@firm.example>`);
    expect(again).toEqual(once);
    expect((await simpleParser(once.bytes)).messageId).toBe(once.messageId);
  });
});

describe('a mail that would leave its headers (I8)', () => {
  const BREAKS = [
    ['CRLF', '\r\n'],
    ['LF', '\n'],
    ['CR', '\r'],
    ['NUL', '\0'],
    ['vertical tab', '\v'],
    ['NEL', '\u0085'],
    ['line separator', '\u2028'],
    ['paragraph separator', '\u2029'],
  ] as const;

  test.each(BREAKS)('%s is refused in every header field', (_name, end) => {
    const injected = `${end}Bcc: eve@example.org`;
    expect(mailRequest.safeParse(mail({ subject: `Hi${injected}` })).success).toBe(false);
    expect(mailRequest.safeParse(mail({ to: `ada@example.org${injected}` })).success).toBe(false);
    expect(mailRequest.safeParse(mail({ inReplyTo: `<a@b>${injected}` })).success).toBe(false);
    expect(mailRequest.safeParse(mail({ inReplyTo: `<a@b${injected}>` })).success).toBe(false);
    expect(mailRequest.safeParse(mail({ references: ['<a@b>', `<c@d${injected}>`] })).success).toBe(false);
  });

  test.each([
    'ada@example.org, eve@example.org',
    'ada@example.org;eve@example.org',
    'Ada <ada@example.org>',
    '"ada@example.org" <eve@example.org>',
    '"a\\"b"@example.org',
    'ada@example.org>',
    '<ada@example.org',
    'ada@[127.0.0.1]',
    'ada@example.org@evil.example',
    'ada(comment)@example.org',
    '=?utf-8?q?eve?=@example.org',
    'group:ada@example.org;',
    '',
    ' ',
  ])('%j is no recipient', (to) => {
    expect(mailRequest.safeParse(mail({ to })).success).toBe(false);
  });

  test('lone surrogates, a bell in the text, and nothing to say are refused', () => {
    for (const part of [
      { subject: 'a\ud800' },
      { text: 'a\udc00b' },
      { text: 'a\u0007' },
      { subject: ' ' },
      { text: '\n' },
      { subject: 'x'.repeat(201) },
      { text: 'x'.repeat(20_001) },
    ]) {
      expect(mailRequest.safeParse(mail(part)).success).toBe(false);
    }
  });

  test.each([
    '=?utf-8?Q?Hi=0D=0ABcc:_eve@example.org?=',
    '=?utf-8?B?SGkNCkJjYzogZXZlQGV4YW1wbGUub3Jn?=',
    'a =?utf-8?q?b?= =?utf-8?q?c?= d',
    '=?broken',
    '"quoted"; name=x',
    'Bcc: eve@example.org',
  ])('a subject that looks like markup arrives as it was shown: %s', async (subject) => {
    const { raw, mail: arrived } = await read(mailRequest.parse(mail({ subject })));
    expect(arrived.subject).toBe(subject);
    expect(headerNames(raw)).toEqual(USUAL);
  });

  test('a text cannot begin another part, nor a header', async () => {
    const text = 'Content-Type: text/html\n\n--x\nBcc: eve@example.org\r\n\r\n<script>alert(1)</script>\n';
    const { raw, mail: arrived } = await read(mailRequest.parse(mail({ text })));
    expect(headerNames(raw)).toEqual(USUAL);
    expect(arrived.html).toBe(false);
    expect(arrived.attachments).toEqual([]);
  });

  test.each([
    'Eve" <eve@evil.example>, "Bob',
    'Grace\r\nBcc: eve@evil.example',
    'Grace\u2028Bcc: eve@evil.example',
    '=?utf-8?Q?Grace=0D=0ABcc:_eve@evil.example?=',
    'eve@evil.example',
  ])("a sender's name stays a name: %j", async (name) => {
    const { raw, mail: arrived } = await read(mail(), { ...sender, name });
    expect(arrived.from?.value.map(({ address }) => address)).toEqual(['grace@firm.example']);
    expect(arrived.from?.value[0]?.name).toBe(name.replace(/[\r\n\u2028]+/g, ' '));
    expect(headerNames(raw)).toEqual(USUAL);
  });
});

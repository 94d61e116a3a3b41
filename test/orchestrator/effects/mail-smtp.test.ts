import { createServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { createMailSmtp, sendTestMail } from '../../../src/orchestrator/effects/mail-smtp.ts';
import { parseSmtpUrl } from '../../../src/orchestrator/effects/smtp-url.ts';
import { type SmtpBehaviour, type SmtpTarget, startSmtpTarget } from '../../support/smtp-target.ts';
import { FOOTPRINT, mail, performance, sender } from './given.ts';

let target: SmtpTarget | null = null;
afterEach(async () => {
  await target?.close();
  target = null;
});
async function given(behaviour: SmtpBehaviour = {}, login = '') {
  target = await startSmtpTarget(behaviour);
  const smtp = createMailSmtp(`smtp://${login}127.0.0.1:${target.port}`, () => sender);
  return { target, smtp, send: (signal?: AbortSignal) => smtp.perform(mail(), performance(smtp.timeout, signal)) };
}

test('a mail arrives once, as approved, with its stable Message-ID', async () => {
  const { target, send } = await given();
  const receipt = await send();
  expect(receipt).toEqual({ via: 'smtp', messageId: `<${FOOTPRINT.slice(0, 32)}@firm.example>`, response: expect.stringContaining('taken') });
  expect(target.ledger).toHaveLength(1);
  expect(target.ledger[0]).toMatchObject({
    from: 'grace@firm.example',
    to: ['ada@example.org'],
    mail: { messageId: receipt.messageId, subject: 'Your question', text: mail().text },
  });
});

test('with a login', async () => {
  const { target, send } = await given({ login: { user: 'grace', pass: 'p@ss/word' } }, 'grace:p%40ss%2Fword@');
  await send();
  expect(target.ledger).toHaveLength(1);
});

test('the test mail takes the same way', async () => {
  const { target, smtp } = await given();
  await sendTestMail(smtp, 'grace@home.example', performance(smtp.timeout));
  expect(target.ledger[0]).toMatchObject({ to: ['grace@home.example'], mail: { subject: 'Countersign can send mail' } });
});

describe('what goes wrong, and whether the mail may have left (I4)', () => {
  const SURE: readonly (readonly [string, SmtpBehaviour, string, string])[] = [
    ['the address is unknown', { recipient: { code: 550, message: '5.1.1 no such user' } }, 'bounced', 'this address takes no mail: 550 5.1.1 no such user'],
    ["relaying is denied, which is not the address's fault", { recipient: { code: 550, message: '5.7.1 relaying denied' } }, 'bad-input', 'refuses the mail'],
    ['the address is greylisted', { recipient: { code: 450, message: '4.2.0 try again later' } }, 'api-error', 'does not take the mail now: 450 4.2.0'],
    ['the server is busy', { recipient: { code: 421, message: '4.3.2 too busy' } }, 'overloaded', 'closes the connection for now'],
    ['the text is refused', { text: { code: 554, message: '5.6.0 looks like spam' } }, 'bad-input', 'refuses the mail: 554 5.6.0'],
    ['the text is not taken now', { text: { code: 451, message: '4.3.0 disk full' } }, 'api-error', 'does not take the mail now: 451'],
    ['the connection is lost before the text', { recipient: 'hang-up' }, 'api-error', 'No connection to 127.0.0.1'],
  ];
  test.each(SURE)('%s: certain', async (_what, behaviour, failure, message) => {
    const { target, send } = await given(behaviour);
    await expect(send()).rejects.toMatchObject({ class: failure, certain: true, message: expect.stringContaining(message) });
    expect(target.ledger).toEqual([]);
  });

  test('the server takes the mail and hangs up: unknown', async () => {
    const { target, send } = await given({ text: 'take-and-hang-up' });
    await expect(send()).rejects.toMatchObject({ class: 'api-error', certain: false });
    expect(target.ledger).toHaveLength(1);
  });

  test('the server takes the mail and never answers: unknown at the deadline', async () => {
    const { target, send } = await given({ text: 'take-and-never-answer' });
    const deadline = new AbortController();
    const sending = send(deadline.signal);
    await target.taken();
    deadline.abort();
    await expect(sending).rejects.toMatchObject({ class: 'timeout', certain: false });
  });

  test('past the deadline nothing leaves', async () => {
    const { target, send } = await given();
    await expect(send(AbortSignal.abort())).rejects.toMatchObject({ class: 'timeout', certain: true });
    expect(target.ledger).toEqual([]);
  });

  test('nobody listens: certain', async () => {
    const { target, send } = await given();
    await target.close();
    await expect(send()).rejects.toMatchObject({ class: 'api-error', certain: true, message: expect.stringContaining('ECONNREFUSED') });
  });

  test('what answers is no mail server: certain', async () => {
    const web = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    const address = web.address();
    const smtp = createMailSmtp(`smtp://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`, () => sender);
    await expect(smtp.perform(mail(), performance(smtp.timeout))).rejects.toMatchObject({ certain: true });
    await new Promise((resolve) => web.close(resolve));
  });

  test('a wrong password is told with what to do, and never shown, though the server echoes it', async () => {
    const { send } = await given({ login: { user: 'grace', pass: 'right' } }, 'grace:s3cret-canary@');
    const error = await send().then(
      () => null,
      (refused: unknown) => refused,
    );
    expect(error).toMatchObject({ class: 'bad-input', certain: true, message: expect.stringContaining('refuses the login of grace') });
    expect(error).toMatchObject({ message: expect.stringContaining('app password') });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('s3cret-canary');
  });
});

describe('the address of the mail server', () => {
  test.each([
    ['smtp://mail.example.org', { name: 'mail.example.org:587', options: { secure: false, requireTLS: false } }],
    ['smtps://me:pw@mail.example.org', { name: 'mail.example.org:465', options: { secure: true } }],
    // A password never travels in the clear; to this machine itself it may.
    ['smtp://me:pw@mail.example.org', { options: { requireTLS: true }, auth: { user: 'me', pass: 'pw' } }],
    ['smtp://me:pw@127.0.0.1:1025', { options: { requireTLS: false, tls: { rejectUnauthorized: false } } }],
    ['smtp://me%40firm.example:p%25@[::1]:25', { name: '::1:25', auth: { user: 'me@firm.example', pass: 'p%' } }],
  ])('%s', (url, server) => {
    expect(parseSmtpUrl(url)).toMatchObject(server);
  });

  test.each([
    '',
    'mail.example.org',
    'https://me:canary@mail.example.org',
    'smtp://me:canary@',
    'smtp://me:canary@mail.example.org/?logger=true',
    'smtp://me:canary%@mail.example.org',
  ])('%j is refused without repeating it', (url) => {
    expect(() => parseSmtpUrl(url)).toThrow(/smtp:\/\/USER:PASSWORD@HOST:587/);
    expect(() => parseSmtpUrl(url)).not.toThrow(/canary/);
  });
});

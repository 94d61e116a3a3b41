import { Readable } from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Connector, Performance } from './action.ts';
import { composeMail, type MailRequest, type Sender } from './mail-message.ts';
import { toEffectError } from './smtp-errors.ts';
import { parseSmtpUrl, type SmtpServer } from './smtp-url.ts';

/** Long enough for a server that scans before it accepts (RFC 5321, 4.5.3.2.6 allows more). */
const TIMEOUT = 120_000;

/**
 * Hands mails to a mail server. Whether a mail left that was cut off after its text began to go
 * out, only a person can find out: SMTP has no idempotency key.
 * @param url see `parseSmtpUrl`
 * @throws CountersignError `BadSetting`
 */
export function createMailSmtp(url: string, sender: () => Sender): Connector<MailRequest> {
  const server = parseSmtpUrl(url);
  return {
    name: 'smtp',
    timeout: TIMEOUT,
    async perform(request, { footprint, deadline, signal }) {
      const { messageId, envelope, bytes } = await composeMail(request, sender(), footprint, deadline - TIMEOUT);
      const response = await transmit(server, envelope, bytes, signal);
      return { via: 'smtp', messageId, response: response.slice(0, 300) };
    },
    recovery: 'unknown',
  };
}

/** A mail to the person themselves, for `doctor --test-mail`: throws the same `EffectError` as a real one. */
export const sendTestMail = (smtp: Connector<MailRequest>, to: string, performance: Performance): ReturnType<Connector['perform']> =>
  smtp.perform(
    {
      to,
      subject: 'Countersign can send mail',
      text: 'This is the test mail you asked for. Mail from Countersign reaches you.\n',
      inReplyTo: null,
      references: [],
    },
    performance,
  );

/**
 * One mail over one connection. @returns what the server said when it took the mail.
 * @throws EffectError
 */
function transmit(server: SmtpServer, envelope: { from: string; to: string }, bytes: Buffer, signal: AbortSignal): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const connection = new SMTPConnection(server.options);
  let textStarted = false;
  // Read only once the server asked for the text: from then on it may have the mail.
  const text = new Readable({
    read() {
      textStarted = true;
      this.push(bytes);
      this.push(null);
    },
  });
  const fail = (error: Error) => reject(toEffectError(error, textStarted, server));
  const abort = () => fail(Object.assign(new Error('The deadline passed, or Countersign is stopping.'), { code: 'ETIMEDOUT' }));
  const send = () => connection.send({ ...envelope, size: bytes.length }, text, (error, info) => (error ? fail(error) : resolve(info?.response ?? '')));

  connection.on('error', fail);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  else {
    connection.connect((error) => {
      if (error) fail(error);
      else if (server.auth === null) send();
      else connection.login({ credentials: server.auth }, (refused) => (refused ? fail(refused) : send()));
    });
  }
  return promise.finally(() => {
    signal.removeEventListener('abort', abort);
    connection.close();
  });
}

import type { NodemailerError } from 'nodemailer/lib/errors';
import type { FailureClass } from '../../store/events/task.ts';
import { EffectError } from './action.ts';
import type { SmtpServer } from './smtp-url.ts';

/**
 * What a failed transmission means. A refusal by the server is certain whenever it comes; a
 * connection lost is certain only before the text of the mail began to go out.
 */
export function toEffectError(error: NodemailerError, textStarted: boolean, server: SmtpServer): EffectError {
  if (error instanceof EffectError) return error;
  const said = withoutSecrets(error.response ?? error.message, server)
    .replace(/\s+/g, ' ')
    .slice(0, 300);
  const refused = (failure: FailureClass, message: string) => new EffectError(failure, message, { certain: true });
  const code = error.responseCode ?? 0;

  if (code >= 400) {
    if (code === 421) return refused('overloaded', `${server.name} closes the connection for now: ${said}`);
    if (code < 500) return refused('api-error', `${server.name} does not take the mail now: ${said}`);
    if (error.code === 'EAUTH') return badLogin(server, said);
    // RFC 3463: x.7.y is about policy, such as "relaying denied"; it says nothing about the address.
    if (error.command === 'RCPT TO' && !/^\d{3}[ -]\d\.7\./.test(said)) return refused('bounced', `${server.name} says this address takes no mail: ${said}`);
    return refused('bad-input', `${server.name} refuses the mail: ${said}`);
  }
  switch (error.code) {
    case 'EAUTH':
      return badLogin(server, said);
    case 'EENVELOPE':
    case 'EMESSAGE':
      return refused('bad-input', `The mail cannot be sent as it is: ${said}`);
    default: {
      const failure: FailureClass = error.code === 'ETIMEDOUT' ? 'timeout' : 'api-error';
      if (!textStarted) return refused(failure, `No connection to ${server.name}: ${said}`);
      return new EffectError(failure, `The connection to ${server.name} was lost after the mail began to go out: ${said}`, { certain: false });
    }
  }
}

const badLogin = (server: SmtpServer, said: string): EffectError =>
  new EffectError(
    'bad-input',
    `${server.name} refuses the login of ${server.auth?.user ?? 'nobody'}: ${said}. Check user and password; many providers want an app password here.`,
    { certain: true },
  );

/** Servers echo: the password in no spelling that went over the wire. */
function withoutSecrets(text: string, { auth }: SmtpServer): string {
  if (auth === null || auth.pass === '') return text;
  const base64 = (value: string) => Buffer.from(value).toString('base64');
  const spellings = [base64(`\0${auth.user}\0${auth.pass}`), base64(auth.pass), encodeURIComponent(auth.pass), auth.pass];
  return spellings.reduce((clean, secret) => clean.replaceAll(secret, '[secret]'), text);
}

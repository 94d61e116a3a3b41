import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { toEffectError } from '../../orchestrator/effects/smtp-errors.ts';
import { parseSmtpUrl, type SmtpServer } from '../../orchestrator/effects/smtp-url.ts';
import type { ControlState } from '../../store/projections/control.ts';
import { broken, type Check, messageOf, mind, ok } from './check.ts';

const MEND = 'Check SMTP_URL: smtp://USER:PASSWORD@HOST:587, special characters in the password as %XX.';

/** Connects, and logs in; nothing is sent. */
export async function checkMail(smtpUrl: string | null, { live, tested }: Pick<ControlState, 'live' | 'tested'>): Promise<Check[]> {
  if (smtpUrl === null) return [ok('Mail', 'no mail server is set (SMTP_URL); mails stay in the outbox')];
  let server: SmtpServer;
  try {
    server = parseSmtpUrl(smtpUrl);
    await connect(server);
  } catch (error) {
    return [broken('Mail', messageOf(error), MEND)];
  }
  const mode = live
    ? ok('Mode', 'live: what you approve really leaves')
    : mind(
        'Mode',
        'practice: mails stay in the outbox',
        tested ? 'When you are ready: countersign live' : 'When you are ready: countersign doctor --test-mail YOU@…, then countersign live',
      );
  return [ok('Mail', `${server.name} answers${server.auth === null ? '' : ` and lets ${server.auth.user} in`}`), mode];
}

function connect(server: SmtpServer): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const connection = new SMTPConnection({ ...server.options, connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 10_000 });
  const fail = (error: Error) => reject(toEffectError(error, false, server));
  connection.on('error', fail);
  connection.connect((error) => {
    if (error) fail(error);
    else if (server.auth === null) resolve();
    else connection.login({ credentials: server.auth }, (refused) => (refused ? fail(refused) : resolve()));
  });
  return promise.finally(() => connection.close());
}

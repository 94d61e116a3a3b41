import type { SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection';
import { CountersignError } from '../../store/errors.ts';

export interface SmtpServer {
  readonly options: SMTPConnectionOptions;
  readonly auth: { readonly user: string; readonly pass: string } | null;
  /** `host:port`, for messages. */
  readonly name: string;
}

const EXPECTED = 'smtp://USER:PASSWORD@HOST:587 (or smtps://… for port 465); special characters in the password written as %XX';

/**
 * `smtp[s]://[USER:PASSWORD@]HOST[:PORT]`. A password only travels encrypted, unless the server is
 * on this machine, whose self-made certificate is accepted too. The URL is never quoted in an error.
 * @throws CountersignError `BadSetting`
 */
export function parseSmtpUrl(text: string): SmtpServer {
  const url = URL.parse(text);
  if (!url || !['smtp:', 'smtps:'].includes(url.protocol) || url.hostname === '' || !['', '/'].includes(url.pathname) || url.search !== '' || url.hash !== '') {
    throw new CountersignError('BadSetting', `The address of the mail server is not of the form ${EXPECTED}.`);
  }
  const secure = url.protocol === 'smtps:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? (secure ? 465 : 587) : Number(url.port);
  const local = host === 'localhost' || host === '::1' || host.startsWith('127.');
  const auth = url.username === '' ? null : { user: decode(url.username), pass: decode(url.password) };
  return {
    name: `${host}:${port}`,
    auth,
    options: {
      host,
      port,
      secure,
      requireTLS: !secure && auth !== null && !local,
      ...(local ? { tls: { rejectUnauthorized: false } } : {}),
      connectionTimeout: 20_000,
      greetingTimeout: 20_000,
      socketTimeout: 110_000,
    },
  };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new CountersignError('BadSetting', `User or password of the mail server holds a % that is not an escape. Expected: ${EXPECTED}.`);
  }
}

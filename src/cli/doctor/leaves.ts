import type { Environment } from '../../environment.ts';
import { parseSmtpUrl } from '../../orchestrator/effects/smtp-url.ts';
import { parseRedisUrl } from '../../orchestrator/queue/connect-redis.ts';

/** What leaves this machine, to whom, and when. */
export interface Leaving {
  readonly what: string;
  readonly to: string;
}

export function whatLeaves({ mongoUrl, smtpUrl, redisUrl, model, httpAllowHosts, publicUrl }: Environment, live: boolean): readonly Leaving[] {
  const database = mongoUrl === null ? [] : hostsOf(mongoUrl);
  return [
    ...(database.every(isHere) ? [] : [{ what: 'Everything that is recorded: the log, documents, keys, contents', to: database.join(', ') }]),
    ...(smtpUrl === null
      ? []
      : [
          {
            what: live ? 'Mails that were approved, or that your policies allow' : 'Mails, once you go live; now only the test mail of doctor',
            to: hostOf('SMTP_URL', () => parseSmtpUrl(smtpUrl).name),
          },
        ]),
    ...(redisUrl === null
      ? []
      : [{ what: 'Which task comes next, by its number and nothing else (the queue)', to: hostOf('REDIS_URL', () => parseRedisUrl(redisUrl).name) }]),
    ...(model === null
      ? []
      : [
          {
            what: 'What leads wrote, what was sent to them, your playbooks and prompts, for a draft or a judgement',
            to: new URL(model.baseURL ?? 'https://api.anthropic.com').host,
          },
        ]),
    {
      what: 'Calls to other systems that were approved (http.call)',
      to: httpAllowHosts.length === 0 ? 'public hosts the proposal names' : `public hosts the proposal names, and ${httpAllowHosts.join(', ')}`,
    },
    ...(publicUrl === null ? [] : [{ what: 'The page, to whoever has logged in', to: new URL(publicUrl).host }]),
    { what: 'Telemetry', to: 'nobody; there is none' },
  ];
}

/** Of an address that may name several. What is no host is not shown: it may be a part of the password. */
function hostsOf(mongoUrl: string): readonly string[] {
  const hosts = (/^[^:]+:\/\/(?:[^/]*@)?([^/?]*)/.exec(mongoUrl)?.[1] ?? '').split(',');
  return hosts.every((host) => /^([\w.-]+|\[[\da-f:]+\])(:\d+)?$/i.test(host)) ? hosts : ['the server in MONGODB_URL, which cannot be read'];
}

const isHere = (host: string): boolean => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(host);

function hostOf(variable: string, name: () => string): string {
  try {
    return name();
  } catch {
    return `the server in ${variable}, which cannot be read`;
  }
}

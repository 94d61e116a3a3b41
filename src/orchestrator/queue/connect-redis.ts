import type { Redis, RedisOptions } from 'ioredis';
import { CountersignError } from '../../store/errors.ts';

export interface RedisServer {
  /** What every connection to it needs. */
  readonly options: Pick<RedisOptions, 'host' | 'port' | 'db' | 'username' | 'password' | 'tls' | 'connectTimeout'>;
  /** `host:port`, for messages. */
  readonly name: string;
}

const EXPECTED = 'redis://USER:PASSWORD@HOST:6379 (or rediss://… for TLS, /1 at its end for database 1); special characters in the password written as %XX';

/** How long an answer may take, ms. */
export const ANSWER_LIMIT = 5_000;

/**
 * `redis[s]://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]`. The URL is never quoted in an error.
 * @throws CountersignError `BadSetting`
 */
export function parseRedisUrl(text: string): RedisServer {
  const url = URL.parse(text);
  if (!url || !['redis:', 'rediss:'].includes(url.protocol) || url.hostname === '' || !/^\/?\d*$/.test(url.pathname) || url.search !== '' || url.hash !== '') {
    throw new CountersignError('BadSetting', `REDIS_URL is not of the form ${EXPECTED}.`);
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? 6379 : Number(url.port);
  return {
    name: `${host}:${port}`,
    options: {
      host,
      port,
      db: Number(url.pathname.slice(1)),
      ...(url.username !== '' && { username: decode(url.username) }),
      ...(url.password !== '' && { password: decode(url.password) }),
      ...(url.protocol === 'rediss:' && { tls: {} }),
      connectTimeout: ANSWER_LIMIT,
    },
  };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new CountersignError('BadSetting', `User or password in REDIS_URL holds a % that is not an escape. Expected: ${EXPECTED}.`);
  }
}

/**
 * One connection for a few questions; it tries once.
 * @throws CountersignError `QueueUnavailable`
 */
export async function connectRedis({ options, name }: RedisServer): Promise<Redis> {
  const { Redis } = await import('ioredis'); // here and not above: most commands need none
  const client = new Redis({ ...options, lazyConnect: true, retryStrategy: null, commandTimeout: ANSWER_LIMIT });
  let problem: unknown;
  client.on('error', (error) => {
    problem ??= error;
  });
  try {
    await client.connect();
  } catch (error) {
    problem ??= error;
  }
  // A database that does not exist is told, and then ignored.
  if (problem === undefined) return client;
  client.disconnect();
  throw unavailable(name, reasonOf(problem) ?? `cannot be used: ${problem instanceof Error ? problem.message : problem}`);
}

/**
 * What an error of ioredis means for a person; others are given back. What ioredis throws carries the command, which may be
 * the one with the password, so it never goes on as it is.
 */
export function explainRedis(error: unknown, name: string): unknown {
  const reason = reasonOf(error);
  return reason === null ? error : unavailable(name, reason);
}

const unavailable = (name: string, reason: string) => new CountersignError('QueueUnavailable', `Redis at ${name} ${reason}`);

function reasonOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const code = 'code' in error ? error.code : undefined;
  const known = REASONS.find(([sign]) => sign === code || error.message.includes(sign));
  return known?.[1] ?? ('command' in error ? `answered: ${error.message}` : null);
}

const CLOSED = 'closed the connection. Look at what it logged; where it speaks TLS, REDIS_URL begins with rediss://.';
const SILENT = 'does not answer in time. Look at whether it runs, and at REDIS_URL.';
const REFUSED = 'refuses the user or the password. Correct them in REDIS_URL.';
const UNKNOWN = 'cannot be found: nobody knows its host. Correct REDIS_URL.';
const REASONS: readonly (readonly [sign: string, reason: string])[] = [
  ['ECONNREFUSED', 'does not run: nothing listens there. Start it, or correct REDIS_URL.'],
  ['ENOTFOUND', UNKNOWN],
  ['EAI_AGAIN', UNKNOWN],
  ['ETIMEDOUT', SILENT],
  ['Command timed out', SILENT],
  ['WRONGPASS', REFUSED],
  ['invalid password', REFUSED],
  ['NOAUTH', 'asks for a password. Put it into REDIS_URL: redis://:PASSWORD@HOST:6379.'],
  ['ECONNRESET', CLOSED],
  ['EPIPE', CLOSED],
  ['Connection is closed', CLOSED],
];

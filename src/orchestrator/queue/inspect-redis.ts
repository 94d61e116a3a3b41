import type { Redis } from 'ioredis';
import { CountersignError } from '../../store/errors.ts';

/** What a Redis says of itself, such as `maxmemory_policy`. INFO is permitted where CONFIG is not. */
export type RedisInfo = ReadonlyMap<string, string>;

export async function inspectRedis(client: Redis): Promise<RedisInfo> {
  const lines = (await client.info()).split(/\r?\n/);
  return new Map(
    lines.flatMap((line) => (line.includes(':') && !line.startsWith('#') ? [[line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]] : [])),
  );
}

/**
 * A Redis that is full may throw jobs away, or refuse new ones, which somebody notices: only that is right for a queue.
 * @throws CountersignError `BadSetting` with the setting to change
 */
export function refuseEviction(info: RedisInfo, name: string): void {
  const policy = info.get('maxmemory_policy') ?? 'noeviction'; // who does not know the setting evicts nothing
  if (policy === 'noeviction') return;
  throw new CountersignError(
    'BadSetting',
    `Redis at ${name} throws jobs away when its memory is full: its maxmemory-policy is ${policy}, expected was noeviction. ` +
      'Write "maxmemory-policy noeviction" into redis.conf, and for now run: redis-cli CONFIG SET maxmemory-policy noeviction. A hosted Redis has it among its parameters.',
  );
}

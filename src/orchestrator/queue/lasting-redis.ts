import { Redis, type RedisOptions } from 'ioredis';
import type { RedisServer } from './connect-redis.ts';

type Options = RedisServer['options'] & Pick<RedisOptions, 'connectionName' | 'commandTimeout'>;

export interface LastingRedis {
  /** For BullMQ, which makes copies of it: each worker waits for jobs on one of its own. */
  readonly client: Redis;
  /** Ends it and its copies at once. */
  end(): void;
}

/** A connection that comes back as long as it takes. */
export function lastingRedis(options: Options): LastingRedis {
  const all: Redis[] = [];
  const open = (own: Options): Redis => {
    const client = new Redis({
      ...own,
      retryStrategy: (times) => Math.min(50 * times, 1_000), // ms
      maxRetriesPerRequest: null, // BullMQ insists: a worker waits
    });
    client.on('error', () => {}); // BullMQ listens too, but not at every moment; ioredis would print what nobody hears
    all.push(client);
    return Object.assign(client, {
      disconnect: endingAlways(client),
      duplicate: (changes?: Pick<RedisOptions, 'connectionName'>) => open({ ...own, ...changes }),
    });
  };
  return {
    client: open(options),
    end() {
      for (const client of all) client.disconnect();
    },
  };
}

/**
 * `disconnect` between two tries makes ioredis forget the next one and say nothing, so that whoever waits for the end,
 * such as a worker that closes, waits for ever. A connection that never tried does say that it is over.
 */
function endingAlways(client: Redis): Redis['disconnect'] {
  const disconnect = client.disconnect.bind(client);
  return (reconnect = false) => {
    const between = client.status === 'reconnecting';
    disconnect(reconnect);
    if (reconnect || !between) return;
    client.status = 'wait';
    disconnect();
  };
}

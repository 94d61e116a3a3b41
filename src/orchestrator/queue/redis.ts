import type { ConnectionOptions, RedisQueueBackend } from 'bullmq';
import type { Clock } from '../../ports.ts';
import { bullmqQueue } from './bullmq.ts';
import type { BullmqDatastore } from './bullmq-consumer.ts';
import { ANSWER_LIMIT, connectRedis, explainRedis, parseRedisUrl } from './connect-redis.ts';
import { inspectRedis, refuseEviction } from './inspect-redis.ts';
import type { Queue } from './queue.ts';

export interface RedisQueueOptions {
  /** `redis[s]://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]` */
  readonly url: string;
  /** Before every key: installations with different ones do not meet. */
  readonly prefix: string;
  readonly clock: Clock;
  /** What goes wrong outside of a job. That Redis is away is told once, until it is back. */
  readonly onError: (error: unknown) => void;
}

/**
 * The queue that several processes share: BullMQ on a Redis. While Redis is away, consumers wait for it, and what is
 * asked is rejected after 5 s at most.
 * @throws CountersignError `BadSetting` for a wrong URL or a Redis that evicts, `QueueUnavailable` when it cannot be reached
 */
export async function openRedisQueue({ url, prefix, clock, onError }: RedisQueueOptions): Promise<Queue> {
  const server = parseRedisUrl(url);
  const probe = await connectRedis(server);
  try {
    refuseEviction(await inspectRedis(probe), server.name);
  } catch (error) {
    throw explainRedis(error, server.name);
  } finally {
    probe.disconnect();
  }

  const [{ createRedisBackend, withBackend }, { lastingRedis }] = await Promise.all([import('bullmq'), import('./lasting-redis.ts')]);
  const asking = lastingRedis({ ...server.options, commandTimeout: ANSWER_LIMIT });
  const working = lastingRedis(server.options);
  const datastore: BullmqDatastore<RedisQueueBackend, ConnectionOptions> = {
    classes: withBackend(createRedisBackend),
    // Without looking at the server first: that would wait for ever while it is away.
    queues: { connection: asking.client, prefix, skipWaitingForReady: true, skipVersionCheck: true },
    workers: { connection: working.client, prefix },
    async close() {
      asking.end();
      working.end();
    },
  };

  const told = new Set<string>();
  function tell(error: unknown): void {
    const explained = explainRedis(error, server.name);
    if (explained !== error && explained instanceof Error) {
      if (told.has(explained.message)) return;
      told.add(explained.message);
    }
    onError(explained);
  }
  asking.client.on('ready', () => {
    told.clear();
    // It may have come back with other settings.
    inspectRedis(asking.client)
      .then((info) => refuseEviction(info, server.name))
      .catch(tell);
  });

  const queue = bullmqQueue({ datastore: Promise.resolve(datastore), clock, onError, onDatastoreError: tell });
  const explained = async <T>(asked: Promise<T>): Promise<T> => {
    try {
      return await asked;
    } catch (error) {
      throw explainRedis(error, server.name);
    }
  };
  return {
    ...queue,
    add: (agent, jobs) => explained(queue.add(agent, jobs)),
    size: (agent) => explained(queue.size(agent)),
    remove: (agent, task, attempt) => explained(queue.remove(agent, task, attempt)),
    alarm: (id, at) => explained(queue.alarm(id, at)),
    clear: () => explained(queue.clear()),
  };
}

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll } from 'vitest';
import { openRedisQueue } from '../../src/orchestrator/queue/redis.ts';
import { systemClock } from '../../src/system.ts';
import { describeQueue } from '../contracts/queue.ts';
import { describeWith } from '../support/parts.ts';
import { type RedisProcess, startRedis } from '../support/redis.ts';

describeWith('redis-server', 'the queue on Redis', () => {
  let redis: RedisProcess;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  describeQueue('redis', async () => {
    const errors: unknown[] = [];
    const queue = await openRedisQueue({ url: redis.url, prefix: 'contract', clock: systemClock, onError: (error) => errors.push(error) });
    return { queue, errors, now: systemClock.now, wait: (ms) => sleep(ms) };
  });
});

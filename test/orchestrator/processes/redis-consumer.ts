/**
 * A process that consumes the jobs of one agent: `redis-consumer.ts URL PREFIX AGENT`. Prints `ready`, then each task that it
 * ran, and ends in an orderly way on SIGTERM.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { openRedisQueue } from '../../../src/orchestrator/queue/redis.ts';
import { systemClock } from '../../../src/system.ts';

const [url = '', prefix = '', agent = ''] = process.argv.slice(2);
const queue = await openRedisQueue({ url, prefix, clock: systemClock, onError: console.error });
const consumer = queue.consume(
  agent,
  4,
  async ({ task }) => {
    await sleep(2);
    process.stdout.write(`${task}\n`);
  },
  console.error,
);
queue.onAlarm(async (id) => void process.stdout.write(`alarm ${id}\n`));
process.once('SIGTERM', async () => {
  await consumer.stop();
  await queue.close();
});
process.stdout.write('ready\n');

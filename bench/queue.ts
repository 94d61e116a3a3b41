import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPostgresBackend, withBackend } from 'bullmq';
import { openEmbeddedPool } from '../src/orchestrator/queue/embedded.ts';

/** The floor under everything that goes through the queue: BullMQ as it comes, on the same embedded datastore. */

const { Queue, Worker } = withBackend(createPostgresBackend);
const CACHE = join(tmpdir(), 'countersign-bench-queue');
const WARM_UP = 100;
const IDLE = 10; // ms between two jobs

/** Opens bare BullMQ, lets `measure` use it, and closes it. The worker does nothing but call `onJob`. */
async function withBareQueue<T>(concurrency: number, measure: (queue: InstanceType<typeof Queue>, onJob: (run: () => void) => void) => Promise<T>): Promise<T> {
  const pool = await openEmbeddedPool(CACHE, console.error, AbortSignal.timeout(60_000));
  let run = () => {};
  const queue = new Queue('bare', { connection: pool, defaultJobOptions: { removeOnComplete: true, removeOnFail: true, attempts: 1 } });
  const worker = new Worker('bare', async () => run(), { connection: pool, concurrency });
  try {
    await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()]);
    return await measure(queue, (next) => {
      run = next;
    });
  } finally {
    await worker.close();
    await queue.close();
    await pool.end();
  }
}

/** Jobs per second from the first add to the last handler, added in bulks of 20, eight at once. */
export function bareJobsPerSecond(jobs: number): Promise<number> {
  return withBareQueue(8, async (queue, onJob) => {
    const push = async (count: number) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      let left = count;
      onJob(() => {
        left -= 1;
        if (left === 0) resolve();
      });
      for (let added = 0; added < count; added += 20) {
        await queue.addBulk(Array.from({ length: Math.min(20, count - added) }, (_, index) => ({ name: 'job', data: { index: added + index } })));
      }
      await promise;
    };
    await push(WARM_UP);
    const start = performance.now();
    await push(jobs);
    return jobs / ((performance.now() - start) / 1_000);
  });
}

/** From the call of `add` to the call of the handler, on an idle queue, one by one; ms, ascending. */
export function bareLatencies(jobs: number): Promise<number[]> {
  return withBareQueue(1, async (queue, onJob) => {
    const latencies: number[] = [];
    for (let index = -WARM_UP; index < jobs; index += 1) {
      await sleep(IDLE);
      const { promise, resolve } = Promise.withResolvers<number>();
      onJob(() => resolve(performance.now()));
      const start = performance.now();
      await queue.add('job', { index });
      const latency = (await promise) - start;
      if (index >= 0) latencies.push(latency);
    }
    return latencies.toSorted((a, b) => a - b);
  });
}

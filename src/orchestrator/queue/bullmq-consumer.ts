import { setTimeout as sleep } from 'node:timers/promises';
import type { BackendClasses, IQueueBackend, Job, QueueOptions, WorkerOptions } from 'bullmq';
import type { Consumer, Rate } from './queue.ts';

/** BullMQ on one datastore: what the adapters differ in. */
export interface BullmqDatastore<B extends IQueueBackend, C> {
  readonly classes: Pick<BackendClasses<B, C>, 'Queue' | 'Worker'>;
  /** How BullMQ's queues reach it, whose callers wait for an answer, and its workers, which wait for work. */
  readonly queues: QueueOptions<C>;
  readonly workers: WorkerOptions<C>;
  /** Ends at once what still waits for an answer. */
  close(): Promise<void>;
}

export interface Work<B extends IQueueBackend, C> {
  readonly datastore: Promise<BullmqDatastore<B, C>>;
  /** Of BullMQ's queue. */
  readonly name: string;
  readonly concurrency: number;
  readonly rate?: Rate | null | undefined;
  /** Neither this nor `finished`, which is called when BullMQ has let go of the job, may throw. */
  readonly run: (job: Job) => Promise<void>;
  readonly finished?: (job: Job) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

const WORKER = {
  lockDuration: 15_000, // ms, renewed every half of it; a task whose worker died cannot be queued again before its end
  stalledInterval: 5_000,
  maxStalledCount: 0, // a job whose worker died is over, not run again: recovery is the director's
  drainDelay: 30, // s between looks at an empty queue; a new job wakes the worker at once
} as const;

/** How long an end waits for what may never end: a job, or a datastore that is not there; ms. */
export const PATIENCE = 1_000;

export async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  const patience = new AbortController();
  await Promise.race([work, sleep(ms, undefined, { signal: patience.signal }).catch(() => undefined)]);
  patience.abort();
}

/** One of BullMQ's workers, started when the datastore is there. */
export function startConsumer<B extends IQueueBackend, C>({ datastore, name, concurrency, rate, run, finished, onError }: Work<B, C>): Consumer {
  const running = new Set<Promise<void>>();
  const after = new Set<Promise<void>>();
  let stopping: Promise<void> | undefined;

  const starting = datastore.then(({ classes, workers }) => {
    if (stopping !== undefined) return undefined;
    const limiter = rate ? { limiter: { max: rate.jobs, duration: rate.ms } } : {};
    const worker = new classes.Worker(name, (job) => during(running, run(job)), { ...workers, ...WORKER, ...limiter, concurrency });
    worker.on('error', onError);
    if (finished) worker.on('completed', (job) => void during(after, finished(job)));
    return worker;
  });
  starting.catch(() => undefined); // who opened the datastore reports why it did not open

  async function stop(): Promise<void> {
    const worker = await starting.catch(() => undefined);
    if (!worker) return;
    const closing = worker.close();
    // BullMQ waits for the jobs, and then for the datastore to let go of them: for that it has a moment.
    do {
      await Promise.all(running);
      await atMost(PATIENCE, closing);
    } while (running.size > 0);
    await Promise.all(after);
  }

  return {
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
}

/** Keeps the work in the set until it is done. */
async function during(set: Set<Promise<void>>, work: Promise<void>): Promise<void> {
  set.add(work);
  await work;
  set.delete(work);
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { BackendClasses, Job as BullJob, IQueueBackend } from 'bullmq';
import { z } from 'zod';
import type { Clock } from '../../ports.ts';
import type { Consumer, Queue } from './queue.ts';

/** BullMQ on one datastore: what the adapters differ in. */
export interface BullmqDatastore<B extends IQueueBackend, C> {
  readonly classes: Pick<BackendClasses<B, C>, 'Queue' | 'Worker'>;
  readonly connection: C;
  close(): Promise<void>;
}

export interface BullmqQueueOptions<B extends IQueueBackend, C> {
  /** May still be opening: what is asked before waits for it. */
  readonly datastore: Promise<BullmqDatastore<B, C>>;
  readonly clock: Clock;
  /** What goes wrong outside of a job: a lost connection, an alarm's handler that throws. */
  readonly onError: (error: unknown) => void;
}

const jobSchema = z.object({ task: z.string(), attempt: z.int(), priority: z.int() });
const alarmSchema = z.object({ id: z.string() });

const ALARMS = 'alarms';
const queueOf = (agent: string) => `agent-${agent}`;

// BullMQ refuses `:` in ids, and ids that are whole numbers.
const jobId = (task: string, attempt: number) => `${encodeURIComponent(task)}-${attempt}`;
const alarmId = (id: string) => `alarm-${encodeURIComponent(id)}`;

/** In BullMQ a lower number goes first, and 0 before all. */
const bullPriority = (priority: number) => 10 - priority;

/** A job leaves no trace: an id that is kept would silently swallow the next job of that id. Only the director retries. */
const LEAVE_NOTHING = { removeOnComplete: true, removeOnFail: true, attempts: 1 } as const;

const WORKER = {
  lockDuration: 60_000, // ms, renewed every half of it
  stalledInterval: 60_000,
  maxStalledCount: 0, // a job whose worker died is over, not run again: recovery is the director's
  drainDelay: 30, // s between looks at an empty queue; a new job wakes the worker at once
} as const;

/** A bulk of PostgreSQL makes two temporary tables: 6 ms, where one job alone takes 1 ms (measured on the embedded queue). */
const FEW = 5;
/** Nobody reads BullMQ's stream of events here. */
const EVENTS_KEPT = 100;
/** How long `close` waits for jobs that run, ms. */
const CLOSE_PATIENCE = 1_000;
/** How long an alarm is claimed before it rings, about, ms. */
const CLAIM_PAUSE = 2;

/** The queue port over BullMQ's own Queue and Worker, whatever they stand on. */
export function bullmqQueue<B extends IQueueBackend, C>({ datastore, clock, onError }: BullmqQueueOptions<B, C>): Queue {
  type Bull = InstanceType<BackendClasses<B, C>['Queue']>;
  const queues = new Map<string, Promise<Bull>>();
  const consumers = new Set<Consumer>();
  let closing: Promise<void> | undefined;

  let reported: unknown;
  /** What befalls a connection, BullMQ says once for each of its queues and workers. */
  function report(error: unknown): void {
    if (error !== reported) onError(error);
    reported = error;
  }

  async function open(name: string): Promise<Bull> {
    const { classes, connection } = await datastore;
    const queue: Bull = new classes.Queue(name, { connection, streams: { events: { maxLen: EVENTS_KEPT } }, defaultJobOptions: LEAVE_NOTHING });
    queue.on('error', report);
    return queue;
  }

  function named(name: string): Promise<Bull> {
    if (closing !== undefined) return Promise.reject(new Error('The queue is closed: expected an open queue. Open a new one.'));
    const queue = queues.get(name) ?? open(name);
    queues.set(name, queue);
    return queue;
  }

  /** `finished` is called when BullMQ has let go of the job. Neither may throw. */
  function work(name: string, concurrency: number, run: (job: BullJob) => Promise<void>, finished?: (job: BullJob) => Promise<void>): Consumer {
    const after = new Set<Promise<void>>();
    let stopping: Promise<void> | undefined;
    const starting = datastore.then(({ classes, connection }) => {
      if (stopping !== undefined) return undefined;
      const worker = new classes.Worker(name, run, { connection, concurrency, ...WORKER });
      worker.on('error', report);
      if (finished) {
        worker.on('completed', (job) => {
          const ending = finished(job);
          after.add(ending);
          void ending.then(() => after.delete(ending));
        });
      }
      return worker;
    });
    starting.catch(() => undefined); // who opened the datastore reports why it did not open

    const consumer: Consumer = {
      stop() {
        stopping ??= starting.then(
          async (worker) => {
            await worker?.close();
            await Promise.all(after);
            consumers.delete(consumer);
          },
          () => undefined,
        );
        return stopping;
      },
    };
    consumers.add(consumer);
    return consumer;
  }

  // One change of alarms at a time, so that of two moves of the same alarm the later one stands.
  let lastAlarm: Promise<unknown> = Promise.resolve();

  async function setAlarm(id: string, at: number): Promise<void> {
    const queue = await named(ALARMS);
    const options = { jobId: alarmId(id), delay: Math.max(0, Math.ceil(at - clock.now())) };
    // An alarm on its way out is claimed for a moment; until then BullMQ would ignore its id.
    while ((await queue.remove(options.jobId)) === 0 && (await queue.getJobState(options.jobId)) === 'active') await sleep(CLAIM_PAUSE);
    await queue.add('alarm', { id }, options);
  }

  return {
    async ready() {
      await datastore;
    },

    async add(agent, jobs) {
      if (jobs.length === 0) return;
      const queue = await named(queueOf(agent));
      const entries = jobs
        .toSorted((a, b) => b.priority - a.priority)
        .map(({ task, attempt, priority }) => ({
          name: 'attempt',
          data: { task, attempt, priority },
          opts: { jobId: jobId(task, attempt), priority: bullPriority(priority) },
        }));
      if (entries.length > FEW) await queue.addBulk(entries);
      else for (const { name, data, opts } of entries) await queue.add(name, data, opts);
    },

    async size(agent) {
      const queue = await named(queueOf(agent));
      return queue.getJobCountByTypes('waiting', 'prioritized', 'active');
    },

    async remove(agent, task, attempt) {
      const queue = await named(queueOf(agent));
      return (await queue.remove(jobId(task, attempt))) === 1;
    },

    consume: (agent, concurrency, run, onFailure) =>
      work(queueOf(agent), concurrency, async ({ data }) => {
        try {
          await run(jobSchema.parse(data));
        } catch (error) {
          onFailure(error);
        }
      }),

    alarm(id, at) {
      const set = lastAlarm.then(() => setAlarm(id, at));
      lastAlarm = set.catch(() => undefined);
      return set;
    },

    // It rings when BullMQ has let go of the job: what rings may set the same alarm again.
    onAlarm: (ring) =>
      work(
        ALARMS,
        1,
        async () => undefined,
        async ({ data }) => {
          try {
            await ring(alarmSchema.parse(data).id);
          } catch (error) {
            onError(error);
          }
        },
      ),

    async clear() {
      const andDelayed = true;
      for (const queue of await Promise.all(queues.values())) await queue.drain(andDelayed);
    },

    close() {
      closing ??= (async () => {
        const stopped = Promise.all([...consumers].map((consumer) => consumer.stop()));
        const patience = new AbortController();
        await Promise.race([stopped, sleep(CLOSE_PATIENCE, undefined, { signal: patience.signal }).catch(() => undefined)]);
        patience.abort();
        for (const queue of await Promise.allSettled(queues.values())) if (queue.status === 'fulfilled') await queue.value.close();
        await datastore.then(
          (opened) => opened.close(),
          () => undefined,
        );
      })();
      return closing;
    },
  };
}

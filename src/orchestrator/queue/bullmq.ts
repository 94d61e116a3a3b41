import { setTimeout as sleep } from 'node:timers/promises';
import type { BackendClasses, IQueueBackend } from 'bullmq';
import { z } from 'zod';
import type { Clock } from '../../ports.ts';
import { CountersignError } from '../../store/errors.ts';
import { atMost, type BullmqDatastore, PATIENCE, startConsumer, type Work } from './bullmq-consumer.ts';
import type { Consumer, Queue } from './queue.ts';

export interface BullmqQueueOptions<B extends IQueueBackend, C> {
  /** May still be opening: what is asked before waits for it. */
  readonly datastore: Promise<BullmqDatastore<B, C>>;
  readonly clock: Clock;
  /** An alarm's handler that throws. */
  readonly onError: (error: unknown) => void;
  /** What BullMQ says of the datastore, such as a lost connection. */
  readonly onDatastoreError: (error: unknown) => void;
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

/** A bulk of PostgreSQL makes two temporary tables: 6 ms, where one job alone takes 1 ms (measured on the embedded queue). */
const FEW = 5;
/** Nobody reads BullMQ's stream of events here. */
const EVENTS_KEPT = 100;
/** How long an alarm is claimed before it rings, about, ms. */
const CLAIM_PAUSE = 2;
/** Longer than that only when the process died that claimed it, ms. */
const CLAIM_LIMIT = 5_000;

/** The queue port over BullMQ's own Queue and Worker, whatever they stand on. */
export function bullmqQueue<B extends IQueueBackend, C>({ datastore, clock, onError, onDatastoreError }: BullmqQueueOptions<B, C>): Queue {
  type Bull = InstanceType<BackendClasses<B, C>['Queue']>;
  const queues = new Map<string, Promise<Bull>>();
  const consumers = new Set<Consumer>();
  let closing: Promise<void> | undefined;

  let reported: unknown;
  /** What befalls a connection, BullMQ says once for each of its queues and workers. */
  function report(error: unknown): void {
    if (error !== reported) onDatastoreError(error);
    reported = error;
  }

  async function open(name: string): Promise<Bull> {
    const { classes, queues: options } = await datastore;
    const queue: Bull = new classes.Queue(name, { ...options, streams: { events: { maxLen: EVENTS_KEPT } }, defaultJobOptions: LEAVE_NOTHING });
    queue.on('error', report);
    return queue;
  }

  function named(name: string): Promise<Bull> {
    if (closing !== undefined) return Promise.reject(new Error('The queue is closed: expected an open queue. Open a new one.'));
    const queue = queues.get(name) ?? open(name);
    queues.set(name, queue);
    return queue;
  }

  function work(name: string, job: Omit<Work<B, C>, 'datastore' | 'name' | 'onError'>): Consumer {
    const consumer = startConsumer({ datastore, name, onError: report, ...job });
    consumers.add(consumer);
    return {
      async stop() {
        await consumer.stop();
        consumers.delete(consumer);
      },
    };
  }

  /** Per alarm its last move, until it is done. */
  const moves = new Map<string, Promise<unknown>>();

  async function setAlarm(id: string, at: number): Promise<void> {
    const queue = await named(ALARMS);
    const options = { jobId: alarmId(id), delay: Math.max(0, Math.ceil(at - clock.now())) };
    // An alarm on its way out is claimed for a moment; until then BullMQ would ignore its id.
    for (let waited = 0; (await queue.remove(options.jobId)) === 0 && (await queue.getJobState(options.jobId)) === 'active'; waited += CLAIM_PAUSE) {
      if (waited >= CLAIM_LIMIT) throw new CountersignError('QueueUnavailable', `Alarm ${id} was claimed by a process that is gone: set it again in a minute.`);
      await sleep(CLAIM_PAUSE);
    }
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
      const id = jobId(task, attempt);
      // On Redis, BullMQ says of a job it does not know that it has removed it.
      return (await queue.getJobState(id)) !== 'unknown' && (await queue.remove(id)) === 1;
    },

    consume: (agent, concurrency, run, onFailure, rate) =>
      work(queueOf(agent), {
        concurrency,
        rate,
        async run({ data }) {
          try {
            await run(jobSchema.parse(data));
          } catch (error) {
            onFailure(error);
          }
        },
      }),

    // Of two moves the later one stands: one at a time, and none that is out of date.
    async alarm(id, at) {
      const move: Promise<void> = Promise.resolve(moves.get(id))
        .catch(() => undefined)
        .then(() => (moves.get(id) === move ? setAlarm(id, at) : undefined))
        .finally(() => {
          if (moves.get(id) === move) moves.delete(id);
        });
      moves.set(id, move);
      await move;
    },

    // It rings when BullMQ has let go of the job: what rings may set the same alarm again.
    onAlarm: (ring) =>
      work(ALARMS, {
        concurrency: 1,
        run: async () => undefined,
        async finished({ data }) {
          try {
            await ring(alarmSchema.parse(data).id);
          } catch (error) {
            onError(error);
          }
        },
      }),

    async clear() {
      const andDelayed = true;
      for (const queue of await Promise.all(queues.values())) await queue.drain(andDelayed);
    },

    close() {
      closing ??= (async () => {
        await atMost(PATIENCE, Promise.all([...consumers].map((consumer) => consumer.stop())));
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

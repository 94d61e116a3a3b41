import type { Consumer, Job, Queue, Rate } from '../../src/orchestrator/queue/queue.ts';
import type { Clock } from '../../src/ports.ts';

interface Worker extends Consumer {
  readonly concurrency: number;
  readonly rate: Rate | null;
  readonly running: Set<Promise<void>>;
  readonly run: (job: Job) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

interface AgentQueue {
  readonly waiting: Map<string, Job>;
  readonly running: Set<string>;
  readonly workers: Set<Worker>;
  /** When the window of the rate opened, and how many jobs began in it. */
  window: { opened: number; begun: number };
}

const keyOf = ({ task, attempt }: Pick<Job, 'task' | 'attempt'>) => JSON.stringify([task, attempt]);

/** A queue in memory without timers of its own: jobs start at once, alarms ring by `clock`, and the same calls give the same run (I11). */
export function instantQueue(clock: Clock, onError: (error: unknown) => void): Queue {
  const queues = new Map<string, AgentQueue>();
  const alarms = new Map<string, () => void>();
  const overdue = new Set<string>();
  let bell: Worker | undefined;
  let closed = false;

  function queueOf(agent: string): AgentQueue {
    if (closed) throw new Error('The queue is closed: expected an open queue.');
    const queue = queues.get(agent) ?? { waiting: new Map(), running: new Set(), workers: new Set(), window: { opened: Number.NEGATIVE_INFINITY, begun: 0 } };
    queues.set(agent, queue);
    return queue;
  }

  const best = ({ waiting }: AgentQueue): Job | undefined =>
    waiting.values().reduce<Job | undefined>((found, job) => (found && found.priority >= job.priority ? found : job), undefined);

  /** False when the rate is used up; then the queue goes on by itself when it is not any more. */
  function begin(queue: AgentQueue, { jobs, ms }: Rate): boolean {
    const now = clock.now();
    if (now >= queue.window.opened + ms) queue.window = { opened: now, begun: 0 };
    if (queue.window.begun < jobs) {
      queue.window.begun += 1;
      return true;
    }
    clock.at(queue.window.opened + ms, () => {
      if (!closed) dispatch(queue);
    });
    return false;
  }

  function dispatch(queue: AgentQueue): void {
    for (const worker of queue.workers) {
      while (worker.running.size < worker.concurrency) {
        const job = best(queue);
        if (!job || (worker.rate && !begin(queue, worker.rate))) return;
        const key = keyOf(job);
        queue.waiting.delete(key);
        queue.running.add(key);
        const ended = perform(worker, () => worker.run(job)).then(() => {
          queue.running.delete(key);
          worker.running.delete(ended);
          if (!closed) dispatch(queue);
        });
        worker.running.add(ended);
      }
    }
  }

  async function perform(worker: Worker, run: () => Promise<void>): Promise<void> {
    try {
      await Promise.resolve(); // never inside the call that added the job
      await run();
    } catch (error) {
      worker.onError(error);
    }
  }

  function workerOf(parts: Pick<Worker, 'concurrency' | 'rate' | 'run' | 'onError'>, leave: () => void): Worker {
    const running = new Set<Promise<void>>();
    return {
      ...parts,
      running,
      async stop() {
        leave();
        await Promise.all(running);
      },
    };
  }

  function ring(id: string): void {
    const worker = bell;
    if (!worker) return void overdue.add(id);
    const ended = perform(worker, () => worker.run({ task: id, attempt: 0, priority: 0 })).then(() => void worker.running.delete(ended));
    worker.running.add(ended);
  }

  return {
    ready: async () => undefined,

    async add(agent, jobs) {
      const queue = queueOf(agent);
      for (const job of jobs) {
        const key = keyOf(job);
        if (!queue.running.has(key) && !queue.waiting.has(key)) queue.waiting.set(key, { task: job.task, attempt: job.attempt, priority: job.priority });
      }
      dispatch(queue);
    },

    size: async (agent) => queueOf(agent).waiting.size + queueOf(agent).running.size,

    remove: async (agent, task, attempt) => queueOf(agent).waiting.delete(keyOf({ task, attempt })),

    consume(agent, concurrency, run, onFailure, rate = null) {
      const queue = queueOf(agent);
      const worker = workerOf({ concurrency, rate, run, onError: onFailure }, () => queue.workers.delete(worker));
      queue.workers.add(worker);
      dispatch(queue);
      return worker;
    },

    async alarm(id, at) {
      alarms.get(id)?.();
      overdue.delete(id);
      const due = () => {
        alarms.delete(id);
        ring(id);
      };
      if (at <= clock.now()) due();
      else alarms.set(id, clock.at(at, due));
    },

    onAlarm(run) {
      const worker = workerOf({ concurrency: Number.POSITIVE_INFINITY, rate: null, run: ({ task }) => run(task), onError }, () => {
        if (bell === worker) bell = undefined;
      });
      bell = worker;
      for (const id of overdue) ring(id);
      overdue.clear();
      return worker;
    },

    async clear() {
      for (const queue of queues.values()) queue.waiting.clear();
      for (const cancel of alarms.values()) cancel();
      alarms.clear();
      overdue.clear();
    },

    async close() {
      closed = true;
      for (const cancel of alarms.values()) cancel();
      const workers = [...queues.values()].flatMap((queue) => [...queue.workers]);
      await Promise.all([...workers, ...(bell ? [bell] : [])].map((worker) => worker.stop()));
    },
  };
}

import type { KeyValueStore } from '../store/log.ts';
import type { SharedProjections } from '../store/projections/shared.ts';
import type { ContextOptions } from './agent-context.ts';
import { Director } from './director.ts';
import { Executor } from './executor.ts';
import type { Kernel } from './kernel.ts';
import { Leadership, type Term } from './leadership.ts';
import { Presence } from './presence.ts';
import type { Queue } from './queue/queue.ts';
import { Worker } from './worker.ts';
import { Workers, type WorkersOptions } from './workers.ts';

export interface EngineParts {
  readonly kernel: Kernel;
  readonly queue: Queue;
  /** Marks, leases and signs of life. */
  readonly kv: KeyValueStore;
  readonly context: ContextOptions;
  /** What follows for a task is decided here from now on; null: elsewhere. Resolves when it may begin. */
  readonly leadBy: (goOn: Kernel['goOn'] | null) => Promise<void>;
  /** `always`: no other process can lead. `in-turn`: several processes may, one does. `never`: it only works. */
  readonly leads: 'always' | 'in-turn' | 'never';
  /** Documents that several processes share; null where one process alone has them. */
  readonly projections: SharedProjections | null;
  /** Other processes run agents as well. */
  readonly runsElsewhere: boolean;
  /** The agents to run here, or null for none. */
  readonly work: WorkersOptions | null;
}

/** What works on the log in this process: director, executor, workers. */
export interface Engine {
  leads(): boolean;
  /** Resolves when nothing is under way here that time alone would not continue. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

/** How long a run may go on once the process is told to stop, ms. */
const STOP_PATIENCE = 10_000;

export async function startEngine({ kernel, queue, kv, context, leadBy, leads, projections, runsElsewhere, work }: EngineParts): Promise<Engine> {
  let director: Director | null = null;

  async function take({ fence }: Pick<Term, 'fence'>): Promise<void> {
    await projections?.fold();
    director = new Director({
      kernel,
      queue,
      executor: new Executor(kernel, fence),
      marks: kv,
      elsewhere: { runs: runsElsewhere, sends: leads === 'in-turn' },
      fence,
    });
    await leadBy(director.goOn);
    await director.start();
  }

  async function leave(): Promise<void> {
    await leadBy(null);
    const led = director;
    director = null;
    await led?.stop();
    await projections?.follow();
  }

  const presence = new Presence(kernel, kv);
  if (runsElsewhere && work !== null) await presence.start();
  const leadership = leads === 'in-turn' ? new Leadership({ kernel, leases: kv, take, leave }) : null;
  await leadership?.start();
  if (leads === 'always') await take({ fence: {} });

  const workers = new Workers(kernel, queue, new Worker(kernel, context));
  if (work !== null) workers.start(work).catch((error) => kernel.report.error('The queue could not be started; agents do not work until it is', error));

  return {
    leads: () => director !== null,
    async idle() {
      await leadership?.idle();
      await director?.idle();
    },
    async stop() {
      await workers.stop(STOP_PATIENCE);
      if (leadership === null) await leave();
      else await leadership.stop();
      if (runsElsewhere && work !== null) await presence.stop();
    },
  };
}

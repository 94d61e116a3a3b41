import type { KeyValueStore } from '../store/log.ts';
import type { Kernel } from './kernel.ts';

/** How long a process that says nothing any more counts as alive, and how often it says so, ms. */
const ALIVE_MS = 5_000;
const BEAT_MS = 1_500;

const keyOf = (process: string): string => `process:${process}`;

/** Says every moment that this process is alive, so that what it runs is not taken for lost. */
export class Presence {
  readonly #kernel: Pick<Kernel, 'clock' | 'process' | 'report'>;
  readonly #beats: KeyValueStore;
  #last: Promise<void> = Promise.resolve();
  #stopped = false;
  #cancel = () => {};

  constructor(kernel: Pick<Kernel, 'clock' | 'process' | 'report'>, beats: KeyValueStore) {
    this.#kernel = kernel;
    this.#beats = beats;
  }

  /** Resolves once others can see this process. */
  async start(): Promise<void> {
    await this.#beat();
    this.#next();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    await this.#last;
    await this.#beats.delete(keyOf(this.#kernel.process));
  }

  #next(): void {
    if (this.#stopped) return;
    this.#cancel = this.#kernel.clock.at(this.#kernel.clock.now() + BEAT_MS, () => {
      this.#last = this.#beat().then(
        () => this.#next(),
        (error) => {
          this.#kernel.report.error('This process could not say that it is alive', error);
          this.#next();
        },
      );
    });
  }

  async #beat(): Promise<void> {
    await this.#beats.set(keyOf(this.#kernel.process), this.#kernel.clock.now(), ALIVE_MS);
  }
}

/** Which of these processes are alive. */
export async function present(beats: KeyValueStore, processes: Iterable<string>): Promise<ReadonlySet<string>> {
  const found = await Promise.all([...processes].map(async (process) => ((await beats.get(keyOf(process))) === null ? [] : [process])));
  return new Set(found.flat());
}

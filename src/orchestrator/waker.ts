import { VersionConflict } from '../store/errors.ts';
import type { DomainEvent, Recorded } from '../store/events/index.ts';
import type { KeyValueStore } from '../store/log.ts';
import { type Kernel, KeyedQueue } from './kernel.ts';
import { requests } from './wake.ts';

const MARK = 'director:woken-up-to';
/** How often the mark is written down, ms; what came since is looked at again after a crash. */
const MARK_EVERY = 1_000;

/** Shows every event of the log to every agent, once it counts and more often where that changes nothing. */
export class Waker {
  readonly #kernel: Kernel;
  readonly #marks: KeyValueStore;
  readonly #turn = new KeyedQueue();
  #mark = 0;
  #written = { mark: 0, at: 0 };

  constructor(kernel: Kernel, marks: KeyValueStore) {
    this.#kernel = kernel;
    this.#marks = marks;
  }

  async start(): Promise<void> {
    const stored = await this.#marks.get(MARK);
    // Never past the end: a power cut may have taken what was not promised to anybody.
    this.#mark = Math.min(typeof stored?.value === 'number' ? stored.value : 0, await this.#kernel.journal.head());
    await this.catchUp();
  }

  async stop(): Promise<void> {
    await this.#turn.idle();
    await this.#write();
  }

  /** Looks at what was not looked at yet. */
  catchUp(): Promise<void> {
    return this.#turn.run('wake', () => this.#readOn());
  }

  /** Looks at new commits; at those before them too, where one was missed. */
  see(commits: readonly Recorded[]): Promise<void> {
    return this.#turn.run('wake', async () => {
      if (commits[0]?.commit === this.#mark + 1) await this.#look(commits);
      else await this.#readOn();
    });
  }

  async #readOn(): Promise<void> {
    for await (const commits of this.#kernel.journal.read(this.#mark)) await this.#look(commits);
  }

  async #look(commits: readonly Recorded[]): Promise<void> {
    // Side by side, so that they share a flush to disk; the mark moves once all are in the log.
    await Promise.all(commits.flatMap(({ events }) => events.map((event) => this.#wake(event))));
    this.#mark = commits.at(-1)?.commit ?? this.#mark;
    if (this.#kernel.clock.now() - this.#written.at >= MARK_EVERY) await this.#write();
  }

  async #wake(event: DomainEvent): Promise<void> {
    for (const request of requests(this.#kernel, event)) {
      // As a rule it was requested in the commit that asks for it.
      if ((await this.#kernel.states.load(request.stream)) !== null) continue;
      try {
        await this.#kernel.journal.append([request], { [request.stream]: 'absent' });
      } catch (error) {
        if (!(error instanceof VersionConflict)) throw error; // It was woken before.
      }
    }
  }

  async #write(): Promise<void> {
    if (this.#written.mark === this.#mark) return;
    await this.#marks.set(MARK, this.#mark, null);
    this.#written = { mark: this.#mark, at: this.#kernel.clock.now() };
  }
}

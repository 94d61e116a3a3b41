import { close, fdatasync, fdatasyncSync, open } from 'node:fs';
import { promisify } from 'node:util';

/** Brings what was written to a file to the disk. Resolves, or for tests that want no time to pass returns, once it is there. */
export type Flush = (descriptor: number) => Promise<void> | undefined;

/** On a thread of its own: a disk that takes 20 ms holds up nobody but who waits for it. */
export const flushInBackground: Flush = promisify(fdatasync);

export function flushAtOnce(descriptor: number): undefined {
  fdatasyncSync(descriptor);
}

/** What waits for the write-ahead log to reach the disk. One flush serves all that was written before it began. */
export class WriteAheadLog {
  readonly #descriptor: number;
  readonly #flush: Flush;
  #waiting: { readonly done: () => void; readonly failed: (error: unknown) => void }[] = [];
  #running = false;
  #ended: Promise<void> = Promise.resolve();
  #failure: unknown = null;

  private constructor(descriptor: number, flush: Flush) {
    this.#descriptor = descriptor;
    this.#flush = flush;
  }

  /** Of a database that is open and has been written to, so that the file is there and its folder knows it. */
  static async open(database: string, flush: Flush): Promise<WriteAheadLog> {
    // Locks lie on other files: closing this one gives none of them back.
    return new WriteAheadLog(await promisify(open)(`${database}-wal`, 'r+'), flush);
  }

  /** Why nothing can be promised any more, or null: what a failed flush left out, no later one brings back. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Calls `done` once everything written so far is on the disk. */
  reached(done: () => void, failed: (error: unknown) => void): void {
    this.#waiting.push({ done, failed });
    if (!this.#running) this.#ended = this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      const served = this.#waiting;
      this.#waiting = [];
      try {
        const flushed = this.#failure === null ? this.#flush(this.#descriptor) : Promise.reject(this.#failure);
        if (flushed !== undefined) await flushed;
        for (const { done } of served) done();
      } catch (error) {
        this.#failure ??= error;
        for (const { failed } of served) failed(this.#failure);
      }
    }
    this.#running = false;
  }

  async close(): Promise<void> {
    await this.#ended;
    await promisify(close)(this.#descriptor);
  }
}

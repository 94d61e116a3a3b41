import { Worker } from 'node:worker_threads';
import type { Message, Question } from './pglite-thread.ts';

export interface Request extends Pick<Question, 'text' | 'values'> {
  readonly resolve: (rows: readonly unknown[]) => void;
  readonly reject: (error: Error) => void;
  /** A thread died over it before. */
  readonly again: boolean;
}

interface Listener {
  notified(notification: { readonly channel: string; readonly payload: string }): void;
  /** It ended by itself. `worked`: it had answered before. */
  died(error: Error, worked: boolean, unanswered: readonly Request[]): void;
}

/** Of the thread's JavaScript, MB; PostgreSQL's own memory lies outside. Young objects die soon, and fewer of them take 25 MB less. */
const LIMITS = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 128 };

/** One life of the thread that runs PostgreSQL. It keeps the process only while it owes an answer. */
export class PgliteWorker {
  readonly #thread: Worker;
  readonly #unanswered = new Map<number, Request>();
  #asked = 0;
  #worked = false;
  /** Why nothing is answered any more. */
  #over: Error | null = null;

  constructor(image: Uint8Array, { notified, died }: Listener) {
    this.#thread = new Worker(new URL('./pglite-thread.ts', import.meta.url), { workerData: image, resourceLimits: LIMITS, name: 'queue' });
    this.#thread.on('message', (message: Message) => ('channel' in message ? notified(message) : this.#settle(message)));
    let cause: unknown;
    this.#thread.on('error', (error) => {
      cause = error;
    });
    this.#thread.on('exit', (code) => {
      if (this.#over !== null) return;
      const why = cause instanceof Error ? cause.message : `exit code ${code}`;
      // BullMQ pauses between its tries only where it knows the code for a server that is not there.
      const error = Object.assign(new Error(`The thread of the embedded queue ended unexpectedly: ${why}`, { cause }), { code: 'ECONNREFUSED' });
      this.#over = error;
      died(error, this.#worked, [...this.#unanswered.values()]);
    });
  }

  ask(request: Request): void {
    if (this.#over !== null) return request.reject(this.#over);
    this.#asked += 1;
    const question: Question = { id: this.#asked, text: request.text, values: request.values };
    this.#thread.postMessage(question);
    if (this.#unanswered.size === 0) this.#thread.ref();
    this.#unanswered.set(question.id, request);
  }

  /** Ends it at once, whatever it does; what is not answered yet is rejected with `reason`. */
  async stop(reason: Error): Promise<void> {
    this.#over ??= reason;
    for (const { reject } of this.#unanswered.values()) reject(reason);
    this.#unanswered.clear();
    await this.#thread.terminate();
  }

  #settle(answer: Exclude<Message, { channel: string }>): void {
    const request = this.#unanswered.get(answer.id);
    this.#unanswered.delete(answer.id);
    this.#worked = true;
    if (this.#unanswered.size === 0) this.#thread.unref();
    if ('rows' in answer) request?.resolve(answer.rows);
    else request?.reject(Object.assign(new Error(answer.problem.message), answer.problem));
  }
}

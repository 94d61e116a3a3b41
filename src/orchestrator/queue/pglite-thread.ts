/** A thread of its own for the embedded queue's PostgreSQL: what it computes holds nobody else up. */
import { parentPort, workerData } from 'node:worker_threads';
import { startPglite } from './pglite.ts';
import { PgliteSession } from './pglite-session.ts';

/** A statement to execute; without `values` it may be several. */
export interface Question {
  readonly id: number;
  readonly text: string;
  readonly values: readonly unknown[] | undefined;
}

/** The answer to a question, or a notification. */
export type Message =
  | { readonly id: number; readonly rows: readonly unknown[] }
  | { readonly id: number; readonly problem: Problem }
  | { readonly channel: string; readonly payload: string };

/** What BullMQ reads of an error: of the error itself only the message would arrive. */
export interface Problem {
  readonly message: string;
  /** SQLSTATE. */
  readonly code?: unknown;
  readonly detail?: unknown;
}

const image: unknown = workerData;
if (parentPort === null || !(image instanceof Uint8Array)) throw new Error('Expected to run as a thread that is given the image of a data folder.');
const main = parentPort;
const tell = (message: Message) => main.postMessage(message);

const db = await startPglite(image);
const session = new PgliteSession(db);

async function answer({ id, text, values }: Question): Promise<void> {
  try {
    const { rows } = await session.query(text, values);
    tell({ id, rows });
  } catch (error) {
    const { message, code, detail }: Problem = error instanceof Error ? error : { message: String(error) };
    tell({ id, problem: { message, code, detail } });
  }
}

db.onNotification((channel, payload) => tell({ channel, payload }));
// What was asked meanwhile has waited in the port.
main.on('message', (question: Question) => void answer(question));

import type { IncomingMessage } from 'node:http';
import type { Clock } from '../ports.ts';
import { type Refusal, refusal } from './refusal.ts';

export interface BodyOptions {
  readonly maxBytes: number;
  readonly clock: Clock;
  /** ms until the whole body must be there: a slow sender must not hold a place for ever. */
  readonly within: number;
  /** The listener stops. */
  readonly stopped: AbortSignal;
  /** Bytes all bodies may hold together. */
  readonly room: Room;
}

/** Memory shared by all that is being read at once. */
export class Room {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  take(bytes: number): boolean {
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }

  give(bytes: number): void {
    this.#left += bytes;
  }
}

const tooLarge = (maxBytes: number): Refusal =>
  refusal(413, 'Too much at once', `At most ${maxBytes} bytes are taken. Send a shorter message, and files by e-mail.`);

/**
 * Reads a request's body into one buffer, at most twice as large as what came: many small pieces
 * cost no more than one. What was held must be given back to the room by the caller.
 */
export function readBody(
  incoming: IncomingMessage,
  { maxBytes, clock, within, stopped, room }: BodyOptions,
): Promise<{ readonly bytes: Buffer; readonly held: number } | Refusal> {
  if (Number(incoming.headers['content-length'] ?? 0) > maxBytes) return Promise.resolve(tooLarge(maxBytes));
  return new Promise((resolve) => {
    let buffer = Buffer.alloc(0);
    let size = 0;
    const finish = (result: { bytes: Buffer; held: number } | Refusal): void => {
      cancel();
      stopped.removeEventListener('abort', onStop);
      incoming.off('data', onData).off('end', onEnd).off('close', onClose);
      if (!('bytes' in result)) {
        incoming.pause();
        room.give(buffer.length);
      }
      resolve(result);
    };
    const onData = (chunk: Buffer): void => {
      if (size + chunk.length > maxBytes) return finish(tooLarge(maxBytes));
      if (size + chunk.length > buffer.length) {
        const grown = Math.min(maxBytes, Math.max(size + chunk.length, buffer.length * 2));
        if (!room.take(grown - buffer.length)) return finish(refusal(503, 'Busy', 'Too much comes in at once. Nothing was recorded; try again in a minute.'));
        buffer = Buffer.concat([buffer.subarray(0, size)], grown);
      }
      chunk.copy(buffer, size);
      size += chunk.length;
    };
    const onEnd = (): void => finish({ bytes: buffer.subarray(0, size), held: buffer.length });
    const onClose = (): void => finish(refusal(400, 'Cut off', 'The connection ended before the whole form was there.'));
    const onStop = (): void => finish(refusal(503, 'Stopping', 'The server is being restarted. Nothing was recorded; try again in a minute.'));
    const cancel = clock.at(clock.now() + within, () => finish(refusal(408, 'Too slow', 'The form did not arrive in time. Nothing was recorded; try again.')));
    if (stopped.aborted) return onStop();
    stopped.addEventListener('abort', onStop);
    incoming.on('data', onData).on('end', onEnd).on('close', onClose);
  });
}

import { randomBytes, randomInt } from 'node:crypto';
import type { Clock, Random } from './ports.ts';

/** A timer of Node fires at once when asked to wait longer than this, ms. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  at(at, run) {
    let timer: NodeJS.Timeout;
    const wait = () => {
      const left = at - Date.now();
      timer = left > LONGEST_TIMER ? setTimeout(wait, LONGEST_TIMER) : setTimeout(run, Math.max(0, left));
    };
    wait();
    return () => clearTimeout(timer);
  },
};

/** Bytes fetched from the system at once: for 16 at a time the call costs more than the bytes. */
const STOCK = 4_096;
let stock = Buffer.alloc(0);

function takeBytes(length: number): Uint8Array {
  if (length > STOCK / 16) return randomBytes(length);
  if (stock.length < length) stock = randomBytes(STOCK);
  const taken = Uint8Array.from(stock.subarray(0, length));
  // What was given away cannot be read here again.
  stock.fill(0, 0, length);
  stock = stock.subarray(length);
  return taken;
}

/** The machine's own randomness, fit for keys. */
export const systemRandom: Random = {
  bytes: takeBytes,
  number: () => randomInt(2 ** 47) / 2 ** 47,
};

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

/** The machine's own randomness, fit for keys. */
export const systemRandom: Random = {
  bytes: (length) => randomBytes(length),
  number: () => randomInt(2 ** 47) / 2 ** 47,
};

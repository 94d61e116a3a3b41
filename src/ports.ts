/** What a deterministic core may not reach for by itself (I11): time, randomness, identifiers. */

/** Wall-clock time and alarms. `now` is in milliseconds since 1970, UTC. */
export interface Clock {
  now(): number;
  /** Calls `run` once, at or after `at` (ms since 1970). Returns a function that cancels it. */
  at(at: number, run: () => void): () => void;
}

/** Randomness. `bytes` must be fit for keys and nonces in production; seeded in simulations. */
export interface Random {
  bytes(length: number): Uint8Array;
  /** Uniform in [0, 1). */
  number(): number;
}

/** ISO 8601 in UTC with milliseconds, as it stands in the log. */
export type Instant = string;

export const instant = (ms: number): Instant => new Date(ms).toISOString();

// Crockford's base 32: no I, L, O or U, so that an id can be read aloud.
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** A new identifier of `length` characters, 5 bits of randomness each (12 → 60 bits). */
export function newId(random: Random, length = 12): string {
  let id = '';
  for (const byte of random.bytes(length)) id += ALPHABET[byte & 31];
  return id;
}

import { SPAM_WEIGHTS } from './spam-weights.generated.ts';

export interface SpamWeights {
  readonly bias: number;
  /** 0 for what was never seen in training. */
  of(key: string): number;
}

/** Weights lie in [-LIMIT, LIMIT], in steps of LIMIT / 127. */
const LIMIT = 8;
const FAINTEST = 3;
const BITS = 24;

let decoded: SpamWeights | undefined;

/** The weights that ship, decoded once. */
export function spamWeights(): SpamWeights {
  decoded ??= decodeWeights(SPAM_WEIGHTS);
  return decoded;
}

/** FNV-1a, folded to 24 bits: two of a hundred thousand keys rarely meet, and an unseen one hardly ever meets a seen one. */
export function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return ((hash >>> BITS) ^ hash) & (2 ** BITS - 1);
}

/** The bias under hash 0 of an empty key; then hashes in rising order as differences of seven bits a byte, each followed by its weight. Base 64. */
export function encodeWeights(weights: ReadonlyMap<string, number>): string {
  const rows = new Map<number, number>();
  for (const [key, weight] of weights) {
    const step = Math.max(-127, Math.min(127, Math.round((weight / LIMIT) * 127)));
    const hash = key === '' ? 0 : hashOf(key);
    // Of two keys that meet, the stronger speaks; what hardly weighs anything is left out.
    if (Math.abs(step) >= FAINTEST && Math.abs(step) >= Math.abs(rows.get(hash) ?? 0)) rows.set(hash, step);
  }
  const bytes: number[] = [];
  let before = 0;
  for (const [hash, step] of [...rows].sort(([a], [b]) => a - b)) {
    let difference = hash - before;
    while (difference >= 128) {
      bytes.push((difference & 127) | 128);
      difference >>>= 7;
    }
    bytes.push(difference, step & 255);
    before = hash;
  }
  return Buffer.from(bytes).toString('base64');
}

export function decodeWeights(encoded: string): SpamWeights {
  const bytes = Buffer.from(encoded, 'base64');
  const rows = new Map<number, number>();
  let hash = 0;
  for (let at = 0; at < bytes.length; at++) {
    let difference = 0;
    for (let shift = 0; ; shift += 7, at++) {
      const byte = bytes[at] ?? 0;
      difference |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    hash += difference;
    at += 1;
    rows.set(hash, (bytes.readInt8(at) / 127) * LIMIT);
  }
  return { bias: rows.get(0) ?? 0, of: (key) => rows.get(hashOf(key)) ?? 0 };
}

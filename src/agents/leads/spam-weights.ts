import { SPAM_WEIGHTS } from './spam-weights.generated.ts';

export interface SpamWeights {
  /** Log-odds of a lead with no features at all. */
  readonly bias: number;
  /** 0 for what was never seen in training. */
  of(key: string): number;
}

/** Weights lie in [-LARGEST, LARGEST], in steps of LARGEST / 127. */
export const LARGEST = 8;

let decoded: SpamWeights | undefined;

/** The weights that ship, decoded at the first use: about 20 ms, which most commands need not spend. */
export function spamWeights(): SpamWeights {
  decoded ??= decodeWeights(SPAM_WEIGHTS);
  return decoded;
}

/** FNV-1a folded to 24 bits: of a hundred thousand keys few meet, and an unseen one hardly ever meets a seen one. 0 for the bias, the empty key. */
export function hashOf(key: string): number {
  if (key === '') return 0;
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return ((hash >>> 24) ^ hash) & 0xffffff;
}

/**
 * Base 64 of rows in rising order of their hash: the difference to the hash before in groups of seven bits,
 * lowest first, all but the last with the high bit set; then the weight's step as one signed byte.
 */
export function decodeWeights(encoded: string): SpamWeights {
  const bytes = Uint8Array.fromBase64(encoded);
  const rows = new Map<number, number>();
  let hash = 0;
  let difference = 0;
  let shift = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    difference |= (byte & 127) << shift;
    shift += 7;
    if (byte >= 128) continue;
    hash += difference;
    at += 1;
    rows.set(hash, ((((bytes[at] ?? 0) << 24) >> 24) / 127) * LARGEST);
    difference = 0;
    shift = 0;
  }
  return { bias: rows.get(0) ?? 0, of: (key) => rows.get(hashOf(key)) ?? 0 };
}

import { hashOf, LARGEST } from '../../src/agents/leads/spam-weights.ts';
import type { Weights } from './logistic-regression.ts';

/** Steps below this are left out: half of the file for next to nothing. */
const FAINTEST = 3;

/** What `decodeWeights` reads. */
export function encodeWeights(weights: Weights): string {
  const rows = new Map<number, number>();
  for (const [key, weight] of weights) {
    const step = Math.max(-127, Math.min(127, Math.round((weight / LARGEST) * 127)));
    const kept = Math.abs(step) >= (/^!|^$/.test(key) ? 1 : FAINTEST);
    const hash = hashOf(key);
    // Of two keys that meet, the stronger speaks.
    if (kept && Math.abs(step) > Math.abs(rows.get(hash) ?? 0)) rows.set(hash, step);
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
  return Uint8Array.from(bytes).toBase64();
}

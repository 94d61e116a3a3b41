import type { Part } from '../scripts/parts.ts';

/** One figure: what was measured, what it is held against, and whether the goal is reached. */
export interface Figure {
  /** `area.what`, filtered by its beginning. */
  readonly name: string;
  /** What this machine must have for it; without it the figure is left out, and says so. */
  readonly needs?: Part;
  measure(): Promise<Measured>;
}

export interface Measured {
  readonly ours: number;
  readonly against: number;
  readonly unit: string;
  readonly ratio: number;
  /** For people: `≥ 3×`, `≤ 1000 ms`. */
  readonly goal: string;
  readonly holds: boolean;
}

/** More is better: `ours` must come to at least `goal` times `against`. */
export function atLeast(goal: number, { ours, against }: Pair, unit: string): Measured {
  const ratio = ours / against;
  return { ours, against, unit, ratio, goal: `≥ ${goal}×`, holds: ratio >= goal };
}

/** Less is better: `ours` may come to at most `goal` times `against`. */
export function atMost(goal: number, { ours, against }: Pair, unit: string): Measured {
  const ratio = ours / against;
  return { ours, against, unit, ratio, goal: `≤ ${goal}×`, holds: ratio <= goal };
}

/** Less is better, and the limit is absolute; `against` only tells where the floor is. */
export function within(limit: number, { ours, against }: Pair, unit: string): Measured {
  return { ours, against, unit, ratio: ours / against, goal: `≤ ${limit} ${unit}`, holds: ours <= limit };
}

export interface Pair {
  readonly ours: number;
  readonly against: number;
}

/**
 * Measures both in turn, so that what else the machine does falls on both, and takes the medians.
 * The first round only warms up.
 */
export async function inTurn(rounds: number, ours: () => Promise<number>, against: () => Promise<number>): Promise<Pair> {
  const results: Pair[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    // Whoever goes second finds warmer caches: each does so every other time.
    const first = round % 2 === 0 ? await ours() : null;
    const peer = await against();
    results.push({ ours: first ?? (await ours()), against: peer });
  }
  const measured = results.slice(1);
  return { ours: median(measured.map((pair) => pair.ours)), against: median(measured.map((pair) => pair.against)) };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? Number.NaN) : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

/** How often a second something was done that took so long. */
export async function perSecond(times: number, work: () => Promise<void> | void): Promise<number> {
  const start = performance.now();
  await work();
  return (times * 1000) / (performance.now() - start);
}

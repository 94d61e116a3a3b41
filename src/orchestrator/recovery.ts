import type { FailureClass } from '../store/events/task.ts';

/** One row of the recovery table. */
export interface Recovery {
  /** Tries before giving up on this way, the first included. */
  readonly tries: number;
  /** Then: heuristics instead of models, a person, or quarantine. */
  readonly then: 'simpler' | 'human' | 'quarantine';
  /** First pause in ms; doubles with each try, up to `maxPause`. */
  readonly pause: number;
  readonly maxPause: number;
}

const MINUTE = 60_000;

export const RECOVERY: Readonly<Record<FailureClass, Recovery>> = {
  timeout: { tries: 3, then: 'simpler', pause: 2_000, maxPause: MINUTE },
  'api-error': { tries: 4, then: 'simpler', pause: 2_000, maxPause: 5 * MINUTE },
  'rate-limit': { tries: 6, then: 'simpler', pause: 5_000, maxPause: 10 * MINUTE },
  overloaded: { tries: 5, then: 'simpler', pause: 10_000, maxPause: 10 * MINUTE },
  'spending-cap': { tries: 1, then: 'simpler', pause: 0, maxPause: 0 },
  'unusable-output': { tries: 2, then: 'simpler', pause: 1_000, maxPause: MINUTE },
  'cut-off': { tries: 2, then: 'simpler', pause: 0, maxPause: 0 },
  'refused-by-model': { tries: 1, then: 'simpler', pause: 0, maxPause: 0 },
  'bad-input': { tries: 1, then: 'human', pause: 0, maxPause: 0 },
  bounced: { tries: 1, then: 'human', pause: 0, maxPause: 0 },
  crash: { tries: 3, then: 'quarantine', pause: 1_000, maxPause: MINUTE },
  bug: { tries: 3, then: 'quarantine', pause: 1_000, maxPause: MINUTE },
};

export type NextStep = { readonly next: 'retry' | 'simpler'; readonly retryAt: number } | { readonly next: 'human' | 'quarantine'; readonly retryAt: null };

/**
 * What to do after a failure.
 * @param failures failures in a row, this one included
 * @param asked how long the other side asked to wait, ms, or null
 * @param jitter uniform in [0, 1)
 */
export function classifyFailure(
  failure: FailureClass,
  failures: number,
  simpler: boolean,
  asked: number | null,
  now: number,
  jitter: number,
  maxAttempts: number,
): NextStep {
  const row = RECOVERY[failure];
  if (failures < Math.min(row.tries, maxAttempts)) return { next: 'retry', retryAt: now + backoff(row, failures, asked, jitter) };
  // Already without models: what is left is a person.
  if (row.then === 'simpler') return simpler || failures >= maxAttempts + 1 ? { next: 'human', retryAt: null } : { next: 'simpler', retryAt: now };
  return { next: row.then, retryAt: null };
}

/**
 * Exponential backoff with full jitter on its upper half, never shorter than asked for (ms).
 * Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export function backoff(row: Recovery, failures: number, asked: number | null, jitter: number): number {
  const ceiling = Math.min(row.maxPause, row.pause * 2 ** (failures - 1));
  return Math.max(asked ?? 0, Math.round(ceiling / 2 + (ceiling / 2) * jitter));
}

import { describe, expect, it } from 'vitest';
import { backoff, classifyFailure, RECOVERY } from '../../src/orchestrator/recovery.ts';

describe('the recovery table', () => {
  const next = (failure: Parameters<typeof classifyFailure>[0], failures: number, simpler = false) =>
    classifyFailure(failure, failures, simpler, null, 0, 0.5, 10).next;

  it.each([
    ['timeout', 1, 'retry'],
    ['timeout', 3, 'simpler'],
    ['rate-limit', 5, 'retry'],
    ['spending-cap', 1, 'simpler'],
    ['refused-by-model', 1, 'simpler'],
    ['bad-input', 1, 'human'],
    ['bounced', 1, 'human'],
    ['bug', 2, 'retry'],
    ['bug', 3, 'quarantine'],
    ['crash', 3, 'quarantine'],
  ] as const)('%s, failure %i: %s', (failure, failures, expected) => {
    expect(next(failure, failures)).toBe(expected);
  });

  it('asks a person when it already works without models', () => {
    expect(next('timeout', 3, true)).toBe('human');
  });

  it('never tries more often than an agent may', () => {
    expect(classifyFailure('bug', 2, false, null, 0, 0, 2).next).toBe('quarantine');
  });
});

describe('backoff', () => {
  const row = RECOVERY['api-error'];

  it('doubles up to its longest pause', () => {
    expect([1, 2, 3, 20].map((failures) => backoff(row, failures, null, 1))).toEqual([2_000, 4_000, 8_000, row.maxPause]);
  });

  it('waits at least as long as the other side asked', () => {
    expect(backoff(row, 1, 90_000, 0)).toBe(90_000);
  });
});

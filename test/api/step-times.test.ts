import { expect, it } from 'vitest';
import { type StepTime, StepTimes } from '../../src/api/step-times.ts';
import { item, proposed, requested, started, story } from '../support/events.ts';

const key = { item: 't.1', revision: 1 };
const at = (minute: number) => new Date(Date.UTC(2026, 0, 5, 9, minute)).toISOString();

/** The steps that end in a story, whose events are a minute apart. */
function timed(...told: Parameters<typeof story> extends [string, ...infer T] ? T : never): StepTime[] {
  const times = new StepTimes();
  return story('task:t', ...told).flatMap((event) => times.add(event));
}

it('each step is timed from its beginning to its end', () => {
  const steps = timed(
    requested(),
    started(),
    proposed([item('t.1')]),
    ['ItemAsked', { ...key, approval: 'a' }],
    ['ItemApproved', { ...key, hash: '', approval: 'a', heldUntil: null }],
    ['EffectStarted', { ...key, attempt: 1, footprint: 'f', connector: 'outbox', deadline: at(9) }],
    ['EffectSucceeded', { ...key, attempt: 1, footprint: 'f', receipt: {} }],
  );
  expect(steps).toEqual(['queue', 'agent', 'decision', 'hold', 'effect'].map((step) => ({ step, seconds: 60 })));
});

it('a rejection ends the wait for a decision as well; a failure ends a run, and the next waits from when it may', () => {
  const steps = timed(
    requested({ notBefore: at(-30) }),
    started(),
    ['TaskFailed', { attempt: 1, class: 'timeout', message: '', next: 'retry', retryAt: at(2) }],
    started(2),
    proposed([item('t.1')], 2),
    ['ItemAsked', { ...key, approval: 'a' }],
    ['ItemRejected', { ...key, approval: 'a', reason: '', again: false }],
  );
  expect(steps).toEqual(['queue', 'agent', 'queue', 'agent', 'decision'].map((step) => ({ step, seconds: 60 })));
});

it('what is planned for later does not wait before its time', () => {
  expect(timed(requested({ notBefore: at(1) }), started())).toEqual([{ step: 'queue', seconds: 0 }]);
});

it('a model says how long it took', () => {
  expect(timed(['ModelAnswered', { latencyMs: 1500 }])).toEqual([{ step: 'model', seconds: 1.5 }]);
});

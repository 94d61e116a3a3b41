import { describe, expect, it } from 'vitest';
import { findItem, foldTask, nextSteps, type TaskState } from '../../src/orchestrator/task.ts';
import type { DomainEvent } from '../../src/store/events/index.ts';
import { approved, asked, effectStarted, effectSucceeded, item, judged, proposed, rejected, requested, started, story } from '../support/events.ts';

const LATE = Date.UTC(2026, 0, 6);
const dead = () => false;

function task(...told: Parameters<typeof story>[1][]): TaskState {
  const state = foldTask(story('task:t1', ...told));
  if (state === null) throw new Error('The story does not begin with TaskRequested.');
  return state;
}

const steps = (state: TaskState, now = LATE, alive: (what: object) => boolean = dead) =>
  nextSteps(state, now, alive).map((step) => ('item' in step ? `${step.do} ${step.item.item.id}` : step.do));

describe('a task and what it needs next', () => {
  const mail = item('t1.1');
  const followUp = item('t1.2', { action: 'task.schedule', after: ['t1.1'] });
  const both = [requested(), started(), proposed([mail, followUp])] as const;

  it('asks to be admitted as soon as it may run', () => {
    expect(steps(task(requested()))).toEqual(['admit']);
    expect(steps(task(requested({ notBefore: '2026-02-01T00:00:00.000Z' })))).toEqual([]);
  });

  it('is lost when the process that ran it is gone, and only then', () => {
    expect(steps(task(requested(), started()))).toEqual(['lost-run']);
    expect(steps(task(requested(), started()), LATE, () => true)).toEqual([]);
  });

  it('has all its items judged at once', () => {
    expect(steps(task(...both))).toEqual(['judge']);
  });

  it('does an item only after those it builds on', () => {
    const waiting = task(...both, judged(mail, 'ask'), judged(followUp, 'allow'), approved(followUp, null, null), asked(mail));
    expect(steps(waiting)).toEqual([]);
    const sent = task(
      ...both,
      judged(mail, 'ask'),
      judged(followUp, 'allow'),
      approved(followUp, null, null),
      asked(mail),
      approved(mail),
      effectStarted(mail),
      effectSucceeded(mail),
    );
    expect(steps(sent)).toEqual(['execute t1.2']);
  });

  it('does not do what builds on something turned down', () => {
    const state = task(...both, judged(mail, 'ask'), judged(followUp, 'ask'), asked(mail), asked(followUp), rejected(mail, ''));
    expect(steps(state)).toEqual(['refuse t1.2']);
  });

  it('holds an approved effect until its hold is over', () => {
    const held = task(requested(), started(), proposed([mail]), judged(mail, 'ask'), asked(mail), approved(mail, '2026-01-05T09:10:00.000Z'));
    expect(steps(held, Date.UTC(2026, 0, 5, 9, 9))).toEqual([]);
    expect(steps(held, Date.UTC(2026, 0, 5, 9, 10))).toEqual(['execute t1.1']);
  });

  it('recovers an effect whose process ended, never one that may still be running (I4)', () => {
    const running = task(requested(), started(), proposed([mail]), judged(mail, 'allow'), approved(mail, null, null), effectStarted(mail));
    expect(steps(running, LATE, () => true)).toEqual([]);
    expect(steps(running)).toEqual(['recover-effect t1.1']);
  });

  it('is done when each of its items is', () => {
    const done = task(requested(), started(), proposed([mail]), judged(mail, 'allow'), approved(mail, null, null), effectStarted(mail), effectSucceeded(mail));
    expect(done.status).toBe('done');
    expect(steps(done)).toEqual([]);
  });
});

describe('a proposal that was turned down', () => {
  const mail = item('t1.1');
  const turnedDown = [requested(), started(), proposed([mail]), judged(mail, 'ask'), asked(mail)] as const;

  it('goes back to the agent with the reason', () => {
    const state = task(...turnedDown, rejected(mail, 'Too long'));
    expect(state.status).toBe('requested');
    expect(state.rejections).toEqual([{ round: 1, reason: 'Too long' }]);
    expect(steps(state)).toEqual(['admit']);
  });

  it('ends there without a reason', () => {
    expect(task(...turnedDown, rejected(mail, '')).status).toBe('done');
  });

  it('goes back twice and no more', () => {
    const [second, third] = [item('t1.2'), item('t1.3')];
    const again = [
      ...turnedDown,
      rejected(mail, 'Too long'),
      started(2),
      proposed([second], 2),
      asked(second),
      rejected(second, 'Too long'),
      started(3),
      proposed([third], 3),
      asked(third),
    ] as const;
    expect(task(...again).status).toBe('proposed');
    expect(task(...again, rejected(third, 'Too long')).status).toBe('done');
  });
});

describe('an item', () => {
  const mail = item('t1.1');
  const executing = [requested(), started(), proposed([mail]), judged(mail, 'allow'), approved(mail, null, null), effectStarted(mail)] as const;
  const key = { item: mail.id, revision: 1 };
  const status = (...told: Parameters<typeof story>[1][]) => findItem(task(...told), mail.id)?.status;

  it.each([
    [
      'a failure that can be tried again',
      ['EffectFailed', { ...key, attempt: 1, class: 'timeout', message: 'x', retryAt: '2026-01-05T11:00:00.000Z' }],
      'approved',
    ],
    ['a failure for good', ['EffectFailed', { ...key, attempt: 1, class: 'bounced', message: 'x', retryAt: null }], 'failed'],
    ['an outcome nobody knows', ['EffectUnknown', { ...key, attempt: 1, footprint: 'f', message: 'x' }], 'unknown'],
  ] as const)('after %s', (_what, event, expected) => {
    expect(status(...executing, event)).toBe(expected);
  });

  it.each([
    [true, 'done'],
    [false, 'asking'],
  ] as const)('whose outcome a person knows (happened: %s) is %s', (happened, expected) => {
    expect(status(...executing, ['EffectUnknown', { ...key, attempt: 1, footprint: 'f', message: 'x' }], ['EffectResolved', { ...key, happened }])).toBe(
      expected,
    );
  });

  it('is judged anew when it was revised', () => {
    const state = task(requested(), started(), proposed([mail]), judged(mail, 'ask'), asked(mail), [
      'ItemRevised',
      { item: mail.id, revision: 2, before: {}, after: { text: 'new' }, why: 'conflict' },
    ]);
    expect(findItem(state, mail.id)).toMatchObject({ status: 'proposed', approval: null, item: { revision: 2, request: { text: 'new' } } });
    expect(steps(state)).toEqual(['judge']);
  });
});

it('ignores events of a stream that was never requested', () => {
  const events: DomainEvent[] = story('task:t1', started());
  expect(foldTask(events)).toBeNull();
});

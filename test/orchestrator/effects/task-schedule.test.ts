import { expect, test } from 'vitest';
import { taskSchedule } from '../../../src/orchestrator/effects/task-schedule.ts';
import { planContext } from './given.ts';

const guards = [{ ref: 'lead:a', field: 'stage', equals: 'contacted' }];
const request = { agent: 'lead-qualification', input: { followUp: 1 }, afterDays: 3, guards };

test('a follow-up is a task of its own, due after the days, one generation further down', async () => {
  expect(await taskSchedule.plan(request, planContext({ target: 'lead:a' }))).toEqual({
    events: [
      expect.objectContaining({
        stream: 'task:fresh',
        type: 'TaskRequested',
        subject: 'p1',
        correlation: 'c1',
        data: {
          agent: 'lead-qualification',
          about: 'lead:a',
          input: { followUp: 1 },
          reason: 'Follow up with Ada',
          priority: 0,
          value: null,
          // Approved at 09:00:30.500: on the next whole minute, never earlier than asked for.
          notBefore: '2026-03-05T09:01:00.000Z',
          deadline: null,
          guards,
          parent: 'T',
          depth: 3,
        },
      }),
    ],
    expect: { 'task:fresh': 'absent' },
  });
});

test('no days means at once', async () => {
  expect(await taskSchedule.plan({ ...request, afterDays: 0 }, planContext({}))).toMatchObject({ events: [{ data: { notBefore: null } }] });
});

test('the card tells when, and what must still hold', () => {
  expect(taskSchedule.show(request)).toEqual([
    {
      kind: 'fields',
      fields: [
        { label: 'agent', value: 'lead-qualification' },
        { label: 'when', value: 'in 3 days' },
        { label: 'dropped if this changes', value: 'stage' },
      ],
    },
  ]);
});

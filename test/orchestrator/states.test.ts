import { describe, expect, it } from 'vitest';
import { States } from '../../src/orchestrator/states.ts';
import { foldTask, type TaskState } from '../../src/orchestrator/task.ts';
import { VersionConflict } from '../../src/store/errors.ts';
import { type NewEvent, newEvent } from '../../src/store/events/index.ts';
import type { Journal } from '../../src/store/journal.ts';
import { requested, started, story } from '../support/events.ts';
import { memoryJournal } from '../support/memory-journal.ts';

const TASK = 'task:t1';
const asNew = (...told: Parameters<typeof story>[1][]): NewEvent[] =>
  story(TASK, ...told).map(({ version: _version, commit: _commit, at: _at, ...event }) => event as NewEvent);
const cancelled = newEvent(TASK, 'TaskCancelled', { reason: 'not needed' }, { actor: 'a', source: 's', cause: null, correlation: 'c', subject: 'p1' });

function given() {
  const log = memoryJournal();
  let reads = 0;
  const counted: Journal = {
    ...log,
    readStream(stream, after) {
      reads += 1;
      return log.readStream(stream, after);
    },
  };
  const states = new States(counted);
  return { log, states, reads: () => reads, task: () => states.load(TASK) as Promise<TaskState | null> };
}

describe('states at hand', () => {
  it('are what the stream folds to, without reading what was written here', async () => {
    const { log, states, reads, task } = given();
    await states.journal.append(asNew(requested()), { [TASK]: 'absent' });
    await states.journal.append(asNew(requested(), started()).slice(1), { [TASK]: 1 });
    expect(await task()).toEqual(foldTask(await log.readStream(TASK)));
    expect(reads()).toBe(0);
  });

  it('are read once where others wrote, and kept up by what is seen', async () => {
    const { log, states, reads, task } = given();
    await log.append(asNew(requested()));
    expect((await task())?.status).toBe('requested');
    expect((await task())?.status).toBe('requested');
    expect(reads()).toBe(1);
    states.see((await log.append(asNew(requested(), started()).slice(1))).events);
    expect((await task())?.status).toBe('running');
    expect(reads()).toBe(1);
  });

  it('are read again when something between was missed', async () => {
    const { log, states, task } = given();
    await log.append(asNew(requested()));
    await task();
    await log.append(asNew(requested(), started()).slice(1));
    states.see((await log.append([cancelled])).events);
    expect(await task()).toMatchObject({ status: 'cancelled', version: 3, attempt: 1 });
  });

  it('that turn out old are read again after the conflict (I2)', async () => {
    const { log, states, task } = given();
    await log.append(asNew(requested()));
    await task();
    await log.append([cancelled]);
    await expect(states.journal.append(asNew(requested(), started()).slice(1), { [TASK]: 1 })).rejects.toThrow(VersionConflict);
    expect((await task())?.status).toBe('cancelled');
  });

  it('seen twice change nothing', async () => {
    const { states, task } = given();
    const { events } = await states.journal.append(asNew(requested()));
    states.see(events);
    expect((await task())?.version).toBe(1);
  });

  it('are not kept once a person was forgotten', async () => {
    const { log, states, reads, task } = given();
    await states.journal.append(asNew(requested()));
    const envelope = { actor: 'a', source: 's', cause: null, correlation: 'c', subject: null };
    await states.journal.append([newEvent('person:p1', 'PersonForgotten', { person: 'p1', at: '2026-01-05T09:00:00.000Z' }, envelope)]);
    await task();
    expect(reads()).toBe(1);
    expect(log.commits).toHaveLength(2);
  });
});

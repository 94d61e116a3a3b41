import { describe, expect, it } from 'vitest';
import { Draft } from '../../src/orchestrator/draft.ts';
import { States } from '../../src/orchestrator/states.ts';
import { VersionConflict } from '../../src/store/errors.ts';
import { type NewEvent, newEvent } from '../../src/store/events/index.ts';
import { requested, started, story } from '../support/events.ts';
import { memoryJournal } from '../support/memory-journal.ts';

const BY = { actor: 'a', source: 's', cause: null, correlation: 'c', subject: 'p1' };
const [request] = story('task:t1', requested()).map(({ version: _v, commit: _c, at: _a, ...event }) => event as NewEvent);
const [, start] = story('task:t1', requested(), started()).map(({ version: _v, commit: _c, at: _a, ...event }) => event as NewEvent);
const cancel = newEvent('task:t1', 'TaskCancelled', { reason: 'not needed' }, BY);

async function given() {
  const log = memoryJournal();
  const states = new States(log);
  if (request === undefined || start === undefined) throw new Error('The story is too short.');
  await states.journal.append([request]);
  const happened: string[] = [];
  const consequence = { start: () => happened.push('started'), abandon: () => happened.push('abandoned') };
  return { log, parts: { journal: states.journal, states, clock: { now: () => Date.UTC(2026, 0, 5) } }, happened, consequence, start };
}

describe('a commit in the making', () => {
  it('shows each step the state that the steps before it lead to, and becomes true at once', async () => {
    const { log, parts, start } = await given();
    await Draft.commit(parts, async (draft) => {
      draft.add([start]);
      expect(await draft.task('t1')).toMatchObject({ status: 'running', version: 2 });
      draft.add([cancel]);
      expect(await draft.task('t1')).toMatchObject({ status: 'cancelled', version: 3 });
      expect(log.commits).toHaveLength(1);
    });
    expect(log.commits.map(({ events }) => events.map(({ type }) => type))).toEqual([['TaskRequested'], ['TaskStarted', 'TaskCancelled']]);
  });

  it('starts what waits for it only once it is true (I4)', async () => {
    const { log, parts, happened, consequence, start } = await given();
    await Draft.commit(parts, async (draft) => {
      await draft.task('t1');
      draft.add([start]);
      draft.onceTrue({ ...consequence, start: () => happened.push(`started after commit ${log.commits.length}`) });
    });
    expect(happened).toEqual(['started after commit 2']);
  });

  it('comes to nothing when somebody else moved the task on meanwhile (I2)', async () => {
    const { log, parts, happened, consequence, start } = await given();
    const decided = Draft.commit(parts, async (draft) => {
      await draft.task('t1');
      await log.append([cancel]);
      draft.add([start]);
      draft.onceTrue(consequence);
    });
    await expect(decided).rejects.toThrow(VersionConflict);
    expect(happened).toEqual(['abandoned']);
    expect(log.commits).toHaveLength(2);
  });

  it('comes to nothing when a step fails', async () => {
    const { log, parts, happened, consequence, start } = await given();
    const failed = Draft.commit(parts, async (draft) => {
      draft.add([start]);
      draft.onceTrue(consequence);
      throw new Error('no policy');
    });
    await expect(failed).rejects.toThrow('no policy');
    expect(happened).toEqual(['abandoned']);
    expect(log.commits).toHaveLength(1);
  });

  it('that holds nothing writes nothing', async () => {
    const { log, parts } = await given();
    expect(await Draft.commit(parts, (draft) => draft.task('t1'))).toMatchObject({ recorded: null, result: { status: 'requested' } });
    expect(log.commits).toHaveLength(1);
  });

  it('takes the version it read as the one it builds on, not its own provisional one', async () => {
    const { parts, start } = await given();
    // Written to before it was read.
    await Draft.commit(parts, async (draft) => {
      draft.add([start]);
      await draft.task('t1');
    });
    expect(await parts.states.load('task:t1')).toMatchObject({ version: 2 });
  });

  it('asks the world once, however many steps want to know', async () => {
    const { parts } = await given();
    let asked = 0;
    await Draft.commit(parts, async (draft) => {
      const ask = () => draft.once('weather', async () => (asked += 1));
      expect(await Promise.all([ask(), ask()])).toEqual([1, 1]);
    });
  });
});

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../support/virtual-clock.ts';

const START = Date.parse('2026-03-02T09:00:00.000Z');

describe('the virtual clock', () => {
  it('stands still until it is moved, and rings each alarm at its own time, in order', async () => {
    const clock = new VirtualClock('2026-03-02T09:00:00.000Z');
    const rung: [string, number][] = [];
    const note = (name: string) => () => rung.push([name, clock.now() - START]);
    clock.at(START + 300, note('third'));
    clock.at(START + 100, note('first'));
    clock.at(START + 100, note('second'));
    clock.at(START + 200, note('cancelled'))();
    clock.at(START + 1_001, note('too late'));
    await clock.advance(1_000);
    expect(rung).toEqual([
      ['first', 100],
      ['second', 100],
      ['third', 300],
    ]);
    expect(clock.now()).toBe(START + 1_000);
  });

  it('lets all that follows from one alarm happen before the next, files included', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'countersign-clock-'));
    const clock = new VirtualClock('2026-03-02T09:00:00.000Z');
    const story: string[] = [];
    const write = async (name: string) => {
      for (let times = 0; times < 5; times += 1) {
        await writeFile(join(folder, name), name.repeat(100_000));
        await readFile(join(folder, name));
      }
      story.push(`${name} at ${clock.now() - START}`);
    };
    clock.at(START + 1, () => void write('slow'));
    clock.at(START + 2, () => story.push(`quick at ${clock.now() - START}`));
    await clock.advance(10);
    await rm(folder, { recursive: true });
    expect(story).toEqual(['slow at 1', 'quick at 2']);
  });

  it('goes from alarm to alarm, also those set on the way, until none is left or the limit is reached', async () => {
    const clock = new VirtualClock('2026-03-02T09:00:00.000Z');
    let left = 3;
    const again = () => {
      left -= 1;
      if (left > 0) clock.at(clock.now() + 1_000, again);
    };
    clock.at(START + 1_000, again);
    await clock.runUntilIdle(2_500);
    expect({ left, now: clock.now() - START }).toEqual({ left: 1, now: 2_000 });
    await clock.runUntilIdle(60_000);
    expect({ left, now: clock.now() - START }).toEqual({ left: 0, now: 3_000 });
  });
});

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { openSqliteLog } from '../../src/store/sqlite/log.ts';
import { readOwner, takeOwnership } from '../../src/store/sqlite/owner.ts';
import { verifyLog } from '../../src/store/verify.ts';
import { systemClock } from '../../src/system.ts';
import { commitOf, event, everything } from '../contracts/log.ts';
import { type Child, runFile } from '../support/child-process.ts';
import { manualClock } from '../support/manual-clock.ts';
import { temporaryFolder as folder } from '../support/processes.ts';

const children: Child[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) await child.kill();
});
function run(name: 'writer' | 'owner', args: readonly string[], shell?: string): Child {
  const child = runFile(fileURLToPath(new URL(`processes/${name}.ts`, import.meta.url)), args, shell);
  children.push(child);
  return child;
}
const isNumber = (line: string) => /^\d+$/.test(line);
const numbersOf = (child: Child) => child.lines.filter(isNumber).map(Number);

describe('one log, several processes', () => {
  it('all write it at once, nobody loses a commit, and a subscriber sees every one', async () => {
    const file = join(folder(), 'log.db');
    const log = await openSqliteLog(file, systemClock);
    const seen: number[] = [];
    const all = Promise.withResolvers<void>();
    const subscription = log.subscribe(0, async (commits) => {
      seen.push(...commits.map(({ number }) => number));
      if (seen.length >= 120) all.resolve();
    });
    const writers = [run('writer', [file, 'one', '15', '4']), run('writer', [file, 'two', '15', '4'])];
    expect(await Promise.all(writers.map(({ ended }) => ended))).toEqual([0, 0]);
    await all.promise;
    await subscription.stop();

    const numbers = Array.from({ length: 120 }, (_, index) => index + 1);
    expect(seen).toEqual(numbers);
    expect(writers.flatMap(numbersOf).sort((a, b) => a - b)).toEqual(numbers);
    expect(await verifyLog(log)).toMatchObject({ commits: 120, events: 240 });
    expect((await log.readStream('shared')).length).toBe(120);
    await log.close();
  });

  it('kill -9 while appending: what was acknowledged is there, whole, and the log goes on (I3)', async () => {
    const file = join(folder(), 'log.db');
    for (const name of ['a', 'b', 'c']) {
      const child = run('writer', [file, name, '0', '6']);
      await child.line(() => numbersOf(child).length >= 60);
      await child.kill();

      const log = await openSqliteLog(file, systemClock);
      const verdict = await verifyLog(log);
      expect(verdict).toMatchObject({ commits: expect.any(Number) });
      const names = new Map((await everything(log)).map(({ number, events }) => [number, events[1]?.data['name']]));
      expect(numbersOf(child).map((number) => names.get(number))).toEqual(numbersOf(child).map(() => name));
      await log.close();
    }
  });

  // The limit is lifted with prlimit, which only Linux has.
  it.skipIf(process.platform !== 'linux')('disk full: refuses and says so, keeps what it acknowledged, works again with room (faults row 6)', async () => {
    const file = join(folder(), 'log.db');
    const child = run('writer', [file, 'full', '0', '2'], 'ulimit -S -f 500;');
    expect(await child.line((line) => line.startsWith('StoreUnavailable'))).toMatch(/log\.db: .*room.*Nothing was written/);
    const before = numbersOf(child);
    expect(before.length).toBeGreaterThan(0);

    execFileSync('prlimit', ['--pid', String(child.pid), '--fsize=unlimited']);
    await child.line(() => numbersOf(child).length >= before.length + 50);
    await child.kill();
    const log = await openSqliteLog(file, systemClock);
    expect(await verifyLog(log)).toMatchObject({ commits: expect.any(Number) });
    const acknowledged = numbersOf(child);
    expect(acknowledged).toEqual(acknowledged.map((_, index) => index + 1));
    expect((await log.head()).number).toBeGreaterThanOrEqual(acknowledged.length);
    await log.close();
  });
});

describe('a lock that another process holds', () => {
  const hold = (file: string) => {
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    return other;
  };

  it('is waited for while everything else goes on', async () => {
    const file = join(folder(), 'log.db');
    const log = await openSqliteLog(file, systemClock);
    const other = hold(file);
    let done = false;
    const appending = log.append(commitOf([event('a')])).then(() => (done = true));
    // Timers run and reads are answered meanwhile.
    for (let round = 0; round < 5; round += 1) await new Promise((resolve) => setTimeout(resolve, 2));
    expect([done, await everything(log)]).toEqual([false, []]);
    other.close();
    await appending;
    expect((await everything(log)).length).toBe(1);
    await log.close();
  });

  it('is waited for no longer than ten seconds; then the writer is told, and can try again', async () => {
    const file = join(folder(), 'log.db');
    const clock = manualClock('2026-01-01T00:00:00.000Z');
    const log = await openSqliteLog(file, clock);
    const other = hold(file);
    const appending = log.append(commitOf([event('a')]));
    const refused = expect(appending).rejects.toMatchObject({
      code: 'StoreUnavailable',
      message: expect.stringMatching(/another process has held its lock for 10 seconds/),
    });
    for (let waited = 0; waited <= 10_000; waited += 5) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.move(5);
    }
    await refused;
    other.close();
    expect(await log.append(commitOf([event('a')]))).toEqual({ number: 1, versions: [1] });
    await log.close();
  });
});

describe('the owner of a data folder', () => {
  it('is one; another is refused, told which folder and by whom', async () => {
    const data = folder();
    expect(await readOwner(data)).toBeNull();
    const first = run('owner', [data]);
    await first.line((line) => line === 'owned');
    expect(await readOwner(data)).toEqual({ pid: first.pid });
    const message = `${data} is in use by another Countersign (process ${first.pid}): stop that one, or name another data folder.`;
    await expect(takeOwnership(data)).rejects.toMatchObject({ code: 'AlreadyOwned', message });
    expect(await run('owner', [data]).line(() => true)).toBe(`AlreadyOwned ${message}`);
  });

  it('is none any more after kill -9, or once it let go', async () => {
    const data = folder();
    const first = run('owner', [data]);
    await first.line((line) => line === 'owned');
    await first.kill();
    expect(await readOwner(data)).toBeNull();

    const mine = await takeOwnership(data);
    expect(await readOwner(data)).toEqual({ pid: process.pid });
    await expect(takeOwnership(data)).rejects.toMatchObject({ code: 'AlreadyOwned' });
    await mine.release();
    await (await takeOwnership(data)).release();
  });
});

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { openEmbeddedQueue } from '../../src/orchestrator/queue/embedded.ts';
import { systemClock } from '../../src/system.ts';
import { describeQueue } from '../contracts/queue.ts';
import { runFile } from '../support/child-process.ts';
import { instantQueue } from '../support/instant-queue.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

/** Shared by all runs of the tests: only the first one ever builds the image. */
const SHARED_CACHE = join(tmpdir(), 'countersign-test-queue');
const DIED = 'The thread of the embedded queue ended unexpectedly: exit code';

describeQueue('embedded', async () => {
  const errors: unknown[] = [];
  const queue = openEmbeddedQueue({ cacheFolder: SHARED_CACHE, clock: systemClock, onError: (error) => errors.push(error) });
  return { queue, errors, now: systemClock.now, wait: (ms) => sleep(ms) };
});

describeQueue('instant, on a virtual clock', async () => {
  const errors: unknown[] = [];
  const clock = new VirtualClock('2026-03-02T09:00:00.000Z');
  const queue = instantQueue(clock, (error) => errors.push(error));
  return { queue, errors, now: () => clock.now(), wait: (ms) => clock.advance(ms) };
});

describe('the embedded queue’s start and end', () => {
  let cacheFolder: string;
  let errors: unknown[];
  beforeEach(async () => {
    cacheFolder = await mkdtemp(join(tmpdir(), 'countersign-queue-'));
    errors = [];
  });
  afterEach(() => rm(cacheFolder, { recursive: true, force: true }));

  const open = (folder = cacheFolder) => openEmbeddedQueue({ cacheFolder: folder, clock: systemClock, onError: (error) => errors.push(error) });

  /** A queue works when a job comes through. */
  async function work(queue: ReturnType<typeof open>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    queue.consume(
      'a',
      1,
      async () => resolve(),
      (error) => errors.push(error),
    );
    await queue.add('a', [{ task: 't', attempt: 1, priority: 5 }]);
    await promise;
  }

  /** The threads that are started from now on until the test ends. */
  function watchThreads(also: (thread: Worker) => void = () => {}): readonly Worker[] {
    const threads: Worker[] = [];
    const note = (thread: Worker) => {
      threads.push(thread);
      also(thread);
    };
    process.on('worker', note);
    onTestFinished(() => void process.off('worker', note));
    return threads;
  }

  it('takes jobs before it is ready, and keeps its image for the next start', async () => {
    const queue = open(join(cacheFolder, 'not', 'there', 'yet'));
    await work(queue);
    await queue.close();
    const files = await readdir(join(cacheFolder, 'not', 'there', 'yet'));
    expect(files).toEqual([expect.stringMatching(/^queue-\d+-pglite-[\d.]+-bullmq-[\d.]+\.tar\.zst$/)]);
    expect(errors).toEqual([]);
  });

  it.each([
    ['cut off', (image: Buffer) => image.subarray(0, image.length / 2)],
    ['with a byte changed', (image: Buffer) => Buffer.from(image).fill(image.readUInt8(1_000) ^ 1, 1_000, 1_001)],
  ])('throws an image away that was %s, and builds another', async (_, harm) => {
    const shared = open(SHARED_CACHE);
    await shared.ready();
    await shared.close();
    const [name = 'none'] = await readdir(SHARED_CACHE);
    const good = await readFile(join(SHARED_CACHE, name));
    const broken = harm(good);
    await writeFile(join(cacheFolder, name), broken);

    const queue = open();
    await work(queue);
    await queue.close();
    expect(await readdir(cacheFolder)).toEqual([name]);
    expect(Buffer.compare(await readFile(join(cacheFolder, name)), broken)).not.toBe(0);
    expect(errors).toEqual([]);
  });

  it('works without a cache it can write, and says so', async () => {
    const file = join(cacheFolder, 'a file, not a folder');
    await writeFile(file, '');
    const queue = open(file);
    await work(queue);
    await queue.close();
    expect(errors).toEqual([expect.objectContaining({ code: expect.stringMatching(/EEXIST|ENOTDIR/) })]);
  });

  it('does not keep its end waiting for a job that goes on', async () => {
    const queue = open(SHARED_CACHE);
    const [started, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const run = () => {
      started.resolve();
      return held.promise;
    };
    const consumer = queue.consume('a', 1, run, (error) => errors.push(error));
    await queue.add('a', [{ task: 't', attempt: 1, priority: 5 }]);
    await started.promise;
    await queue.close();
    held.resolve();
    await consumer.stop();
    expect(errors).toEqual([]);
  });

  it('goes on with a new thread when its own dies, and says so once', async () => {
    const threads = watchThreads();
    const queue = open(SHARED_CACHE);
    await work(queue);
    expect(threads).toHaveLength(1);
    // Waits in the queue that is lost.
    await queue.add('b', [{ task: 'lost', attempt: 1, priority: 5 }]);
    const asked = queue.add('c', [{ task: 'kept', attempt: 1, priority: 5 }]);
    void threads[0]?.terminate();
    await asked;
    expect([await queue.size('b'), await queue.size('c')]).toEqual([0, 1]);
    expect(errors).toEqual([expect.objectContaining({ message: expect.stringContaining(DIED) })]);

    const seen: string[] = [];
    const both = Promise.withResolvers<void>();
    const consumer = queue.consume(
      'c',
      1,
      async ({ task }) => {
        seen.push(task);
        if (seen.length === 2) both.resolve();
      },
      () => {},
    );
    await queue.add('c', [{ task: 'new', attempt: 1, priority: 5 }]);
    await both.promise;
    expect(seen).toEqual(['kept', 'new']);
    await work(queue);
    await consumer.stop();
    await queue.close();
    expect(errors).toHaveLength(1);
  });

  it('says so when the new thread dies at once, and neither hangs nor spins', async () => {
    const threads = watchThreads((thread) => {
      if (threads.length > 1) void thread.terminate();
    });
    const queue = open(SHARED_CACHE);
    await work(queue);
    const asked = queue.size('a');
    void threads[0]?.terminate();
    await expect(asked).rejects.toThrow(DIED);
    await expect(queue.add('a', [{ task: 'late', attempt: 1, priority: 5 }])).rejects.toThrow(DIED);
    expect(threads).toHaveLength(2);
    expect(errors).toEqual([
      expect.objectContaining({ message: expect.stringContaining(DIED) }),
      expect.objectContaining({ message: expect.stringContaining(DIED) }),
    ]);
    await sleep(20); // never over if the consumer asked again and again
    await queue.close();
  });

  it('lets the process end that has nothing else to do', async () => {
    const child = runFile(fileURLToPath(new URL('processes/open-queue.ts', import.meta.url)), [SHARED_CACHE]);
    expect(await child.ended).toBe(0);
    expect(child.lines).toEqual(['1 job waits']);
  });

  it('can be broken off', async () => {
    const queue = open();
    const consumer = queue.consume(
      'a',
      1,
      async () => {},
      () => {},
    );
    const opened = queue.ready();
    opened.catch(() => {});
    await queue.close();
    await consumer.stop();
    await expect(opened).rejects.toThrow();
    expect(errors).toEqual([]);
  });
});

import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { Worker } from 'bullmq';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Job, Queue } from '../../src/orchestrator/queue/queue.ts';
import { openRedisQueue } from '../../src/orchestrator/queue/redis.ts';
import { systemClock } from '../../src/system.ts';
import { describeQueue } from '../contracts/queue.ts';
import { type Child, runFile } from '../support/child-process.ts';
import { describeWith } from '../support/parts.ts';
import { type RedisProcess, startRedis } from '../support/redis.ts';

const SECRET = 'canary-9f2e';
const job = (task: string): Job => ({ task, attempt: 1, priority: 5 });
const jobs = (count: number) => Array.from({ length: count }, (_, index) => job(`t${index}`));
const names = (count: number) => jobs(count).map(({ task }) => task);

/** Waits for what must happen; a test that waits in vain fails with `what`. */
async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let round = 0; round < 1_000; round += 1) {
    if (await holds()) return;
    await sleep(20);
  }
  throw new Error(`Expected within 20 s: ${what}.`);
}

describeWith('redis-server', 'the queue on Redis', () => {
  let redis: RedisProcess;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  let errors: unknown[];
  beforeEach(async () => {
    errors = [];
    await redis.run('FLUSHALL');
  });
  const messages = () => errors.map((error) => (error instanceof Error ? error.message : String(error)));

  async function open({ url = redis.url, prefix = 'test' } = {}): Promise<Queue> {
    const queue = await openRedisQueue({ url, prefix, clock: systemClock, onError: (error) => errors.push(error) });
    onTestFinished(() => queue.close());
    return queue;
  }

  /** Runs jobs without ado; what it ran, as it came. */
  function collect(queue: Queue, agent = 'a'): string[] {
    const seen: string[] = [];
    queue.consume(
      agent,
      2,
      async ({ task }) => void seen.push(task),
      (error) => errors.push(error),
    );
    return seen;
  }

  describeQueue('redis', async () => {
    const failures: unknown[] = [];
    const queue = await openRedisQueue({ url: redis.url, prefix: 'contract', clock: systemClock, onError: (error) => failures.push(error) });
    return { queue, errors: failures, now: systemClock.now, wait: (ms) => sleep(ms) };
  });

  describe('is refused', () => {
    async function refusal(url: string): Promise<Error> {
      const queue = await openRedisQueue({ url, prefix: 'test', clock: systemClock, onError: () => {} }).catch((error: unknown) => error);
      if (!(queue instanceof Error)) throw new Error('Expected a refusal, got a queue.');
      expect(inspect(queue, { depth: null, showHidden: true })).not.toContain(SECRET);
      return queue;
    }

    afterEach(() => redis.run('CONFIG', 'SET', 'maxmemory-policy', 'noeviction'));

    it.each(['allkeys-lru', 'volatile-ttl', 'allkeys-random'])('by a Redis that evicts (%s), with the setting to change', async (policy) => {
      await redis.run('CONFIG', 'SET', 'maxmemory-policy', policy);
      const { name, message } = await refusal(redis.url);
      expect(name).toBe('BadSetting');
      expect(message).toContain(`its maxmemory-policy is ${policy}, expected was noeviction`);
      expect(message).toContain('redis-cli CONFIG SET maxmemory-policy noeviction');
    });

    it('also where CONFIG is not permitted, as in hosted ones', async () => {
      await redis.run('ACL', 'SETUSER', 'hosted', 'on', `>${SECRET}`, '~*', '&*', '+@all', '-config');
      const url = `redis://hosted:${SECRET}@127.0.0.1:${redis.port}`;
      await redis.run('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lfu');
      expect((await refusal(url)).message).toContain('allkeys-lfu');
      await redis.run('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
      const queue = await open({ url });
      const seen = collect(queue);
      await queue.add('a', [job('t')]);
      await until('the job', () => seen.length === 1);
    });

    it.each([
      ['', 'is not of the form redis://'],
      ['localhost:6379', 'is not of the form redis://'],
      [`http://:${SECRET}@localhost`, 'is not of the form redis://'],
      [`redis://:${SECRET}@`, 'is not of the form redis://'],
      [`redis://:${SECRET}@localhost/zero`, 'is not of the form redis://'],
      [`redis://:${SECRET}%zz@localhost`, 'holds a % that is not an escape'],
    ])('for the URL %j', async (url, message) => {
      expect(await refusal(url)).toMatchObject({ name: 'BadSetting', message: expect.stringContaining(message) });
    });

    it('by no Redis at all, whatever listens there', async () => {
      const deaf = createServer((socket) => socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))).listen(0, '127.0.0.1');
      await once(deaf, 'listening');
      const address = deaf.address();
      const port = typeof address === 'object' ? address?.port : 0;
      expect((await refusal(`redis://:${SECRET}@127.0.0.1:${port}`)).message).toContain(`Redis at 127.0.0.1:${port} cannot be used`);
      deaf.close();
      await once(deaf, 'close');
      expect(await refusal(`redis://:${SECRET}@127.0.0.1:${port}`)).toMatchObject({
        name: 'QueueUnavailable',
        message: `Redis at 127.0.0.1:${port} does not run: nothing listens there. Start it, or correct REDIS_URL.`,
      });
    });

    it('by a Redis with another password, or without the database', async () => {
      await redis.run('ACL', 'SETUSER', 'known', 'on', `>${SECRET}`, '~*', '&*', '+@all');
      const refused = { name: 'QueueUnavailable', message: expect.stringContaining('refuses the user or the password') };
      expect(await refusal(`redis://known:${SECRET}-wrong@127.0.0.1:${redis.port}`)).toMatchObject(refused);
      expect(await refusal(`redis://unknown:${SECRET}@127.0.0.1:${redis.port}`)).toMatchObject(refused);
      expect((await refusal(`${redis.url}/99`)).message).toContain('DB index is out of range');
    });

    it('without the password that it wants', async () => {
      const locked = await startRedis('--requirepass', SECRET);
      onTestFinished(() => locked.stop());
      expect((await refusal(locked.url)).message).toContain('asks for a password');
      expect((await refusal(`redis://:wrong@127.0.0.1:${locked.port}`)).message).toContain('refuses the user or the password');
      await open({ url: `redis://:${encodeURIComponent(SECRET)}@127.0.0.1:${locked.port}` });
    });
  });

  describe('that is emptied', () => {
    it('takes everything as before: it held no truth', async () => {
      const queue = await open();
      await queue.add('a', jobs(8));
      await queue.alarm('lost', Date.now() + 200);
      await redis.run('FLUSHALL');
      expect(await queue.size('a')).toBe(0);
      expect(await queue.remove('a', 't1', 1)).toBe(false);
      await queue.clear();
      // What is missing is put back: the same ids, few and many.
      await queue.add('a', jobs(3));
      await queue.add('a', jobs(8));
      expect(await queue.size('a')).toBe(8);
      expect(await queue.remove('a', 't1', 1)).toBe(true);
      const rung: string[] = [];
      queue.onAlarm(async (id) => void rung.push(id));
      await queue.alarm('kept', Date.now() + 300);
      const seen = collect(queue);
      await until('seven jobs and the alarm', () => seen.length === 7 && rung.length === 1);
      expect(rung).toEqual(['kept']);
      expect(errors).toEqual([]);
    });

    it('wakes the consumers that waited, again and again', async () => {
      const queue = await open();
      const seen = collect(queue);
      const rung: string[] = [];
      queue.onAlarm(async (id) => void rung.push(id));
      for (const task of ['one', 'two', 'three']) {
        await queue.add('a', [job(task)]);
        await queue.alarm(task, Date.now());
        await until(`${task}, job and alarm`, () => seen.at(-1) === task && rung.at(-1) === task);
        await redis.run('FLUSHALL');
      }
      expect({ seen, rung }).toEqual({ seen: ['one', 'two', 'three'], rung: ['one', 'two', 'three'] });
    });

    it('lets the job end that runs, and says that nothing is left of it', async () => {
      const queue = await open();
      const [started, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const ended: string[] = [];
      queue.consume(
        'a',
        1,
        async ({ task }) => {
          started.resolve();
          await held.promise;
          ended.push(task);
        },
        (error) => errors.push(error),
      );
      await queue.add('a', [job('runs')]);
      await started.promise;
      await redis.run('FLUSHALL');
      held.resolve();
      await queue.add('a', [job('next')]);
      await until('both', () => ended.length === 2);
      expect(ended).toEqual(['runs', 'next']);
      expect(messages().filter((message) => !/^Missing (key|lock) for job runs-1/.test(message))).toEqual([]);
    });
  });

  describe('that dies', () => {
    it('kill -9 and a new start, under use: consumers go on, producers are answered, and it is told once', async () => {
      const own = await startRedis();
      onTestFinished(() => own.stop());
      const queue = await open({ url: own.url });
      const seen = collect(queue);
      const alarms: string[] = [];
      queue.onAlarm(async (id) => void alarms.push(id));
      const wanted = names(300);
      const missing = () => wanted.filter((task) => !seen.includes(task)).map(job);
      let refused = 0;
      // As the director does: what is not done is handed over again.
      const director = (async () => {
        while (missing().length > 0) {
          await queue.add('a', missing().slice(0, 20)).catch(() => (refused += 1));
          await sleep(10);
        }
      })();
      await until('some jobs', () => seen.length > 40);
      await own.kill();
      await until('a producer that is told', () => refused > 0);
      await own.start();
      await until('all jobs', () => missing().length === 0);
      await director;
      await queue.alarm('after', Date.now());
      await until('the alarm', () => alarms.length === 1);
      expect(messages().filter((message) => message.includes('nothing listens there'))).toHaveLength(1);
      expect(
        messages().filter((message) => !/nothing listens there|closed the connection|^Missing (key|lock) for job|could not renew lock/.test(message)),
      ).toEqual([]);
    });

    it('answers within a bounded time while it is frozen, and goes on when it is not', async () => {
      const own = await startRedis();
      onTestFinished(() => own.stop());
      const queue = await open({ url: own.url });
      const seen = collect(queue);
      await queue.add('a', [job('before')]);
      await until('a job', () => seen.length === 1);
      own.freeze();
      onTestFinished(() => own.thaw());
      // Of twenty moves of one alarm only the last is tried.
      const moved = Array.from({ length: 20 }, (_, index) => queue.alarm('id', Date.now() + index));
      const outcomes = await Promise.allSettled([queue.add('a', [job('lost')]), queue.size('never used before'), ...moved]);
      const refusals = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
      expect(refusals).toHaveLength(3);
      for (const refusal of refusals) expect(refusal).toMatchObject({ name: 'QueueUnavailable', message: expect.stringContaining('does not answer in time') });
      own.thaw();
      await queue.add('a', [job('after')]);
      await until('the job after', () => seen.includes('after'));
    });

    it('does not keep an alarm waiting that a process claimed and died over', async () => {
      const { port } = redis;
      const claimed = Promise.withResolvers<void>();
      const claim = () => {
        claimed.resolve();
        return new Promise(() => {});
      };
      const gone = new Worker('alarms', claim, { connection: { host: '127.0.0.1', port }, prefix: 'test' });
      onTestFinished(() => gone.close(true));
      const queue = await open();
      await queue.alarm('claimed', Date.now());
      await claimed.promise;
      await expect(queue.alarm('claimed', Date.now())).rejects.toThrow('Alarm claimed was claimed by a process that is gone');
      await queue.alarm('other', Date.now() + 3_600_000);
    });

    it('does not keep an end waiting, not even of a process', async () => {
      const own = await startRedis();
      onTestFinished(() => own.stop());
      const child = consume(own.url, 'test');
      await child.line((line) => line === 'ready');
      const queue = await open({ url: own.url });
      const consumer = queue.consume(
        'a',
        1,
        async () => {},
        () => {},
      );
      await queue.add('b', [job('t')]);
      await own.kill();
      await until('it to be noticed', () => errors.length > 0);
      process.kill(child.pid, 'SIGTERM');
      await consumer.stop();
      await queue.close();
      expect(await child.ended).toBe(0);
    });

    it('is looked at again when it comes back: it may evict now', async () => {
      const own = await startRedis();
      onTestFinished(() => own.stop());
      await open({ url: own.url });
      await own.run('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
      await own.run('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      await until('a word about it', () => messages().some((message) => message.includes('its maxmemory-policy is allkeys-lru')));
    });
  });

  /** A process that consumes; it never outlives the test. */
  function consume(url: string, prefix: string): Child {
    const child = runFile(fileURLToPath(new URL('processes/redis-consumer.ts', import.meta.url)), [url, prefix, 'a']);
    onTestFinished(() => child.kill());
    return child;
  }

  describe('shared', () => {
    it('by two processes: each job once, each alarm once', async () => {
      const children = [consume(redis.url, 'test'), consume(redis.url, 'test')];
      for (const child of children) await child.line((line) => line === 'ready');
      const queue = await open();
      await queue.add('a', jobs(200));
      await Promise.all(['one', 'two', 'three'].map((id) => queue.alarm(id, Date.now() + 100)));
      const printed = () => children.flatMap(({ lines }) => lines.filter((line) => line !== 'ready'));
      await until('all of it', () => printed().length >= 203);
      await sleep(200);
      expect(printed().toSorted()).toEqual([...names(200), 'alarm one', 'alarm three', 'alarm two'].toSorted());
      for (const child of children) process.kill(child.pid, 'SIGTERM');
      expect(await Promise.all(children.map(({ ended }) => ended))).toEqual([0, 0]);
    });

    it('by two installations with prefixes of their own: nothing of one is the other’s', async () => {
      const [mine, theirs] = [await open({ prefix: 'mine' }), await open({ prefix: 'theirs' })];
      await mine.add('a', jobs(3));
      await theirs.add('a', jobs(1));
      await mine.alarm('x', Date.now());
      const rung: string[] = [];
      theirs.onAlarm(async (id) => void rung.push(id));
      const seen = collect(theirs);
      await until('their job', () => seen.length === 1);
      await theirs.clear();
      await sleep(100);
      expect({ mine: await mine.size('a'), theirs: await theirs.size('a'), rung }).toEqual({ mine: 3, theirs: 0, rung: [] });
      const keys = await redis.run('KEYS', '*');
      expect(Array.isArray(keys) && keys.filter((key) => !/^(mine|theirs):/.test(String(key)))).toEqual([]);
    });

    it('and a rate holds over all that share it', async () => {
      const seen: string[] = [];
      const queues = [await open(), await open(), await open()];
      for (const queue of queues) {
        queue.consume(
          'a',
          4,
          async ({ task }) => void seen.push(task),
          (error) => errors.push(error),
          { jobs: 5, ms: 600_000 },
        );
      }
      await queues[0]?.add('a', jobs(40));
      await until('five jobs', () => seen.length === 5);
      await sleep(200);
      expect(seen).toHaveLength(5);
    });
  });
});

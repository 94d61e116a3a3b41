import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Consumer, Job, Queue, Rate } from '../../src/orchestrator/queue/queue.ts';

export interface OpenedQueue {
  readonly queue: Queue;
  /** What went to the queue's own `onError` so far. */
  readonly errors: unknown[];
  /** ms since 1970, by the clock that the queue goes by. */
  now(): number;
  /** Lets that clock go on. */
  wait(ms: number): Promise<void>;
}

const job = (task: string, { attempt = 1, priority = 5 } = {}): Job => ({ task, attempt, priority });
const jobs = (count: number) => Array.from({ length: count }, (_, index) => job(`t${index}`));
/** Adapters may treat few jobs and many differently. */
const FEW_AND_MANY = [3, 40];

/** Something that a test lets end when it wants to. */
function gate() {
  const { promise, resolve: open } = Promise.withResolvers<void>();
  return { passed: promise, open };
}

/** The queue's contract: every adapter passes it whole. */
export function describeQueue(name: string, open: () => Promise<OpenedQueue>): void {
  describe(`queue: ${name}`, () => {
    let opened: OpenedQueue;
    let queue: Queue;
    let agent = '';
    let tests = 0;
    let consumers: Consumer[] = [];

    // One for all tests: they use an agent each.
    beforeAll(async () => {
      opened = await open();
      queue = opened.queue;
      await queue.ready();
    });
    afterAll(() => queue.close());

    beforeEach(() => {
      tests += 1;
      agent = `agent${tests}`;
    });
    afterEach(async () => {
      await Promise.all(consumers.map((consumer) => consumer.stop()));
      consumers = [];
      await queue.clear();
      opened.errors.length = 0;
    });

    /** Waits for what must happen; a test that waits in vain fails with `what`. */
    async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
      for (let round = 0; round < 1_000; round += 1) {
        if (await holds()) return;
        await opened.wait(10);
      }
      throw new Error(`Expected within 10 s: ${what}.`);
    }

    interface Consuming {
      readonly concurrency?: number;
      readonly of?: string;
      readonly rate?: Rate;
    }

    function consume(run: (job: Job) => Promise<void>, { concurrency = 1, of = agent, rate }: Consuming = {}) {
      const failures: unknown[] = [];
      const consumer = queue.consume(of, concurrency, run, (error) => failures.push(error), rate);
      consumers.push(consumer);
      return { consumer, failures };
    }

    /** A consumer that only takes note. */
    function collect(options?: Consuming): Job[] {
      const seen: Job[] = [];
      consume(async (taken) => void seen.push(taken), options);
      return seen;
    }

    const empty = () => until('an empty queue', async () => (await queue.size(agent)) === 0);

    describe('jobs', () => {
      it('reach a consumer whole, whoever was there first', async () => {
        await queue.add(agent, [job('before', { attempt: 3, priority: 7 })]);
        const seen = collect();
        await until('the job that waited', () => seen.length === 1);
        await queue.add(agent, [job('after', { attempt: 12, priority: 0 })]);
        await until('the job that came', () => seen.length === 2);
        expect(seen).toEqual([
          { task: 'before', attempt: 3, priority: 7 },
          { task: 'after', attempt: 12, priority: 0 },
        ]);
      });

      it.each(['a:b:c', '7', 'ü/%20 \\ "\'', 'x'.repeat(200)])('keep a task id like %j', async (task) => {
        await queue.add(agent, [job(task)]);
        const seen = collect();
        await until('the job', () => seen.length === 1);
        expect(seen).toEqual([job(task)]);
      });

      it('of one agent are not another one’s', async () => {
        const other = `${agent}-other`;
        const [mine, theirs] = [collect(), collect({ of: other })];
        await queue.add(agent, [job('same')]);
        await queue.add(other, [job('same'), job('more')]);
        await until('three jobs', () => mine.length + theirs.length === 3);
        expect({ mine, theirs }).toEqual({ mine: [job('same')], theirs: [job('same'), job('more')] });
      });

      it.each(FEW_AND_MANY)('of %i in one go, each twice in it, are one each', async (count) => {
        await queue.add(agent, [...jobs(count), ...jobs(count)]);
        await queue.add(agent, jobs(count));
        expect(await queue.size(agent)).toBe(count);
        const seen = collect();
        await empty();
        expect(seen).toEqual(jobs(count));
      });

      it('of another attempt are other jobs', async () => {
        await queue.add(agent, [job('t'), job('t', { attempt: 2 })]);
        const seen = collect();
        await until('both attempts', () => seen.length === 2);
        expect(seen).toEqual([job('t'), job('t', { attempt: 2 })]);
      });

      it('are not added a second time while they run, and are once they have ended', async () => {
        const held = gate();
        const seen: Job[] = [];
        consume(async (taken) => {
          seen.push(taken);
          await held.passed;
        });
        await queue.add(agent, [job('t')]);
        await until('the start', () => seen.length === 1);
        await queue.add(agent, [job('t')]);
        expect(await queue.size(agent)).toBe(1);
        held.open();
        await empty();
        expect(seen).toHaveLength(1);
        await queue.add(agent, [job('t')]);
        await until('the second run', () => seen.length === 2);
      });

      it.each(FEW_AND_MANY)('of %i go by priority, higher first, then as they came', async (count) => {
        const mixed = Array.from({ length: count }, (_, index) => job(`t${index}`, { priority: (index * 7) % 11 }));
        await queue.add(agent, mixed);
        await queue.add(agent, [job('best', { priority: 10 }), job('last', { priority: 0 })]);
        const seen = collect();
        await empty();
        // `toSorted` is stable: as they came.
        expect(seen).toEqual([...mixed, job('best', { priority: 10 }), job('last', { priority: 0 })].toSorted((a, b) => b.priority - a.priority));
      });

      it('run as many at once as allowed, never more', async () => {
        let running = 0;
        let most = 0;
        consume(
          async () => {
            running += 1;
            most = Math.max(most, running);
            await opened.wait(5);
            running -= 1;
          },
          { concurrency: 3 },
        );
        await queue.add(agent, jobs(12));
        await empty();
        expect(most).toBe(3);
      });

      it('go to one of two consumers, each once', async () => {
        const [left, right] = [collect({ concurrency: 3 }), collect({ concurrency: 3 })];
        await queue.add(agent, jobs(60));
        await empty();
        expect([...left, ...right].map(({ task }) => task).toSorted()).toEqual(
          jobs(60)
            .map(({ task }) => task)
            .toSorted(),
        );
      });

      it('whose handler throws are reported and over', async () => {
        const seen: Job[] = [];
        const { failures } = consume(async (taken) => {
          seen.push(taken);
          if (taken.task === 'bad') throw new Error('bad job');
        });
        await queue.add(agent, [job('bad', { priority: 6 }), job('good')]);
        await until('both runs', () => seen.length === 2);
        await empty();
        expect(failures).toEqual([new Error('bad job')]);
        await queue.add(agent, [job('bad')]);
        await until('a new run of the same id', () => seen.length === 3);
      });
    });

    describe('what waits', () => {
      it('can be removed once; what runs, and what is unknown, cannot', async () => {
        const held = gate();
        const started: Job[] = [];
        await queue.add(agent, [job('runs', { priority: 9 }), job('waits')]);
        consume(async (taken) => {
          started.push(taken);
          await held.passed;
        });
        await until('the start', () => started.length === 1);
        expect(await queue.remove(agent, 'waits', 2)).toBe(false);
        expect(await queue.remove(agent, 'waits', 1)).toBe(true);
        expect(await queue.remove(agent, 'waits', 1)).toBe(false);
        expect(await queue.remove(agent, 'runs', 1)).toBe(false);
        expect(await queue.size(agent)).toBe(1);
        held.open();
        await empty();
        expect(started).toEqual([job('runs', { priority: 9 })]);
      });

      it('counts together with what runs', async () => {
        const held = gate();
        expect(await queue.size(agent)).toBe(0);
        await queue.add(agent, []);
        await queue.add(agent, [...jobs(5), job('first of all', { priority: 10 })]);
        expect(await queue.size(agent)).toBe(6);
        let started = 0;
        consume(
          async () => {
            started += 1;
            await held.passed;
          },
          { concurrency: 2 },
        );
        await until('two started', () => started === 2);
        expect(await queue.size(agent)).toBe(6);
        held.open();
        await empty();
      });

      it('is forgotten by clear, with the alarms; what runs goes on', async () => {
        const held = gate();
        const ended: Job[] = [];
        let started = 0;
        const rung: string[] = [];
        consumers.push(queue.onAlarm(async (id) => void rung.push(id)));
        consume(async (taken) => {
          started += 1;
          await held.passed;
          ended.push(taken);
        });
        await queue.alarm('forgotten', opened.now() + 1_000); // far enough for a busy machine
        await queue.add(agent, [job('runs', { priority: 9 }), ...jobs(3)]);
        await until('the start', () => started === 1);
        await queue.clear();
        expect(await queue.size(agent)).toBe(1);
        held.open();
        await empty();
        await opened.wait(1_200);
        expect({ ended, rung }).toEqual({ ended: [job('runs', { priority: 9 })], rung: [] });
        await queue.add(agent, [job('t1')]);
        await until('a job of a forgotten id', () => ended.length === 2);
      });
    });

    describe('a consumer that stops', () => {
      it('waits for what runs and takes nothing more; the rest is there for the next one', async () => {
        const held = gate();
        const seen: Job[] = [];
        let stopped = false;
        const { consumer } = consume(async (taken) => {
          seen.push(taken);
          await held.passed;
        });
        await queue.add(agent, jobs(3));
        await until('the start', () => seen.length === 1);
        const stopping = consumer.stop().then(() => {
          stopped = true;
        });
        await opened.wait(50);
        expect(stopped).toBe(false);
        held.open();
        await stopping;
        expect(seen).toEqual([job('t0')]);
        expect(await queue.size(agent)).toBe(2);
        const next = collect();
        await empty();
        expect(next).toEqual([job('t1'), job('t2')]);
      });

      it('may do so twice, and before anything came', async () => {
        const seen: Job[] = [];
        const { consumer } = consume(async (taken) => void seen.push(taken));
        await Promise.all([consumer.stop(), consumer.stop()]);
        await consumer.stop();
        await queue.add(agent, [job('t')]);
        await opened.wait(50);
        expect({ seen, size: await queue.size(agent) }).toEqual({ seen: [], size: 1 });
      });
    });

    describe('a rate', () => {
      it('holds for all consumers together', async () => {
        const rate = { jobs: 3, ms: 600_000 };
        const [left, right] = [collect({ concurrency: 2, rate }), collect({ concurrency: 2, rate })];
        await queue.add(agent, jobs(7));
        await until('three jobs', () => left.length + right.length === 3);
        await opened.wait(150);
        expect(left.length + right.length).toBe(3);
        expect(await queue.size(agent)).toBe(4);
      });

      it('lets the next ones begin when its time is over', async () => {
        const seen = collect({ rate: { jobs: 2, ms: 100 } });
        await queue.add(agent, jobs(3));
        await until('three jobs', () => seen.length === 3);
        await queue.add(agent, [job('later'), job('latest')]);
        await until('five jobs', () => seen.length === 5);
        expect(seen).toEqual([...jobs(3), job('later'), job('latest')]);
      });

      it('is each agent’s own', async () => {
        const other = `${agent}-other`;
        const rate = { jobs: 1, ms: 600_000 };
        const [mine, theirs] = [collect({ rate }), collect({ of: other, rate })];
        await queue.add(agent, jobs(2));
        await queue.add(other, jobs(2));
        await until('one each', () => mine.length === 1 && theirs.length === 1);
      });
    });

    describe('alarms', () => {
      function listen(also: (id: string) => Promise<void> = async () => {}) {
        const rung: { id: string; at: number }[] = [];
        const listener = queue.onAlarm(async (id) => {
          rung.push({ id, at: opened.now() });
          await also(id);
        });
        consumers.push(listener);
        return { rung, listener, ids: () => rung.map(({ id }) => id) };
      }
      const quiet = () => opened.wait(150);

      it('ring once when their time has come, not before', async () => {
        const { rung, ids } = listen();
        const due = opened.now() + 80;
        await queue.alarm('soon', due);
        await until('the alarm', () => rung.length > 0);
        await quiet();
        expect(ids()).toEqual(['soon']);
        expect(rung[0]?.at).toBeGreaterThanOrEqual(due);
      });

      it.each([0, -1, -86_400_000])('ring at once when due %i ms from now', async (ms) => {
        const { ids } = listen();
        await queue.alarm('past: due', opened.now() + ms);
        await until('the alarm', () => ids().length > 0);
        await quiet();
        expect(ids()).toEqual(['past: due']);
      });

      it('that came due while nobody listened ring when somebody does', async () => {
        await queue.alarm('missed', opened.now() + 20);
        await opened.wait(60);
        const { ids } = listen();
        await until('the alarm', () => ids().length === 1);
        expect(ids()).toEqual(['missed']);
      });

      it('move when set again, later or earlier', async () => {
        const { rung, ids } = listen();
        const start = opened.now();
        await queue.alarm('later', start + 800); // far enough for a busy machine
        await queue.alarm('later', start + 1_200);
        await queue.alarm('earlier', start + 3_600_000);
        await queue.alarm('earlier', start + 60);
        await until('both', () => rung.length === 2);
        await quiet();
        expect(ids().toSorted()).toEqual(['earlier', 'later']);
        expect(rung.find(({ id }) => id === 'later')?.at).toBeGreaterThanOrEqual(start + 1_200);
      });

      it('set at once from several sides stand as set last', async () => {
        const { ids } = listen();
        const start = opened.now();
        await Promise.all([queue.alarm('contested', start + 3_600_000), queue.alarm('contested', start + 7_200_000), queue.alarm('contested', start + 30)]);
        await until('the alarm', () => ids().length > 0);
        await quiet();
        expect(ids()).toEqual(['contested']);
      });

      it('may be set again by what they ring, and afterwards', async () => {
        const { ids } = listen(async () => {
          if (ids().length < 3) await queue.alarm('again', opened.now() + 10);
        });
        await queue.alarm('again', opened.now());
        await until('three rings', () => ids().length === 3);
        await quiet();
        await queue.alarm('again', opened.now() + 10);
        await until('the fourth', () => ids().length === 4);
        expect(ids()).toEqual(['again', 'again', 'again', 'again']);
      });

      it('of many ids ring each once, none before its time', async () => {
        const { rung, ids } = listen();
        const start = opened.now() + 50;
        // Set in another order than they are due in.
        const due = new Map(Array.from({ length: 40 }, (_, index) => (index * 17) % 40).map((slot) => [`${slot}`, start + slot * 5]));
        await Promise.all(Array.from(due, ([id, at]) => queue.alarm(id, at)));
        await until('forty rings', () => ids().length === 40);
        await quiet();
        expect(ids().toSorted()).toEqual([...due.keys()].toSorted());
        expect(rung.filter(({ id, at }) => at < (due.get(id) ?? Number.POSITIVE_INFINITY))).toEqual([]);
      });

      it('go on after one whose ring throws, which is reported', async () => {
        const { ids } = listen(async (id) => {
          if (id === 'bad') throw new Error('bad ring');
        });
        await queue.alarm('bad', opened.now());
        await queue.alarm('good', opened.now() + 20);
        await until('both', () => ids().length === 2);
        expect(ids()).toEqual(['bad', 'good']);
        expect(opened.errors).toEqual([new Error('bad ring')]);
      });

      it('stop when their listener does, after the ring under way', async () => {
        const held = gate();
        const { ids, listener } = listen(() => held.passed);
        let stopped = false;
        await queue.alarm('first', opened.now());
        await until('the ring', () => ids().length === 1);
        const stopping = listener.stop().then(() => {
          stopped = true;
        });
        await queue.alarm('second', opened.now() + 10);
        await opened.wait(60);
        expect(stopped).toBe(false);
        held.open();
        await stopping;
        expect(ids()).toEqual(['first']);
      });
    });
  });

  describe(`queue: ${name}, when it closes`, () => {
    it('stops its consumers and refuses what comes after', async () => {
      const { queue } = await open();
      await queue.ready();
      const seen: Job[] = [];
      queue.consume(
        'a',
        1,
        async (taken) => void seen.push(taken),
        () => {},
      );
      queue.onAlarm(async () => {});
      await queue.close();
      await queue.close();
      await expect(queue.add('a', [job('late')])).rejects.toThrow(/closed/);
      expect(seen).toEqual([]);
    });
  });
}

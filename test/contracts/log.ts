import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EMPTY, sealCommit } from '../../src/store/commit.ts';
import { VersionConflict } from '../../src/store/errors.ts';
import type { Commit, EncodedEvent, EventLog, Expected, NewCommit, SealedCommit } from '../../src/store/log.ts';

export interface OpenedLog {
  readonly log: EventLog;
  /** A second handle on the same data, as another process has it. */
  again(): Promise<EventLog>;
  /** Closes every handle and removes the data. */
  dispose(): Promise<void>;
}

const AT = '2026-01-02T03:04:05.678Z';

export const event = (stream: string, data: EncodedEvent['data'] = {}): EncodedEvent => ({
  stream,
  type: 'Happened',
  schema: 1,
  data,
  sealed: 'c2VhbGVk',
  subject: 'p1',
  actor: 'human:page:owner',
  source: 'page',
  cause: 'task:1@2',
  correlation: 'c1',
});
let ids = 0;
export const commitOf = (events: readonly EncodedEvent[], expect: Readonly<Record<string, Expected>> = {}, id = `id${(ids += 1)}`): NewCommit => ({
  id,
  at: AT,
  events,
  expect,
});

export async function everything(log: EventLog, after = 0): Promise<Commit[]> {
  const commits: Commit[] = [];
  for await (const batch of log.read(after)) commits.push(...batch);
  return commits;
}

/** The event log's contract (I1, I2, I3): every adapter passes it whole. */
export function describeEventLog(name: string, open: () => Promise<OpenedLog>): void {
  describe(`event log: ${name}`, () => {
    let opened: OpenedLog;
    let log: EventLog;
    beforeEach(async () => {
      opened = await open();
      log = opened.log;
    });
    afterEach(() => opened.dispose());

    describe('an empty log', () => {
      it('has a head of number 0 and 64 zeros, and nothing to read', async () => {
        expect(await log.head()).toEqual({ number: 0, hash: '0'.repeat(64) });
        expect(await everything(log)).toEqual([]);
        expect(await log.readStream('lead:1')).toEqual([]);
      });
    });

    describe('append', () => {
      it('keeps every part of what was given, and numbers commits and versions', async () => {
        const data = { text: 'ü €\u0000 \ud800 "\n', deep: { list: [1, -2.5, 1e21, true, null, {}, []] } };
        const first = commitOf([event('lead:1', data), event('task:1'), event('lead:1', { second: true })]);
        const second = commitOf([event('task:1')]);
        expect(await log.append(first)).toEqual({ number: 1, versions: [1, 1, 2] });
        expect(await log.append(second)).toEqual({ number: 2, versions: [2] });

        const [one, two] = await everything(log);
        expect(one).toEqual({
          number: 1,
          id: first.id,
          at: AT,
          hash: expect.stringMatching(/^[0-9a-f]{64}$/),
          events: [
            { ...event('lead:1', data), version: 1 },
            { ...event('task:1'), version: 1 },
            { ...event('lead:1', { second: true }), version: 2 },
          ],
        });
        expect(two).toEqual({ number: 2, id: second.id, at: AT, hash: expect.any(String), events: [{ ...event('task:1'), version: 2 }] });
        expect(await log.head()).toEqual({ number: 2, hash: two?.hash });
      });

      it('chains each commit to the one before it, over its exact text', async () => {
        for (let round = 0; round < 3; round += 1) await log.append(commitOf([event('lead:1', { text: '\ud800' })]));
        let previous = '0'.repeat(64);
        const read = await everything(log);
        for await (const batch of log.readSealed(0)) {
          for (const { number, hash, text } of batch) {
            expect(hash).toBe(createHash('sha256').update(`${previous}\n${text}`).digest('hex'));
            expect(JSON.parse(text)).toEqual({ number, id: read[number - 1]?.id, at: AT, events: read[number - 1]?.events });
            previous = hash;
          }
        }
        expect((await log.head()).hash).toBe(previous);
      });

      it('refuses a commit that holds nothing', async () => {
        await expect(log.append(commitOf([]))).rejects.toMatchObject({ code: 'InvalidCommit' });
        expect((await log.head()).number).toBe(0);
      });

      it('takes a commit of 3,000 events and of more than a megabyte', async () => {
        const events = Array.from({ length: 3000 }, (_, index) => event(`lead:${index % 7}`, { text: 'x'.repeat(400), index }));
        const { versions } = await log.append(commitOf(events));
        expect(versions.slice(0, 8)).toEqual([1, 1, 1, 1, 1, 1, 1, 2]);
        const [commit] = await everything(log);
        expect(commit?.events.map(({ data }) => data)).toEqual(events.map(({ data }) => data));
      });

      it('refuses a commit larger than any store could take over, and says how large it may be; its neighbours are written', async () => {
        const large = commitOf(Array.from({ length: 120 }, () => event('a', { text: 'ü'.repeat(31_000) })));
        const results = await Promise.allSettled([log.append(commitOf([event('a')])), log.append(large), log.append(commitOf([event('a')]))]);
        expect(results.map((result) => (result.status === 'fulfilled' ? result.value : result.reason))).toEqual([
          { number: 1, versions: [1] },
          expect.objectContaining({
            code: 'InvalidCommit',
            message: expect.stringMatching(/has 7\d{6} bytes, at most 7340032 are allowed: divide its 120 events/),
          }),
          { number: 2, versions: [2] },
        ]);
      });

      it('takes thousands in one turn, refuses only those that do not fit, and leaves no gap', async () => {
        const appending = Array.from({ length: 2_500 }, (_, index) => {
          const stream = `s:${index % 50}`;
          // Every fifth comes with a version that is old by then.
          return log.append(commitOf([event(stream)], index % 5 === 4 ? { [stream]: 99 } : {}));
        });
        const results = await Promise.allSettled(appending);
        expect(results.filter((result, index) => (result.status === 'fulfilled') !== (index % 5 !== 4))).toEqual([]);
        const numbers = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value.number] : []));
        expect(numbers).toEqual(Array.from({ length: 2_000 }, (_, index) => index + 1));
        const commits = await everything(log);
        expect(commits.map(({ number }) => number)).toEqual(numbers);
        for (let stream = 0; stream < 50; stream += 1) {
          const versions = (await log.readStream(`s:${stream}`)).map(({ version }) => version);
          expect(versions).toEqual(versions.map((_, index) => index + 1));
        }
      });
    });

    describe('expected versions', () => {
      const table: readonly (readonly [Expected, empty: boolean, two: boolean])[] = [
        ['any', true, true],
        ['absent', true, false],
        ['exists', false, true],
        [0, true, false],
        [1, false, false],
        [2, false, true],
        [3, false, false],
      ];
      it.each(table)('%s: holds for no event: %s, for two: %s', async (expected, empty, two) => {
        await log.append(commitOf([event('two'), event('two')]));
        for (const [stream, holds] of [
          ['none', empty],
          ['two', two],
        ] as const) {
          const before = await everything(log);
          // Also of a stream that is only read.
          const appending = log.append(commitOf([event('other')], { [stream]: expected }));
          if (holds) await appending;
          else {
            await expect(appending).rejects.toThrow(VersionConflict);
            await expect(appending).rejects.toMatchObject({ code: 'VersionConflict', stream });
            expect(await everything(log)).toEqual(before);
          }
        }
      });

      it('spoil nothing for others in the same turn, and see those before them', async () => {
        const results = await Promise.allSettled([
          log.append(commitOf([event('a')], { a: 'absent' })),
          log.append(commitOf([event('a'), event('b')], { a: 'absent' })),
          log.append(commitOf([event('b')], { b: 'absent' })),
          log.append(commitOf([event('a')], { a: 1, b: 1 })),
          log.append(commitOf([event('c')], { a: 1 })),
        ]);
        expect(results.map((result) => (result.status === 'fulfilled' ? result.value : result.reason.code))).toEqual([
          { number: 1, versions: [1] },
          'VersionConflict',
          { number: 2, versions: [1] },
          { number: 3, versions: [2] },
          'VersionConflict',
        ]);
        expect((await everything(log)).map(({ events }) => events.map(({ stream, version }) => `${stream}@${version}`))).toEqual([['a@1'], ['b@1'], ['a@2']]);
      });
    });

    describe('a stream that another handle has written to', () => {
      it('is known by its new version, also where it is only read', async () => {
        const other = await opened.again();
        await log.append(commitOf([event('guard')]));
        await other.append(commitOf([event('guard')], { guard: 1 }));
        await expect(log.append(commitOf([event('mine')], { guard: 1 }))).rejects.toMatchObject({ code: 'VersionConflict', stream: 'guard' });
        expect(await log.append(commitOf([event('mine')], { guard: 2 }))).toEqual({ number: 3, versions: [1] });
        await expect(other.append(commitOf([event('mine')], { mine: 'absent' }))).rejects.toMatchObject({ code: 'VersionConflict', stream: 'mine' });
      });

      it('is found at that version by whoever was refused because of it', async () => {
        const other = await opened.again();
        for (let version = 0; version < 20; version += 1) {
          const results = await Promise.allSettled([log, other].map((handle) => handle.append(commitOf([event('one')], { one: version }))));
          const loser = results[0]?.status === 'rejected' ? log : other;
          expect((await loser.readStream('one', version)).map((found) => found.version)).toEqual([version + 1]);
        }
      });
    });

    describe('the same commit again', () => {
      const shapes = ['one after the other', 'in one turn', 'through another handle'] as const;
      it.each(shapes)('gives the first result and writes nothing: %s', async (shape) => {
        const commit = commitOf([event('a'), event('a')], { a: 'absent' });
        const other = shape === 'through another handle' ? await opened.again() : log;
        const first = log.append(commit);
        if (shape !== 'in one turn') await first;
        const second = other.append(commit);
        expect([await first, await second]).toEqual([
          { number: 1, versions: [1, 2] },
          { number: 1, versions: [1, 2] },
        ]);
        // Without any expectation too: it is the id that tells.
        expect(await other.append({ ...commit, expect: {} })).toEqual({ number: 1, versions: [1, 2] });
        expect((await everything(log)).length).toBe(1);
        expect(await log.append(commitOf([event('a')], { a: 2 }))).toEqual({ number: 2, versions: [3] });
      });

      it('while the first is on its way, among others, through two handles: once', async () => {
        const other = await opened.again();
        for (let round = 0; round < 10; round += 1) {
          const commit = commitOf([event('a')], round % 2 === 0 ? {} : { a: round });
          const appended = await Promise.all([
            log.append(commitOf([event('b')])),
            log.append(commit),
            other.append(commit),
            other.append(commitOf([event('c')])),
            log.append(commit),
          ]);
          expect(appended[2]).toEqual(appended[1]);
          expect(appended[4]).toEqual(appended[1]);
          expect(appended[1]?.versions).toEqual([round + 1]);
        }
        expect((await everything(log)).map(({ number }) => number)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
      });
    });

    describe('races', () => {
      it('64 writers at once: every commit is there once, without gaps', async () => {
        const writers = Array.from({ length: 64 }, async (_, writer) => {
          for (let round = 0; round < 5; round += 1) await log.append(commitOf([event(`w:${writer}`, { round })], { [`w:${writer}`]: round }));
        });
        await Promise.all(writers);
        const commits = await everything(log);
        expect(commits.map(({ number }) => number)).toEqual(Array.from({ length: 320 }, (_, index) => index + 1));
        for (let writer = 0; writer < 64; writer += 1)
          expect((await log.readStream(`w:${writer}`)).map(({ version, data }) => [version, data['round']])).toEqual(
            [0, 1, 2, 3, 4].map((round) => [round + 1, round]),
          );
      });

      it('of writers with the same expectation, through two handles, one wins each round', async () => {
        const other = await opened.again();
        for (let version = 0; version < 10; version += 1) {
          const tries = Array.from({ length: 8 }, (_, writer) =>
            (writer % 2 === 0 ? log : other).append(commitOf([event('one', { writer })], { one: version })),
          );
          const results = await Promise.allSettled(tries);
          expect(results.filter(({ status }) => status === 'fulfilled').length).toBe(1);
          for (const result of results) if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(VersionConflict);
        }
        expect((await log.readStream('one')).map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      });

      it('two handles that write different streams in turn both succeed', async () => {
        const other = await opened.again();
        for (let round = 0; round < 5; round += 1) {
          await log.append(commitOf([event('shared'), event('mine')], { shared: 2 * round, mine: round }));
          await other.append(commitOf([event('shared')], { shared: 2 * round + 1 }));
        }
        expect(await everything(log)).toEqual(await everything(other));
        expect((await log.readStream('shared')).length).toBe(10);
      });
    });

    describe('reading', () => {
      beforeEach(async () => {
        for (let number = 1; number <= 5; number += 1)
          await log.append(commitOf([event('odd-and-even', { number }), event(number % 2 === 0 ? 'even' : 'odd', { number })]));
      });

      it('starts after a number and comes in batches of at most the size asked for', async () => {
        const sizes: number[] = [];
        for await (const batch of log.read(1, 3)) sizes.push(...batch.map(({ number }) => number), -batch.length);
        expect(sizes).toEqual([2, 3, 4, -3, 5, -1]);
        expect(await everything(log, 5)).toEqual([]);
        expect(await everything(log, 99)).toEqual([]);
      });

      it('a stream: its events alone, in order, with number and time of their commit', async () => {
        expect(await log.readStream('odd')).toEqual(
          [1, 3, 5].map((number, index) => ({ ...event('odd', { number }), version: index + 1, commit: number, at: AT })),
        );
        expect((await log.readStream('odd', 1)).map(({ commit }) => commit)).toEqual([3, 5]);
        expect(await log.readStream('odd', 3)).toEqual([]);
        expect(await log.readStream('od')).toEqual([]);
      });

      it('a stream that one commit writes twice, from between the two', async () => {
        await log.append(commitOf([event('twice', { n: 1 }), event('twice', { n: 2 })]));
        expect(await log.readStream('twice', 1)).toEqual([{ ...event('twice', { n: 2 }), version: 2, commit: 6, at: AT }]);
      });
    });

    describe('subscribing', () => {
      /** Resolves with the numbers handled once `count` have come. */
      function collect(from: EventLog, after: number, count: number, handling: (commits: readonly Commit[]) => Promise<void> = async () => {}) {
        const seen: number[] = [];
        let subscription = { stop: async () => {} };
        const errors: unknown[] = [];
        const done = new Promise<number[]>((resolve) => {
          subscription = from.subscribe(
            after,
            async (commits) => {
              await handling(commits);
              seen.push(...commits.map(({ number }) => number));
              if (seen.length >= count) resolve(seen);
            },
            (error) => errors.push(error),
          );
        });
        return { done, seen, errors, stop: () => subscription.stop() };
      }
      const append = (to: EventLog) => to.append(commitOf([event('a')]));

      it('hands over what is there and what comes, whole, in order, also from another handle', async () => {
        const other = await opened.again();
        await append(log);
        const whole: Commit[] = [];
        const four = collect(log, 0, 4, async (commits) => void whole.push(...commits));
        await append(other);
        await append(log);
        await append(other);
        expect(await four.done).toEqual([1, 2, 3, 4]);
        expect(whole).toEqual(await everything(log));
        await four.stop();
      });

      it('goes on from a checkpoint, and hands over nothing after it was stopped', async () => {
        await append(log);
        await append(log);
        const first = collect(log, 0, 2);
        await first.done;
        await first.stop();
        await append(log);
        const second = collect(log, 2, 1);
        expect(await second.done).toEqual([3]);
        await second.stop();
        expect(first.seen).toEqual([1, 2]);
      });

      it('calls a handler that throws again with the same batch, and goes on', async () => {
        const batches: number[][] = [];
        const failing = collect(log, 0, 3, async (commits) => {
          batches.push(commits.map(({ number }) => number));
          if (batches.length <= 2) throw new Error(`no ${batches.length}`);
        });
        await append(log);
        await append(log);
        await append(log);
        expect(await failing.done).toEqual([1, 2, 3]);
        expect(failing.errors).toEqual([new Error('no 1'), new Error('no 2')]);
        expect(batches[1]).toEqual(batches[0]);
        expect(batches[2]).toEqual(batches[0]);
        await failing.stop();
      });

      it('runs one handler at a time, and `stop` waits for it', async () => {
        let running = 0;
        let most = 0;
        let finish = () => {};
        const held = new Promise<void>((resolve) => (finish = resolve));
        const entered = Promise.withResolvers<void>();
        const slow = collect(log, 0, 99, async () => {
          most = Math.max(most, (running += 1));
          entered.resolve();
          await held;
          running -= 1;
        });
        await append(log);
        await entered.promise;
        await append(log);
        let stopped = false;
        const stopping = slow.stop().then(() => (stopped = true));
        await append(log);
        expect(stopped).toBe(false);
        finish();
        await stopping;
        expect([most, running, slow.seen]).toEqual([1, 0, [1]]);
      });

      it('serves several at once, each from its own place', async () => {
        const both = [collect(log, 0, 5), collect(log, 3, 2)];
        for (let round = 0; round < 5; round += 1) await append(log);
        expect(await Promise.all(both.map(({ done }) => done))).toEqual([
          [1, 2, 3, 4, 5],
          [4, 5],
        ]);
        for (const { stop } of both) await stop();
      });
    });

    describe('taking over the commits of another log', () => {
      const sealedOf = async (from: EventLog): Promise<SealedCommit[]> => {
        const all: SealedCommit[] = [];
        for await (const batch of from.readSealed(0)) all.push(...batch);
        return all;
      };
      let source: OpenedLog;
      let commits: SealedCommit[];
      beforeEach(async () => {
        source = await open();
        for (let n = 1; n <= 6; n += 1) await source.log.append(commitOf([event('a', { n, text: '\ud800 ü' }), event(n % 2 === 0 ? 'even' : 'odd')]));
        commits = await sealedOf(source.log);
      });
      afterEach(() => source.dispose());

      it('keeps them byte for byte, and goes on from there', async () => {
        await log.adopt(commits.slice(0, 4));
        await log.adopt(commits.slice(4));
        expect(await sealedOf(log)).toEqual(commits);
        expect(await log.head()).toEqual(await source.log.head());
        expect(await log.readStream('odd')).toEqual(await source.log.readStream('odd'));
        expect(await log.append(commitOf([event('a')], { a: 6, odd: 3 }))).toEqual({ number: 7, versions: [7] });
        const [first] = await everything(source.log);
        if (first === undefined) throw new Error('there is no commit');
        expect(await log.append({ ...commitOf([event('a')]), id: first.id })).toEqual({ number: 1, versions: [1, 1] });
      });

      it('again, or overlapping, changes nothing', async () => {
        await log.adopt(commits.slice(0, 3));
        await log.adopt(commits.slice(0, 3));
        await log.adopt(commits.slice(1));
        await log.adopt([]);
        expect(await sealedOf(log)).toEqual(commits);
      });

      it('is seen by a subscriber', async () => {
        const seen: number[] = [];
        const all = Promise.withResolvers<void>();
        const subscription = (await opened.again()).subscribe(0, async (batch) => {
          seen.push(...batch.map(({ number }) => number));
          if (seen.length === 6) all.resolve();
        });
        await log.adopt(commits);
        await all.promise;
        expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
        await subscription.stop();
      });

      const altered = (index: number, change: Partial<SealedCommit>) => commits.map((commit, at) => (at === index ? { ...commit, ...change } : commit));
      const foreign: readonly (readonly [name: string, batch: () => readonly SealedCommit[], why: RegExp])[] = [
        ['one is missing', () => [...commits.slice(0, 2), ...commits.slice(3)], /Commit 4 .* commit 3 is missing, after 2 comes 4/],
        ['the beginning is missing', () => commits.slice(1), /Commit 2 .* commit 1 is missing, after 0 comes 2/],
        ['a text was altered', () => altered(3, { text: `${commits[3]?.text} ` }), /Commit 4 .* altered/],
        ['a text is no text of ours', () => altered(5, { text: 'no JSON' }), /Commit 6 .* altered/],
        ['a hash was altered', () => altered(0, { hash: 'f'.repeat(64) }), /Commit 1 .* altered/],
        ['two are in each other’s place', () => [...commits.slice(0, 4), ...commits.slice(4).reverse()], /Commit 6 .* commit 5 is missing/],
      ];
      it.each(foreign)('refuses a batch where %s, and writes nothing of it', async (_name, batch, why) => {
        await expect(log.adopt(batch())).rejects.toMatchObject({ code: 'ForeignCommits', message: expect.stringMatching(why) });
        expect(await sealedOf(log)).toEqual([]);
      });

      it('refuses commits whose chain is right but whose streams leave out a version', async () => {
        const bent: SealedCommit[] = [];
        let head = EMPTY;
        for (const version of [0, 1, 5]) {
          const { commit } = sealCommit(head, commitOf([event('a')]), () => version);
          bent.push(commit);
          head = commit;
        }
        await expect(log.adopt(bent)).rejects.toMatchObject({
          code: 'ForeignCommits',
          message: expect.stringMatching(/a goes on with version 6 where 3 was expected/),
        });
        expect(await sealedOf(log)).toEqual([]);
      });

      it('refuses them behind commits of its own', async () => {
        await log.append(commitOf([event('own')]));
        const own = await sealedOf(log);
        const message = expect.stringMatching(/Commit 1 .* another one stands here under that number/);
        await expect(log.adopt(commits)).rejects.toMatchObject({ code: 'ForeignCommits', message });
        await expect(log.adopt(commits.slice(1))).rejects.toMatchObject({ code: 'ForeignCommits', message: expect.stringMatching(/Commit 2 .* altered/) });
        expect(await sealedOf(log)).toEqual(own);
      });
    });

    it('keeps everything over closing and opening again', async () => {
      await log.append(commitOf([event('a', { kept: true })]));
      const before = await everything(log);
      await log.close();
      const later = await opened.again();
      expect(await everything(later)).toEqual(before);
      expect(await later.append(commitOf([event('a')], { a: 1 }))).toEqual({ number: 2, versions: [2] });
    });
  });
}

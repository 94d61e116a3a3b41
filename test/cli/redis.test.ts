import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { CODE } from '../support/company.ts';
import { describeWith } from '../support/parts.ts';
import { temporaryFolder } from '../support/processes.ts';
import { type RedisProcess, startRedis } from '../support/redis.ts';
import { countersign, startServer, until } from './countersign.ts';

const SECRET = 'canary-51c0';

describeWith('redis-server', 'the command line with REDIS_URL', () => {
  let redis: RedisProcess;
  beforeAll(async () => {
    redis = await startRedis();
    return () => redis.stop();
  });
  afterEach(() => redis.run('CONFIG', 'SET', 'maxmemory-policy', 'noeviction'));

  it.each([
    [
      'is emptied again and again while work comes in',
      async (work: Promise<unknown>) => {
        let over = false;
        void work.finally(() => (over = true));
        while (!over) {
          await redis.run('FLUSHALL');
          await sleep(100);
        }
      },
    ],
    [
      'is dead while work comes in',
      async (work: Promise<unknown>) => {
        await redis.kill();
        await work;
        await sleep(10_000); // longer than an answer is waited for, and then the time between two looks at the queue
        await redis.start();
        await sleep(1_500);
        await redis.run('FLUSHALL'); // also what was sent to it meanwhile
      },
    ],
  ])('works on a shared queue that %s', { timeout: 120_000 }, async (_, harm) => {
    const options = { data: temporaryFolder(), env: { REDIS_URL: redis.url, REDIS_PREFIX: 'shop' } };
    const server = await startServer(options);
    const importing = countersign(['import', join(CODE, 'examples', 'leads.csv')], options);
    await harm(importing);
    expect((await importing).code).toBe(0);
    await until(async () => ((await countersign(['approvals', '--json'], options)).json.length === 20 ? true : undefined));
    await until(async () => ((await countersign(['tasks', '--status', 'requested', '--json'], options)).json.length === 0 ? true : undefined));
    const keys = await redis.run('KEYS', '*');
    expect(Array.isArray(keys) && keys.every((key) => String(key).startsWith('shop:'))).toBe(true);
    expect(await server.kill('SIGTERM')).toMatchObject({ code: 0 });
  });

  it('refuses to start on one that evicts, and doctor says the same', async () => {
    await redis.run('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    const options = { data: temporaryFolder(), env: { REDIS_URL: redis.url } };
    const start = await countersign(['start'], options);
    expect(start.code).toBe(1);
    expect(start.text).toContain('its maxmemory-policy is allkeys-lru, expected was noeviction');
    expect(start.text).toContain('redis-cli CONFIG SET maxmemory-policy noeviction');
    const doctor = await countersign(['doctor', '--json'], options);
    expect(doctor.code).toBe(1);
    expect(doctor.json).toContainEqual(expect.objectContaining({ check: 'Eviction', state: 'broken', says: expect.stringContaining('allkeys-lru') }));
  });

  it('refuses what is no address or no prefix, by its name and not its value', async () => {
    const { code, text } = await countersign(['start'], { data: temporaryFolder(), env: { REDIS_URL: `http://:${SECRET}@127.0.0.1`, REDIS_PREFIX: 'a:b' } });
    expect(code).toBe(2);
    expect(text).toMatch(/REDIS_URL: .*redis:\/\/.*; REDIS_PREFIX: /);
    expect(text).not.toContain(SECRET);
  });

  describe('doctor', () => {
    const doctor = (url: string) => countersign(['doctor', '--json'], { data: temporaryFolder(), env: { REDIS_URL: url } });

    it('looks at version, distance, eviction and persistence, and lists it among what leaves the machine', async () => {
      const { code, json } = await doctor(redis.url);
      expect(code).toBe(0);
      expect(json).toContainEqual(
        expect.objectContaining({
          check: 'Redis',
          state: 'ok',
          says: expect.stringMatching(/^version \d+\.\d+\.\d+ at 127\.0\.0\.1:\d+ answers in [\d.]+ ms$/),
        }),
      );
      expect(json).toContainEqual(expect.objectContaining({ check: 'Eviction', state: 'ok', says: 'maxmemory-policy is noeviction' }));
      expect(json).toContainEqual(expect.objectContaining({ check: 'Persistence', state: 'ok', says: expect.stringMatching(/^none;/) }));
      expect(json).toContainEqual({ leaves: expect.stringContaining('queue'), to: `127.0.0.1:${redis.port}` });
    });

    it('names how jobs are kept', async () => {
      const kept = await startRedis('--appendonly', 'yes');
      onTestFinished(() => kept.stop());
      expect((await doctor(kept.url)).json).toContainEqual(expect.objectContaining({ check: 'Persistence', says: expect.stringMatching(/^AOF;/) }));
      await kept.run('CONFIG', 'SET', 'appendonly', 'no');
      await kept.run('CONFIG', 'SET', 'save', '60 1000');
      expect((await doctor(kept.url)).json).toContainEqual(expect.objectContaining({ check: 'Persistence', says: expect.stringMatching(/^snapshots/) }));
    });

    it('says what is wrong, never the password', async () => {
      const locked = await startRedis('--requirepass', `${SECRET}-right`);
      onTestFinished(() => locked.stop());
      for (const [url, says] of [
        [`redis://:${SECRET}@127.0.0.1:${locked.port}`, 'refuses the user or the password'],
        [`redis://:${SECRET}@127.0.0.1:1`, 'nothing listens there'],
        [`redis://:${SECRET}@127.0.0.1/zero`, 'is not of the form'],
      ] as const) {
        const { code, json, text } = await doctor(url);
        expect(code).toBe(1);
        expect(json).toContainEqual(expect.objectContaining({ check: 'Redis', state: 'broken', says: expect.stringContaining(says) }));
        expect(text).not.toContain(SECRET);
      }
    });
  });
});

import { performance } from 'node:perf_hooks';
import type { Redis } from 'ioredis';
import { connectRedis, explainRedis, parseRedisUrl } from '../../orchestrator/queue/connect-redis.ts';
import { inspectRedis, type RedisInfo, refuseEviction } from '../../orchestrator/queue/inspect-redis.ts';
import { broken, type Check, messageOf, mind, ok } from './check.ts';

/** BullMQ needs the first and recommends the second. */
const OLDEST = [5, 0];
const RECOMMENDED = [6, 2];
const PINGS = 5;

/** Reachable, how far away, and set up so that no job is lost. */
export async function checkRedis(redisUrl: string): Promise<Check[]> {
  let client: Redis;
  let name: string;
  try {
    const server = parseRedisUrl(redisUrl);
    name = server.name;
    client = await connectRedis(server);
  } catch (error) {
    return [broken('Redis', messageOf(error), 'Until then start refuses. Without REDIS_URL the queue is inside the server, for one process.')];
  }
  try {
    const info = await inspectRedis(client);
    return [
      checkVersion(info.get('redis_version') ?? 'unknown', name, await latency(client)),
      checkPolicy(info, name),
      checkPersistence(info, await saves(client)),
    ];
  } catch (error) {
    return [broken('Redis', messageOf(explainRedis(error, name)), 'Give the user in REDIS_URL the right to INFO, and to what is not dangerous.')];
  } finally {
    client.disconnect();
  }
}

/** Of one answer, the median of a few; ms. */
async function latency(client: Redis): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < PINGS; round += 1) {
    const start = performance.now();
    await client.ping();
    times.push(performance.now() - start);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(PINGS / 2)] ?? Number.NaN;
}

function checkVersion(version: string, name: string, ms: number): Check {
  const says = `version ${version} at ${name} answers in ${ms.toFixed(1)} ms`;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const older = ([thanMajor = 0, thanMinor = 0]: readonly number[]) => major < thanMajor || (major === thanMajor && minor < thanMinor);
  if (older(OLDEST)) return broken('Redis', `${says}; ${OLDEST.join('.')} or newer was expected`, 'Upgrade Redis.');
  return older(RECOMMENDED) ? mind('Redis', says, `Upgrade to ${RECOMMENDED.join('.')} or newer.`) : ok('Redis', says);
}

function checkPolicy(info: RedisInfo, name: string): Check {
  try {
    refuseEviction(info, name);
    return ok('Eviction', `maxmemory-policy is ${info.get('maxmemory_policy') ?? 'not told'}`);
  } catch (error) {
    return broken('Eviction', messageOf(error), 'Until then start refuses.');
  }
}

/** Whether it takes snapshots; null where nobody may ask. */
async function saves(client: Redis): Promise<boolean | null> {
  const answer = await client.config('GET', 'save').catch(() => null);
  return Array.isArray(answer) ? answer[1] !== '' : null;
}

/** The queue holds no truth, so it need not be kept; but a Redis that cannot save what it should refuses new jobs. */
function checkPersistence(info: RedisInfo, snapshots: boolean | null): Check {
  const failed = [
    ['rdb_last_bgsave_status', 'the last snapshot'],
    ['aof_last_write_status', 'the last write to the append-only file'],
  ].flatMap(([field = '', what]) => ((info.get(field) ?? 'ok') === 'ok' ? [] : [what]));
  if (failed.length > 0) {
    return broken(
      'Persistence',
      `Redis could not save: ${failed.join(' and ')} failed; it may refuse new jobs`,
      'Look at what it logged; often its disk is full.',
    );
  }
  const kept = info.get('aof_enabled') === '1' ? 'AOF' : snapshots ? 'snapshots (RDB)' : snapshots === null ? 'AOF is off, snapshots are not told' : 'none';
  return ok('Persistence', `${kept}; whatever Redis loses is put back from the log`);
}

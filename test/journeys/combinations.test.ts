import { afterAll, beforeAll } from 'vitest';
import { openCompany } from '../support/company.ts';
import { type Mongo, startMongo } from '../support/mongo.ts';
import { describeWith } from '../support/parts.ts';
import { temporaryFolder } from '../support/processes.ts';
import { type RedisProcess, startRedis } from '../support/redis.ts';
import { describeLeadJourney } from './lead-journey.ts';

// Real stores, real queues: the same story as with the embedded store and no time passing.

/** The test's own clock sometimes moves before a server has answered; what fails in truth fails each time. */
const AGAIN = 2;

let mongo: Mongo;
let redis: RedisProcess;

describeLeadJourney('SQLite, embedded queue', () => openCompany({ folder: temporaryFolder(), queue: 'embedded' }), AGAIN);

describeWith('redis-server', 'over Redis', () => {
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  describeLeadJourney('SQLite, Redis', () => openCompany({ folder: temporaryFolder(), queue: { redisUrl: redis.url } }), AGAIN);

  describeWith('mongod', 'over MongoDB', () => {
    beforeAll(async () => {
      mongo = await startMongo('replica set');
    }, 60_000);
    afterAll(() => mongo.stop());
    describeLeadJourney('MongoDB, embedded queue', () => openCompany({ folder: temporaryFolder(), mongoUrl: mongo.url(), queue: 'embedded' }), AGAIN);
    describeLeadJourney('MongoDB, Redis', () => openCompany({ folder: temporaryFolder(), mongoUrl: mongo.url(), queue: { redisUrl: redis.url } }), AGAIN);
  });
});

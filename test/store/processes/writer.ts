/**
 * A process of its own that appends to a log: `writer.ts FILE NAME COUNT WIDTH`, with a file of SQLite or an address of MongoDB. WIDTH lanes at a time
 * append COUNT commits each, or for ever when COUNT is 0. Prints the number of every commit once it is
 * acknowledged, and `CODE MESSAGE` for one that was refused, which is then tried again.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { CountersignError, VersionConflict } from '../../../src/store/errors.ts';
import { connectMongo } from '../../../src/store/mongodb/connect.ts';
import { openMongoLog } from '../../../src/store/mongodb/log.ts';
import { openSqliteLog } from '../../../src/store/sqlite/log.ts';
import { systemClock } from '../../../src/system.ts';
import { commitOf, event } from '../../contracts/log.ts';

const [file = '', name = '', count = '1', width = '1'] = process.argv.slice(2);
const limit = Number(count) === 0 ? Number.POSITIVE_INFINITY : Number(count);
const mongo = file.startsWith('mongodb://') ? await connectMongo(file) : null;
const log = mongo === null ? await openSqliteLog(file, systemClock) : await openMongoLog(mongo, systemClock);
/** The version of the stream that all processes write, as far as this one knows. */
let shared = 0;

async function append(lane: number, round: number): Promise<void> {
  const own = `${name}:${lane}`;
  const events = [event(own, { round, text: 'x'.repeat(300) }), event('shared', { name, lane, round })];
  for (;;) {
    shared += (await log.readStream('shared', shared)).length;
    try {
      const { number } = await log.append(commitOf(events, { [own]: round, shared }, `${name}-${lane}-${round}`));
      process.stdout.write(`${number}\n`);
      return;
    } catch (error) {
      if (error instanceof VersionConflict) continue;
      if (!(error instanceof CountersignError)) throw error;
      process.stdout.write(`${error.code} ${error.message}\n`);
      await pause(20);
    }
  }
}

async function lane(index: number): Promise<void> {
  for (let round = 0; round < limit; round += 1) await append(index, round);
}
await Promise.all(Array.from({ length: Number(width) }, (_, index) => lane(index)));
await log.close();
await mongo?.client.close();

/** A process that appends as fast as it can until it is ended: `busy-writer.ts URL WRITERS`. Sends a message once it is at work. */
import { connectMongo } from '../src/store/mongodb/connect.ts';
import { openMongoLog } from '../src/store/mongodb/log.ts';
import { systemClock } from '../src/system.ts';
import { commitOf, event } from './commits.ts';

const [url = '', writers = '1'] = process.argv.slice(2);
const log = await openMongoLog(await connectMongo(url), systemClock);
let done = 0;
async function write(stream: string): Promise<never> {
  for (;;) {
    await log.append(commitOf([event(stream)], {}, `${process.pid}-${(done += 1)}`));
    if (done === 20) process.send?.('busy');
  }
}
process.on('SIGTERM', () => {
  process.send?.(done);
  process.exit(0);
});
await Promise.all(Array.from({ length: Number(writers) }, (_, writer) => write(`busy:${process.pid}:${writer}`)));

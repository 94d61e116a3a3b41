/** A process that opens the embedded queue, adds a job and forgets to close it: `open-queue.ts CACHE-FOLDER`. */
import { openEmbeddedQueue } from '../../../src/orchestrator/queue/embedded.ts';
import { systemClock } from '../../../src/system.ts';

const queue = openEmbeddedQueue({ cacheFolder: process.argv[2] ?? '', clock: systemClock, onError: console.error });
await queue.add('a', [{ task: 't', attempt: 1, priority: 5 }]);
process.stdout.write(`${await queue.size('a')} job waits\n`);

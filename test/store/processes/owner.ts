/** A process that owns a data folder until it is killed: `owner.ts FOLDER`. Prints `owned`, or the error. */
import { takeOwnership } from '../../../src/store/sqlite/owner.ts';

try {
  await takeOwnership(process.argv[2] ?? '');
  process.stdout.write('owned\n');
  setInterval(() => {}, 1000);
} catch (error) {
  process.stdout.write(`${error instanceof Error ? `${error.name} ${error.message}` : error}\n`);
}

/**
 * A process that writes batches of documents to MongoDB until it is killed: `document-writer.ts URL FROM`. Batch N writes N into
 * every one of the same documents, with checkpoint N. Prints the number of each batch once it is written.
 */
import { connectMongo } from '../../../src/store/mongodb/connect.ts';
import { openMongoDocuments } from '../../../src/store/mongodb/documents.ts';
import { systemRandom } from '../../../src/system.ts';
import { batchOf, SHELVES } from '../../contracts/documents.ts';

const [url = '', from = '1'] = process.argv.slice(2);
const documents = await openMongoDocuments(await connectMongo(url), systemRandom, SHELVES);
for (let number = Number(from); ; number += 1) {
  await documents.apply(batchOf(number));
  process.stdout.write(`${number}\n`);
}

import { Binary } from 'mongodb';
import type { KeyStore } from '../log.ts';
import { pages } from '../pages.ts';
import { DURABLE } from './commits.ts';
import type { Connection } from './connect.ts';
import { ask, isDuplicate } from './problems.ts';

interface KeyDocument {
  readonly _id: string;
  readonly key: Binary;
}

/** Keys in one request. */
const PAGE = 5_000;

export function openMongoKeys({ db }: Connection): KeyStore {
  // What most members do not have yet must not seal anything: it could be rolled back.
  const keys = db.collection<KeyDocument>('keys', { readConcern: { level: 'majority' }, writeConcern: DURABLE });
  const add = async (person: string, key: Uint8Array): Promise<Uint8Array> => {
    try {
      const kept = await keys.findOneAndUpdate(
        { _id: person },
        { $setOnInsert: { key: new Binary(Buffer.from(key)) } },
        { upsert: true, returnDocument: 'after' },
      );
      return kept === null ? Uint8Array.from(key) : bytesOf(kept.key);
    } catch (error) {
      // Two began at once; the other's key is there now.
      if (isDuplicate(error)) return add(person, key);
      throw error;
    }
  };
  return {
    add: (person, key) => ask(() => add(person, key)),
    getMany: (persons) =>
      ask(async () => {
        const found = new Map<string, Uint8Array>();
        for (let start = 0; start < persons.length; start += PAGE) {
          for await (const { _id, key } of keys.find({ _id: { $in: persons.slice(start, start + PAGE) } })) found.set(_id, bytesOf(key));
        }
        return found;
      }),
    destroy: (person) =>
      ask(async () => {
        await keys.deleteOne({ _id: person });
      }),
    async *all() {
      const next = (after: string) => ask(() => keys.find({ _id: { $gt: after } }, { sort: { _id: 1 }, limit: PAGE }).toArray());
      for await (const page of pages(next, ({ _id }) => _id)) yield new Map(page.map(({ _id, key }) => [_id, bytesOf(key)]));
    },
  };
}

const bytesOf = ({ buffer, position }: Binary): Uint8Array => Uint8Array.from(buffer.subarray(0, position));

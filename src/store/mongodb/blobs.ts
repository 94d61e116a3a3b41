import { Binary } from 'mongodb';
import { sha256 } from '../json.ts';
import type { BlobStore } from '../log.ts';
import { pages } from '../pages.ts';
import { DURABLE } from './commits.ts';
import type { Connection } from './connect.ts';
import { ask } from './problems.ts';

interface BlobDocument {
  /** The hash; of a further part `HASH/2`, `HASH/3` … */
  readonly _id: string;
  readonly bytes: Binary;
  /** How many there are, in the first. */
  readonly parts: number;
}

/** A document holds at most 16 MB. */
const PART = 12 * 1024 * 1024;

/** Hashes read at once. */
const PAGE = 1_000;

const partId = (hash: string, part: number): string => (part === 0 ? hash : `${hash}/${part + 1}`);

export function openMongoBlobs({ db }: Connection): BlobStore {
  const blobs = db.collection<BlobDocument>('blobs', { writeConcern: DURABLE });
  return {
    put: (bytes) =>
      ask(async () => {
        const hash = sha256(bytes);
        const parts = Math.max(1, Math.ceil(bytes.length / PART));
        // The first part last: who finds it finds all.
        for (let part = parts - 1; part >= 0; part -= 1) {
          const content = new Binary(Buffer.from(bytes.subarray(part * PART, (part + 1) * PART)));
          await blobs.updateOne({ _id: partId(hash, part) }, { $setOnInsert: { bytes: content, parts } }, { upsert: true });
        }
        return hash;
      }),
    get: (hash) =>
      ask(async () => {
        const first = await blobs.findOne({ _id: hash });
        if (first === null) return null;
        const contents = [bytesOf(first.bytes)];
        for (let part = 1; part < first.parts; part += 1) {
          const next = await blobs.findOne({ _id: partId(hash, part) });
          // Deleted at this moment.
          if (next === null) return null;
          contents.push(bytesOf(next.bytes));
        }
        return contents.length === 1 ? (contents[0] ?? null) : Buffer.concat(contents);
      }),
    delete: (hash) =>
      ask(async () => {
        const first = await blobs.findOneAndDelete({ _id: hash });
        const rest = Array.from({ length: (first?.parts ?? 1) - 1 }, (_, index) => partId(hash, index + 1));
        if (rest.length > 0) await blobs.deleteMany({ _id: { $in: rest } });
      }),
    async *all() {
      const next = (after: string) =>
        ask(() => blobs.find({ _id: { $gt: after, $not: /\// } }, { projection: { _id: 1 }, sort: { _id: 1 }, limit: PAGE }).toArray());
      for await (const page of pages(next, ({ _id }) => _id)) yield page.map(({ _id }) => _id);
    },
  };
}

const bytesOf = ({ buffer, position }: Binary): Uint8Array => buffer.subarray(0, position);

import { createHash } from 'node:crypto';
import type { DocumentStore } from '../documents.ts';

/** A whole collection in two values. */
export interface Digest {
  readonly documents: number;
  /** SHA-256 over each document's id, version and exact JSON, in the order of ids. */
  readonly hash: string;
}

export async function digestOf(documents: DocumentStore, collection: string): Promise<Digest> {
  const hash = createHash('sha256');
  let count = 0;
  for await (const batch of documents.all(collection)) {
    for (const { id, version, data } of batch) hash.update(`${JSON.stringify([id, version, data])}\n`);
    count += batch.length;
  }
  return { documents: count, hash: hash.digest('hex') };
}

export interface Compared {
  readonly collection: string;
  readonly source: Digest;
  readonly target: Digest;
  readonly equal: boolean;
}

/** Compares two stores' documents, collection by collection (I1). */
export async function compareDocuments(source: DocumentStore, target: DocumentStore, collections: readonly string[]): Promise<readonly Compared[]> {
  const compared: Compared[] = [];
  for (const collection of collections) {
    const [mine, theirs] = [await digestOf(source, collection), await digestOf(target, collection)];
    compared.push({ collection, source: mine, target: theirs, equal: mine.documents === theirs.documents && mine.hash === theirs.hash });
  }
  return compared;
}

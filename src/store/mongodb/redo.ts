import type { Collection, Db } from 'mongodb';
import type { Put } from './document-set.ts';

/** A part of a batch that is being written. */
interface RedoDocument {
  /** `SET/1`, `SET/2` … */
  readonly _id: string;
  /** Of the batch; the same in all its parts. */
  readonly token: string;
  readonly parts: number;
  readonly checkpoint: number;
  readonly puts: readonly Put[];
}

export interface Batch {
  readonly token: string;
  readonly checkpoint: number;
  readonly puts: readonly Put[];
}

/** Characters in one part: a document of MongoDB holds at most 16 MB, and one of ours is at most a few. */
const PART_LENGTH = 3 * 1024 * 1024;

/**
 * The batch of documents that is being written, noted before the first of them is. Without transactions a process that dies
 * in between leaves some of them written; the next one that writes begins with the rest.
 */
export class Redo {
  readonly #documents: Collection<RedoDocument>;
  readonly #set: string;

  constructor(db: Db, set: string) {
    this.#documents = db.collection<RedoDocument>('redo');
    this.#set = set;
  }

  /** Takes the place of the batch before, which is written by now. */
  async note({ token, checkpoint, puts }: Batch): Promise<void> {
    const parts = partsOf(puts);
    // The first part last: a batch that has it is whole.
    for (const [index, part] of [...parts.entries()].reverse()) {
      await this.#documents.replaceOne({ _id: this.#id(index) }, { token, parts: parts.length, checkpoint, puts: part }, { upsert: true });
    }
  }

  /** The batch noted last, or null when there is none, or it was not noted to its end. */
  async last(): Promise<Batch | null> {
    const first = await this.#documents.findOne({ _id: this.#id(0) });
    if (first === null) return null;
    const rest = await this.#documents.find({ _id: { $in: Array.from({ length: first.parts - 1 }, (_, index) => this.#id(index + 1)) } }).toArray();
    const parts = [first, ...rest];
    return parts.length === first.parts && parts.every(({ token }) => token === first.token)
      ? { token: first.token, checkpoint: first.checkpoint, puts: parts.flatMap(({ puts }) => puts) }
      : null;
  }

  /** @param sets of every set, or of this one */
  async clear(sets: 'all' | 'own'): Promise<void> {
    if (sets === 'all') await this.#documents.deleteMany({});
    else await this.#documents.deleteMany({ _id: { $gt: `${this.#set}/`, $lt: `${this.#set}0` } });
  }

  #id(part: number): string {
    return `${this.#set}/${part + 1}`;
  }
}

function partsOf(puts: readonly Put[]): Put[][] {
  const parts: Put[][] = [];
  let length = Number.POSITIVE_INFINITY;
  for (const put of puts) {
    if (length > PART_LENGTH) {
      parts.push([]);
      length = 0;
    }
    parts.at(-1)?.push(put);
    length += put.row.data.length;
  }
  return parts;
}

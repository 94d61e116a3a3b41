import type { Filter, MatchKeysAndValues } from 'mongodb';
import type { Clock } from '../../ports.ts';
import type { Json } from '../json.ts';
import type { KeyValueStore } from '../log.ts';
import { pages } from '../pages.ts';
import { DURABLE } from './commits.ts';
import type { Connection } from './connect.ts';
import { ask, isDuplicate } from './problems.ts';

interface Entry {
  readonly _id: string;
  /** JSON: BSON would lose a lone surrogate, and keys with dots or a leading dollar. */
  readonly value: string;
  readonly version: number;
  readonly ends: Date | null;
}

interface Counter {
  readonly _id: string;
  readonly version: number;
}

/** How long after its end an entry is kept, s: the server's clock may be ahead of ours, and reading looks at the end itself. */
const KEPT = 3_600;

/** Entries read at once. */
const PAGE = 500;

export async function openMongoKeyValue({ db }: Connection, clock: Clock): Promise<KeyValueStore> {
  const entries = db.collection<Entry>('kv', { writeConcern: DURABLE });
  const counters = db.collection<Counter>('state', { writeConcern: DURABLE });
  await ask(() => entries.createIndex({ ends: 1 }, { name: 'ends', expireAfterSeconds: KEPT }));

  /** From one counter, so that a key that went and came again never has an old version. */
  async function nextVersion(): Promise<number> {
    try {
      const counter = await counters.findOneAndUpdate({ _id: 'kv' }, { $inc: { version: 1 } }, { upsert: true, returnDocument: 'after' });
      return counter?.version ?? 1;
    } catch (error) {
      if (isDuplicate(error)) return nextVersion();
      throw error;
    }
  }

  /** Over what is there, or over nothing when `absent`. @returns whether it was written */
  async function put(where: Filter<Entry>, fields: MatchKeysAndValues<Entry>, upsert: boolean): Promise<boolean> {
    const { matchedCount, upsertedCount } = await entries.updateOne(where, { $set: fields }, { upsert });
    return matchedCount + upsertedCount > 0;
  }

  return {
    get: (key) =>
      ask(async () => {
        const entry = await entries.findOne({ _id: key });
        if (entry === null || (entry.ends !== null && entry.ends.getTime() <= clock.now())) return null;
        const value: Json = JSON.parse(entry.value);
        return { value, version: entry.version };
      }),
    set: (key, value, ttl, expectedVersion) =>
      ask(async () => {
        const version = await nextVersion();
        const now = new Date(clock.now());
        const fields = { value: JSON.stringify(value), version, ends: ttl === null ? null : new Date(clock.now() + ttl) };
        const alive = { $or: [{ ends: null }, { ends: { $gt: now } }] };
        for (;;) {
          try {
            if (expectedVersion === undefined) await put({ _id: key }, fields, true);
            // One that has ended counts as absent. One that has not is not matched, and then its key is taken.
            else if (expectedVersion === 0) await put({ _id: key, ends: { $lte: now } }, fields, true);
            else if (!(await put({ _id: key, version: expectedVersion, ...alive }, fields, false))) return null;
            return version;
          } catch (error) {
            if (!isDuplicate(error)) throw error;
            if (expectedVersion === 0) return null;
            // Two wrote a new key at once: over the other's.
          }
        }
      }),
    delete: (key) =>
      ask(async () => {
        await entries.deleteOne({ _id: key });
      }),
    async *lasting() {
      const next = (after: string) => ask(() => entries.find({ ends: null, _id: { $gt: after } }, { sort: { _id: 1 }, limit: PAGE }).toArray());
      for await (const page of pages(next, ({ _id }) => _id)) yield new Map(page.map(({ _id, value }): [string, Json] => [_id, JSON.parse(value)]));
    },
    close: async () => {},
  };
}

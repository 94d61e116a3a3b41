import type { Clock, Random } from '../../ports.ts';
import { foreignCommit } from '../commit.ts';
import { CountersignError } from '../errors.ts';
import type { Head } from '../log.ts';
import type { Stores } from '../stores.ts';
import { type Compared, compareDocuments } from './compare.ts';
import { foldToEnd } from './fold.ts';
import type { Progress } from './progress.ts';
import { takeKeys } from './take-keys.ts';

export interface MigrateOptions {
  readonly collections: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  readonly progress: Progress;
}

export interface Migrated {
  readonly head: Head;
  /** Commits that were copied now; the others were there from an earlier run. */
  readonly copied: number;
  readonly keys: number;
  readonly blobs: number;
  readonly entries: number;
  readonly compared: readonly Compared[];
}

/**
 * Moves everything from one store into another: keys, blobs, the log exactly as it is, lasting values;
 * documents are folded anew and compared. Nobody may work on either meanwhile. Broken off, it can be run again. What has an end stays
 * behind: sessions, login links and limits of the last hour.
 * @throws CountersignError `ForeignCommits`: the target is not empty; `SourceChanged`; `NotFound`; `BlobDamaged`
 */
export async function migrate(source: Stores, target: Stores, { collections, clock, random, progress }: MigrateOptions): Promise<Migrated> {
  const end = await source.log.head();
  if (end.number === 0) throw new CountersignError('NotFound', 'There is nothing to move: the log of the source is empty.');
  const begun = await target.log.head();
  await refuseForeign(source, begun, end);
  if (begun.number === 0) await target.documents.replace(async () => {});

  const keys = await moveKeys(source, target, progress);
  const blobs = await moveBlobs(source, target, progress);
  for await (const commits of source.log.readSealed(begun.number)) {
    await target.log.adopt(commits);
    progress('commits copied', commits.at(-1)?.number ?? 0, end.number);
  }
  let entries = 0;
  for await (const batch of source.kv.lasting()) {
    for (const [key, value] of batch) await target.kv.set(key, value, null);
    entries += batch.size;
  }
  const [now, arrived] = [await source.log.head(), await target.log.head()];
  if (now.hash !== arrived.hash) {
    throw new CountersignError(
      'SourceChanged',
      `The source has come to commit ${now.number} while ${arrived.number} were copied: stop whoever writes to it, then run the same again; it goes on from there.`,
    );
  }
  await foldToEnd(source, clock, random, 'commits folded at the source', progress);
  await foldToEnd(target, clock, random, 'commits folded', progress);
  const compared = await compareDocuments(source.documents, target.documents, collections);
  return { head: arrived, copied: arrived.number - begun.number, keys, blobs, entries, compared };
}

/** What the target holds must be the beginning of the source. */
async function refuseForeign(source: Stores, begun: Head, end: Head): Promise<void> {
  if (begun.number === 0) return;
  if (begun.number > end.number) throw foreignCommit(end.number, `the target holds ${begun.number} commits already`);
  for await (const [commit] of source.log.readSealed(begun.number - 1, 1)) {
    if (commit?.hash !== begun.hash) throw foreignCommit(begun.number, 'the target holds another one under that number');
    return;
  }
}

/** Afterwards the target has these keys and no others: who was forgotten at the source since an earlier run is forgotten there too. */
async function moveKeys(source: Stores, target: Stores, progress: Progress): Promise<number> {
  let moved = 0;
  for await (const batch of source.keys.all()) {
    await takeKeys(target.keys, batch);
    moved += batch.size;
    progress('keys copied', moved, null);
  }
  for await (const batch of target.keys.all()) {
    const kept = await source.keys.getMany([...batch.keys()]);
    for (const person of batch.keys()) if (!kept.has(person)) await target.keys.destroy(person);
  }
  return moved;
}

async function moveBlobs(source: Stores, target: Stores, progress: Progress): Promise<number> {
  let moved = 0;
  for await (const hashes of source.blobs.all()) {
    for (const hash of hashes) {
      const bytes = await source.blobs.get(hash);
      if (bytes === null) continue;
      const stored = await target.blobs.put(bytes);
      if (stored !== hash)
        throw new CountersignError(
          'BlobDamaged',
          `The content stored as ${hash} has the hash ${stored}: it was changed by something else. Restore the source from a backup.`,
        );
      moved += 1;
    }
    progress('contents copied', moved, null);
  }
  return moved;
}

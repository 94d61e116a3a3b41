import type { Clock, Random } from '../../ports.ts';
import { foreignCommit } from '../commit.ts';
import type { Head, SealedCommit } from '../log.ts';
import type { Stores } from '../stores.ts';
import { foldToEnd } from './fold.ts';
import type { Progress } from './progress.ts';
import { proveBackup, readBackup } from './read-backup.ts';
import { takeKeys } from './take-keys.ts';

export interface Restored {
  readonly head: Head;
  /** When the backup was made. */
  readonly at: string;
  readonly keys: number;
  readonly blobs: number;
  readonly entries: number;
}

/** Commits handed to the log at once, and their characters. */
const BATCH = 500;
const BATCH_LENGTH = 4 * 1024 * 1024;

/**
 * Brings a backup into an empty store, and folds the documents anew. The whole file is proved before anything is
 * written. Broken off, it can be run again.
 * @throws CountersignError `BackupDamaged`, `DataFormat`; `ForeignCommits`: the store is not empty
 */
export async function restore(file: string, target: Stores, clock: Clock, random: Random, progress: Progress): Promise<Restored> {
  const begun = await target.log.head();
  const { manifest, hashAt, keys, blobs, entries } = await proveBackup(file, begun.number, progress);
  if (begun.number > 0 && hashAt !== begun.hash) throw foreignCommit(begun.number, 'the store holds another one under that number');
  if (begun.number === 0) await target.documents.replace(async () => {});

  let batch: SealedCommit[] = [];
  let length = 0;
  let found = new Map<string, Uint8Array>();
  const adopt = async () => {
    const last = batch.at(-1);
    if (last === undefined) return;
    await target.log.adopt(batch);
    progress('commits restored', last.number, manifest.commits);
    [batch, length] = [[], 0];
  };
  for await (const { content } of readBackup(file)) {
    if (content.kind === 'commit') {
      batch.push(content.commit);
      length += content.commit.text.length;
      if (batch.length < BATCH && length < BATCH_LENGTH) continue;
    }
    await adopt();
    if (content.kind === 'key') found.set(content.person, content.key);
    if (found.size >= BATCH || content.kind !== 'key') {
      await takeKeys(target.keys, found);
      found = new Map();
    }
    if (content.kind === 'blob') await target.blobs.put(content.bytes);
    else if (content.kind === 'value') await target.kv.set(content.key, content.value, null);
  }
  await foldToEnd(target, clock, random, 'commits folded', progress);
  return { head: await target.log.head(), at: manifest.at, keys, blobs, entries };
}

import { createWriteStream, existsSync } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress } from 'node:zlib';
import { type Clock, instant } from '../../ports.ts';
import { EMPTY, openNext } from '../commit.ts';
import { CountersignError } from '../errors.ts';
import type { Head } from '../log.ts';
import type { Stores } from '../stores.ts';
import { BACKUP_FORMAT, createSum, type End, encodeRecord, KINDS, type Kind, type Manifest } from './backup-format.ts';
import type { Progress } from './progress.ts';

export interface Written extends Omit<End, 'sha256'> {
  readonly head: Head;
  /** Of the file. */
  readonly bytes: number;
}

/** Records are put together to pieces of about this size, bytes. */
const PIECE = 256 * 1024;
/** Only the person themselves: it holds the keys. */
const MODE = 0o600;

/**
 * Writes the log as it stands now, and the keys, contents and lasting values that belong to it, into one file.
 * A server may go on working meanwhile. The file is there only once it is whole and on the disk.
 * @throws CountersignError `FileExists`; `LogDamaged`: the chain of hashes is broken
 */
export async function writeBackup(stores: Stores, file: string, clock: Clock, progress: Progress): Promise<Written> {
  if (existsSync(file)) throw new CountersignError('FileExists', `${file} exists already: name another file, or remove that one.`);
  const head = await stores.log.head();
  const counts = { commits: 0, keys: 0, blobs: 0, entries: 0 };
  const unfinished = `${file}.unfinished`;
  await rm(unfinished, { force: true });
  try {
    const compressed = createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 6, [constants.ZSTD_c_checksumFlag]: 1 } });
    const records = inPieces(recordsOf(stores, head, instant(clock.now()), counts, progress));
    await pipeline(Readable.from(records), compressed, createWriteStream(unfinished, { flags: 'wx', mode: MODE, flush: true }));
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  return { head, ...counts, bytes: (await stat(file)).size };
}

type Counts = { -readonly [K in keyof Omit<End, 'sha256'>]: number };

/** The log first: what comes into the other stores meanwhile does no harm, and what a commit names was there before it. */
async function* recordsOf({ log, keys, blobs, kv }: Stores, head: Head, at: string, counts: Counts, progress: Progress): AsyncGenerator<Buffer> {
  const sum = createSum();
  const record = (kind: Kind, content: string | Uint8Array): Buffer => {
    const bytes = encodeRecord(kind, content);
    sum.update(bytes);
    return bytes;
  };
  yield record(KINDS.manifest, JSON.stringify({ countersign: 'backup', format: BACKUP_FORMAT, at, commits: head.number, hash: head.hash } satisfies Manifest));
  let last = EMPTY;
  for await (const batch of log.readSealed(0)) {
    for (const commit of batch) {
      if (commit.number > head.number) break;
      const next = openNext(last, commit);
      if (typeof next === 'string') throw damagedLog(last.number + 1, next);
      yield record(KINDS.commit, `${commit.hash}\n${commit.text}`);
      last = { number: commit.number, hash: commit.hash };
    }
    progress('commits saved', last.number, head.number);
    if (last.number >= head.number) break;
  }
  if (last.number < head.number) throw damagedLog(last.number + 1, 'it is missing');
  counts.commits = last.number;
  for await (const batch of keys.all()) {
    for (const [person, key] of batch) yield record(KINDS.key, JSON.stringify([person, Buffer.from(key).toString('base64')]));
    counts.keys += batch.size;
    progress('keys saved', counts.keys, null);
  }
  for await (const batch of blobs.all()) {
    for (const hash of batch) {
      const bytes = await blobs.get(hash);
      // Deleted a moment ago.
      if (bytes === null) continue;
      yield record(KINDS.blob, bytes);
      counts.blobs += 1;
    }
    progress('contents saved', counts.blobs, null);
  }
  for await (const batch of kv.lasting()) {
    for (const [key, value] of batch) yield record(KINDS.value, JSON.stringify([key, value]));
    counts.entries += batch.size;
  }
  yield encodeRecord(KINDS.end, JSON.stringify({ ...counts, sha256: sum.digest('hex') } satisfies End));
}

async function* inPieces(records: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let length = 0;
  for await (const record of records) {
    waiting.push(record);
    length += record.length;
    if (length < PIECE) continue;
    yield Buffer.concat(waiting);
    [waiting, length] = [[], 0];
  }
  if (length > 0) yield Buffer.concat(waiting);
}

const damagedLog = (commit: number, why: string) =>
  new CountersignError('LogDamaged', `The log is damaged at commit ${commit}: ${why}. No backup was made of it; restore an earlier one.`);

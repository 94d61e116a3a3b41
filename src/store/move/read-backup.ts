import { createReadStream } from 'node:fs';
import { createZstdDecompress } from 'node:zlib';
import { z } from 'zod';
import { EMPTY, openNext } from '../commit.ts';
import { CountersignError } from '../errors.ts';
import type { Json } from '../json.ts';
import type { Head, SealedCommit } from '../log.ts';
import {
  BACKUP_FORMAT,
  type BackupRecord,
  createSum,
  damagedBackup,
  decodeRecords,
  type End,
  encodeRecord,
  endSchema,
  KINDS,
  type Manifest,
  manifestSchema,
} from './backup-format.ts';
import type { Progress } from './progress.ts';

/** What a record stands for. */
export type Content =
  | { readonly kind: 'manifest'; readonly manifest: Manifest }
  | { readonly kind: 'commit'; readonly commit: SealedCommit }
  | { readonly kind: 'key'; readonly person: string; readonly key: Uint8Array }
  | { readonly kind: 'blob'; readonly bytes: Uint8Array }
  | { readonly kind: 'value'; readonly key: string; readonly value: Json }
  | { readonly kind: 'end'; readonly end: End };

const pair = z.tuple([z.string(), z.string()]);
const value = z.tuple([z.string(), z.json()]);

/** Reads a backup from its beginning, in bounded memory. @throws CountersignError `BackupDamaged` */
export async function* readBackup(file: string): AsyncGenerator<{ readonly content: Content; readonly record: BackupRecord }> {
  const stream = createReadStream(file).on('error', (error) => decompressed.destroy(error));
  const decompressed = createZstdDecompress();
  let number = 0;
  try {
    for await (const record of decodeRecords(stream.pipe(decompressed))) {
      const content = contentOf(record, number);
      if (content.kind === 'commit') number = content.commit.number;
      yield { content, record };
    }
  } catch (error) {
    if (error instanceof CountersignError) throw error;
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') throw new CountersignError('NotFound', `There is no file ${file}.`);
    throw damagedBackup(
      file,
      error instanceof z.ZodError ? 'a record is not what it should be' : error instanceof Error ? error.message : String(error),
      error,
    );
  } finally {
    stream.destroy();
    decompressed.destroy();
  }
}

function contentOf({ kind, bytes }: BackupRecord, before: number): Content {
  switch (kind) {
    case KINDS.manifest:
      return { kind: 'manifest', manifest: readManifest(JSON.parse(bytes.toString())) };
    case KINDS.commit: {
      const end = bytes.indexOf('\n');
      return { kind: 'commit', commit: { number: before + 1, hash: bytes.toString('latin1', 0, end), text: bytes.toString('utf8', end + 1) } };
    }
    case KINDS.key: {
      const [person, key] = pair.parse(JSON.parse(bytes.toString()));
      return { kind: 'key', person, key: Buffer.from(key, 'base64') };
    }
    case KINDS.blob:
      return { kind: 'blob', bytes };
    case KINDS.value: {
      const [key, stored] = value.parse(JSON.parse(bytes.toString()));
      return { kind: 'value', key, value: stored };
    }
    case KINDS.end:
      return { kind: 'end', end: endSchema.parse(JSON.parse(bytes.toString())) };
    default:
      throw new Error('a record of an unknown kind');
  }
}

function readManifest(found: unknown): Manifest {
  const format = z.object({ countersign: z.literal('backup'), format: z.number() }).parse(found).format;
  if (format > BACKUP_FORMAT) {
    throw new CountersignError(
      'DataFormat',
      `The backup has format ${format}, but this Countersign knows only formats up to ${BACKUP_FORMAT}: use the newer one that wrote it.`,
    );
  }
  return manifestSchema.parse(found);
}

export interface Proved extends End {
  readonly manifest: Manifest;
  /** The hash of the commit asked for, or null when the backup ends before it. */
  readonly hashAt: string | null;
}

/**
 * Reads a whole backup and proves that it is as it was written: its sum, its counts and the chain of hashes.
 * @param at a commit whose hash is wanted; 0: of none
 * @throws CountersignError `BackupDamaged`, `DataFormat`
 */
export async function proveBackup(file: string, at: number, progress: Progress): Promise<Proved> {
  const sum = createSum();
  const counts = { commits: 0, keys: 0, blobs: 0, entries: 0 };
  let manifest: Manifest | null = null;
  let end: End | null = null;
  let head: Head = EMPTY;
  let hashAt: string | null = null;
  for await (const { content, record } of readBackup(file)) {
    if (end !== null) throw damagedBackup(file, 'something comes after its end');
    if ((manifest === null) !== (content.kind === 'manifest')) throw damagedBackup(file, 'its manifest is not at its beginning');
    if (content.kind === 'manifest') manifest = content.manifest;
    else if (content.kind === 'end') {
      end = content.end;
      continue;
    } else if (content.kind === 'commit') {
      const next = openNext(head, content.commit);
      if (typeof next === 'string') throw damagedBackup(file, `at commit ${head.number + 1}, ${next}`);
      head = { number: content.commit.number, hash: content.commit.hash };
      if (head.number === at) hashAt = head.hash;
      counts.commits += 1;
      if (counts.commits % 1000 === 0) progress('commits proved', counts.commits, manifest?.commits ?? null);
    } else counts[content.kind === 'key' ? 'keys' : content.kind === 'blob' ? 'blobs' : 'entries'] += 1;
    sum.update(encodeRecord(content.kind === 'manifest' ? KINDS.manifest : KINDS[content.kind], record.bytes));
  }
  if (manifest === null) throw damagedBackup(file, 'it is empty');
  if (end === null) throw damagedBackup(file, 'its end is missing');
  if (end.sha256 !== sum.digest('hex')) throw damagedBackup(file, 'its sum does not match');
  const { sha256: _, ...stated } = end;
  const wrong = Object.entries(stated).find(([name, count]) => counts[name as keyof typeof counts] !== count);
  if (wrong !== undefined || head.hash !== manifest.hash || head.number !== manifest.commits) throw damagedBackup(file, 'it does not hold what it says');
  return { ...end, manifest, hashAt };
}

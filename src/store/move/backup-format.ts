import { createHash } from 'node:crypto';
import { z } from 'zod';
import { CountersignError } from '../errors.ts';

/** Of the layout of a backup file. */
export const BACKUP_FORMAT = 1;

export const manifestSchema = z.strictObject({
  countersign: z.literal('backup'),
  format: z.int().positive(),
  /** When it was begun. */
  at: z.iso.datetime({ precision: 3 }),
  commits: z.int().nonnegative(),
  /** Of the last of them. */
  hash: z.string(),
});
export type Manifest = z.infer<typeof manifestSchema>;

export const endSchema = z.strictObject({
  commits: z.int().nonnegative(),
  keys: z.int().nonnegative(),
  blobs: z.int().nonnegative(),
  entries: z.int().nonnegative(),
  /** SHA-256 of everything before. */
  sha256: z.string(),
});
export type End = z.infer<typeof endSchema>;

/**
 * A backup is a sequence of records, compressed as a whole (zstd). Each is one letter for its kind, the number of its bytes
 * (4, the highest first), and the bytes: first the manifest and last the end, both JSON; in between commits (their hash, a newline,
 * their exact text), keys (JSON of person and base64), blobs (their bytes), values without an end (JSON of key and value).
 */
export const KINDS = { manifest: 'M', commit: 'C', key: 'K', blob: 'B', value: 'V', end: 'E' } as const;
export type Kind = (typeof KINDS)[keyof typeof KINDS];

export interface BackupRecord {
  readonly kind: string;
  readonly bytes: Buffer;
}

const HEADER = 5;
/** Of one record: more can only come of a damaged file. */
const LONGEST = 1024 * 1024 * 1024;

export function encodeRecord(kind: Kind, content: string | Uint8Array): Buffer {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const header = Buffer.alloc(HEADER);
  header.write(kind, 0, 'latin1');
  header.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([header, bytes]);
}

/** The sum over records, as the end states it. */
export const createSum = () => createHash('sha256');

/** Puts records together again from pieces of any size. @throws Error when the last is cut off */
export async function* decodeRecords(pieces: AsyncIterable<Buffer>): AsyncGenerator<BackupRecord> {
  let waiting: Buffer[] = [];
  let length = 0;
  const take = (count: number): Buffer => {
    const whole = waiting.length === 1 && waiting[0] !== undefined ? waiting[0] : Buffer.concat(waiting);
    waiting = [whole.subarray(count)];
    length -= count;
    return whole.subarray(0, count);
  };
  let header: { readonly kind: string; readonly length: number } | null = null;
  for await (const piece of pieces) {
    waiting.push(piece);
    length += piece.length;
    for (;;) {
      if (header === null) {
        if (length < HEADER) break;
        const bytes = take(HEADER);
        header = { kind: bytes.toString('latin1', 0, 1), length: bytes.readUInt32BE(1) };
        if (header.length > LONGEST) throw new Error(`a record of ${header.length} bytes`);
      }
      if (length < header.length) break;
      yield { kind: header.kind, bytes: take(header.length) };
      header = null;
    }
  }
  if (header !== null || length > 0) throw new Error('it is cut off');
}

export const damagedBackup = (file: string, why: string, cause?: unknown): CountersignError =>
  new CountersignError('BackupDamaged', `${file} is no whole backup of Countersign: ${why}. Nothing was written; take another one.`, { cause });

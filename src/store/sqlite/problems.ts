import { CountersignError } from '../errors.ts';

/** What `node:sqlite` throws; `errcode` is an extended result code (https://sqlite.org/rescode.html). */
interface SqliteError extends Error {
  readonly errcode: number;
}

export const isSqliteError = (error: unknown): error is SqliteError =>
  error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR' && 'errcode' in error && typeof error.errcode === 'number';

const BUSY = 5;
const primary = (error: SqliteError): number => error.errcode & 0xff;

/** Another process holds the lock; it will go by. */
export const isBusy = (error: unknown): boolean => isSqliteError(error) && primary(error) === BUSY;

/** By primary result code: what is wrong, and what to do. */
const ADVICE: Readonly<Record<number, string>> = {
  [BUSY]: 'another process has held its lock for 10 seconds: stop that process',
  8: 'it may not be written: check the permissions of the folder',
  10: 'reading or writing failed: check that the disk has room and is healthy',
  11: 'it is damaged: restore it from a backup',
  13: 'the disk is full: make room',
  14: 'it cannot be opened: check that the folder exists and its permissions',
  26: 'it is not a database: restore it from a backup',
};

/** The store cannot do its work now; nothing was half-written, and it goes on by itself once the cause is gone. */
export function unavailable(file: string, cause: unknown): CountersignError {
  const [advice, detail] = isSqliteError(cause)
    ? [ADVICE[primary(cause)] ?? 'SQLite refused', ` (${cause.message}, code ${cause.errcode})`]
    : ['it failed', ''];
  return new CountersignError('StoreUnavailable', `${file}: ${advice}. Nothing was written${detail}.`, { cause });
}

/** Written, but not brought to the disk: whether it outlasts a power cut, nobody can say, so nothing more is promised. */
export function notKept(file: string, cause: unknown): CountersignError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new CountersignError(
    'StoreUnavailable',
    `${file}: the disk did not keep what was written (${why}). Nothing more is taken until this process was started again: check the disk first, then countersign verify.`,
    { cause },
  );
}

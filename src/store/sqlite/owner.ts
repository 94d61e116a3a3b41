import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { CountersignError } from '../errors.ts';
import { isBusy, unavailable } from './problems.ts';

/** Who works on a data folder. */
export interface Owner {
  readonly pid: number;
}

export interface Ownership {
  release(): Promise<void>;
}

/** A look by `readOwner` takes the lock for an instant: tries to outlast it, and the pause between, ms. */
const TRIES = 5;
const PAUSE = 20;

const lockFile = (folder: string) => join(folder, 'owner.db');
const infoFile = (folder: string) => join(folder, 'owner.json');

/**
 * Makes this process the one owner of a data folder until it releases it or ends in any way:
 * the lock is the kernel's, so `kill -9` leaves none behind.
 * @throws CountersignError `AlreadyOwned`
 */
export async function takeOwnership(folder: string): Promise<Ownership> {
  for (let left = TRIES; ; left -= 1) {
    const lock = tryLock(folder, 'BEGIN EXCLUSIVE');
    if (lock !== null) {
      await writeFile(`${infoFile(folder)}.new`, JSON.stringify({ pid: process.pid } satisfies Owner));
      await rename(`${infoFile(folder)}.new`, infoFile(folder));
      return {
        async release() {
          await rm(infoFile(folder), { force: true });
          lock.close();
        },
      };
    }
    if (left <= 1) break;
    await pause(PAUSE);
  }
  const pid = await readPid(folder);
  throw new CountersignError(
    'AlreadyOwned',
    `${folder} is in use by another Countersign${pid === null ? '' : ` (process ${pid})`}: stop that one, or name another data folder.`,
  );
}

/** The process that owns a data folder now; `pid` 0 when it has not said yet; null when none does. */
export async function readOwner(folder: string): Promise<Owner | null> {
  const lock = tryLock(folder, 'SELECT count(*) FROM sqlite_schema');
  lock?.close();
  return lock === null ? { pid: (await readPid(folder)) ?? 0 } : null;
}

/** @returns null while another process holds the lock */
function tryLock(folder: string, sql: string): DatabaseSync | null {
  let lock: DatabaseSync | null = null;
  try {
    lock = new DatabaseSync(lockFile(folder), { timeout: 0 });
    // Not WAL: there an exclusive lock would let others read.
    lock.exec(sql);
    return lock;
  } catch (error) {
    lock?.close();
    if (isBusy(error)) return null;
    throw unavailable(lockFile(folder), error);
  }
}

async function readPid(folder: string): Promise<number | null> {
  try {
    const info: unknown = JSON.parse(await readFile(infoFile(folder), 'utf8'));
    return typeof info === 'object' && info !== null && 'pid' in info && typeof info.pid === 'number' ? info.pid : null;
  } catch {
    // Not written yet, or gone again.
    return null;
  }
}

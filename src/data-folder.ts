import { mkdir } from 'node:fs/promises';
import { CountersignError } from './store/errors.ts';

/**
 * Makes the data folder where there is none. It holds keys and what people wrote: nobody else may look in.
 * @throws CountersignError `DataFolder`
 */
export async function makeDataFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? WHY.get(String(cause.code)) : undefined;
    const problem = why ?? (cause instanceof Error ? cause.message : String(cause));
    throw new CountersignError('DataFolder', `The data folder ${folder} cannot be made: ${problem}. Name another one with COUNTERSIGN_DATA.`, { cause });
  }
}

const WHY = new Map([
  ['EEXIST', 'there is a file of that name'],
  ['ENOTDIR', 'a part of its path is a file'],
  ['EACCES', 'this user may not write there'],
  ['EPERM', 'this user may not write there'],
  ['EROFS', 'that disk can only be read'],
  ['ENOSPC', 'the disk is full'],
]);

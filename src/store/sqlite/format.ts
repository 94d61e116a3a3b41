import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { CountersignError } from '../errors.ts';

/** Brings a data folder from one format to the next. The first takes format 1 to 2. */
export type Conversion = (folder: string) => Promise<void>;

const CONVERSIONS: readonly Conversion[] = [];

const formatFile = (folder: string) => join(folder, 'format.json');

/**
 * Makes a data folder fit this code: a new one is marked, an older one is copied to
 * `before-format-N/` and converted.
 * @throws CountersignError `DataFormat`: it was written by newer code
 */
export async function fitFormat(folder: string, conversions: readonly Conversion[] = CONVERSIONS): Promise<void> {
  const today = conversions.length + 1;
  const found = await readFormat(folder);
  if (found === null) return writeFormat(folder, today);
  if (found > today) {
    throw new CountersignError(
      'DataFormat',
      `${folder} has data format ${found}, but this Countersign knows only formats up to ${today}: use the newer one that wrote it, or another data folder.`,
    );
  }
  for (let format = found; format < today; format += 1) {
    await copyDatabases(folder, join(folder, `before-format-${format + 1}`));
    await conversions[format - 1]?.(folder);
    await writeFormat(folder, format + 1);
  }
}

async function readFormat(folder: string): Promise<number | null> {
  let text: string;
  try {
    text = await readFile(formatFile(folder), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  const mark: unknown = JSON.parse(text);
  if (typeof mark === 'object' && mark !== null && 'format' in mark && typeof mark.format === 'number') return mark.format;
  throw new CountersignError('DataFormat', `${formatFile(folder)} should say {"format": N}, but says ${text.slice(0, 100)}: put it back from a backup.`);
}

async function writeFormat(folder: string, format: number): Promise<void> {
  // A command may open a new folder at the same moment as the server.
  const unfinished = `${formatFile(folder)}.${randomUUID()}.new`;
  await writeFile(unfinished, `${JSON.stringify({ format })}\n`);
  await rename(unfinished, formatFile(folder));
}

/** Once per format: after a conversion that broke off, the copy still holds what was there before it. */
async function copyDatabases(folder: string, target: string): Promise<void> {
  if (existsSync(target)) return;
  const unfinished = `${target}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { mode: 0o700 });
  for (const name of (await readdir(folder)).filter((file) => file.endsWith('.db') && file !== 'owner.db')) {
    const database = new DatabaseSync(join(folder, name));
    // Not a copy of the file: part of the data may still be in the write-ahead log.
    database.prepare('VACUUM INTO ?').run(join(unfinished, name));
    database.close();
  }
  await rename(unfinished, target);
}

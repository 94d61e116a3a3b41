/** The data folder that the embedded queue starts from: built once per version of what it is made with, then kept as a file. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';

/** A file that may be missing, broken or deleted at any time. */
export interface CachedFile {
  read(): Promise<Uint8Array | undefined>;
  /** Whole or not at all, also when two processes write at once. */
  write(content: Uint8Array): Promise<void>;
  discard(): Promise<void>;
}

/** Raise it when `embedded-image.ts` or `pglite.ts` makes another image from the same packages. */
const RECIPE = 1;
/** More than an image ever takes, bytes. */
const LARGEST_IMAGE = 64 * 2 ** 20;

/** Builds the image in a process of its own; about 5 s. */
export async function buildImage(abandoned: AbortSignal): Promise<Uint8Array> {
  const program = fileURLToPath(new URL('./embedded-image.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program], { encoding: 'buffer', maxBuffer: LARGEST_IMAGE, signal: abandoned });
  return stdout;
}

export async function cachedImageFile(folder: string): Promise<CachedFile> {
  const [pglite, bullmq] = await Promise.all([packageVersion('@electric-sql/pglite'), packageVersion('bullmq')]);
  const file = join(folder, `queue-${RECIPE}-pglite-${pglite}-bullmq-${bullmq}.tar.zst`);
  return {
    read: () => readFile(file).catch(() => undefined),
    async write(content) {
      await mkdir(folder, { recursive: true });
      const unfinished = `${file}.${randomUUID()}.tmp`;
      try {
        await writeFile(unfinished, content);
        await rename(unfinished, file);
      } finally {
        await rm(unfinished, { force: true });
      }
    },
    discard: () => rm(file, { force: true }),
  };
}

/** From the package's manifest, found from its entry point: not every package exports its manifest. */
async function packageVersion(name: string): Promise<string> {
  const entry = createRequire(import.meta.url).resolve(name);
  const folder = join('node_modules', name);
  const root = entry.slice(0, entry.lastIndexOf(folder) + folder.length);
  const manifest: unknown = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  return z.object({ version: z.string() }).parse(manifest).version;
}

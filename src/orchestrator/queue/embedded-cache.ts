import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** One file that may be missing, broken or deleted at any time: it only saves the work of making it again. */
export interface CachedImage {
  /** The image; undefined when there is none or when its checksum is wrong. */
  read(): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Whole or not at all, also when two processes write at once. */
  write(image: Uint8Array): Promise<void>;
  discard(): Promise<void>;
}

/** `key` names everything the image depends on; another key is another file. */
export function cachedImage(folder: string, key: string): CachedImage {
  const file = join(folder, `${key}.tar.zst`);
  return {
    async read() {
      try {
        return new Uint8Array(await decompress(await readFile(file)));
      } catch {
        return undefined;
      }
    },
    async write(image) {
      await mkdir(folder, { recursive: true });
      const unfinished = `${file}.${randomUUID()}.tmp`;
      try {
        await writeFile(unfinished, await compress(image, { params: { [constants.ZSTD_c_checksumFlag]: 1 } }));
        await rename(unfinished, file);
      } finally {
        await rm(unfinished, { force: true });
      }
    },
    discard: () => rm(file, { force: true }),
  };
}

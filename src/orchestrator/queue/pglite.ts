import { promisify } from 'node:util';
import { zstdDecompress } from 'node:zlib';
import { PGlite } from '@electric-sql/pglite';

/** PostgreSQL as small as it gets: nothing here has to last, and one session uses it. */
const SETTINGS = {
  search_path: 'bullmq,public',
  shared_buffers: '4MB',
  wal_level: 'minimal',
  max_wal_senders: '0',
  full_page_writes: 'off',
  min_wal_size: '2MB',
  max_wal_size: '4MB',
  synchronous_commit: 'off',
  enable_seqscan: 'off', // freshly vacuumed tables look empty to the planner, and then it would read them whole
};

/**
 * A PostgreSQL in memory, from the packed image of a data folder (a tar under zstd) or, in seconds instead of one, from nothing.
 * Throws when the image is damaged.
 */
export async function startPglite(image?: Uint8Array): Promise<PGlite> {
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return PGlite.create({
    dataDir: 'memory://',
    startParams: [...PGlite.defaultStartParams, ...settings],
    initDbStartParams: ['--wal-segsize=1'], // MB; the log of what was written stays in memory too
    ...(image && { loadDataDir: new Blob([new Uint8Array(await promisify(zstdDecompress)(image))]) }),
  });
}

import type { KeyStore } from '../log.ts';

/**
 * Takes over keys as they are. One that the target has already for the same person opens nothing there, since its log is
 * the beginning of the one these keys belong to: it was made when somebody opened the empty store, and goes.
 */
export async function takeKeys(target: KeyStore, keys: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const take = async (person: string, key: Uint8Array): Promise<void> => {
    if (Buffer.compare(await target.add(person, key), key) === 0) return;
    await target.destroy(person);
    await target.add(person, key);
  };
  // Side by side, so that they share flushes to the disk.
  await Promise.all([...keys].map(([person, key]) => take(person, key)));
}

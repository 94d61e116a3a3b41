import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BlobStore } from '../../src/store/log.ts';

export interface OpenedBlobs {
  readonly blobs: BlobStore;
  again(): Promise<BlobStore>;
  dispose(): Promise<void>;
}

/** The blob store's contract: every adapter passes it whole. */
export function describeBlobStore(name: string, open: () => Promise<OpenedBlobs>): void {
  describe(`blobs: ${name}`, () => {
    let opened: OpenedBlobs;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.dispose());

    it.each([0, 1, 65_537, 3_000_000, 26_000_000])('gives back %i bytes by their SHA-256', async (length) => {
      const bytes = Uint8Array.from({ length }, (_, index) => (index * 31) & 255);
      const hash = await opened.blobs.put(bytes);
      expect(hash).toBe(createHash('sha256').update(bytes).digest('hex'));
      const read = await (await opened.again()).get(hash);
      expect(Buffer.compare(read ?? Buffer.from('nothing'), bytes)).toBe(0);
    });

    it('lists the hashes of all there are, each once', async () => {
      const contents = ['b', 'a', 'c'].map((text) => Buffer.from(text));
      const hashes = await Promise.all([...contents, Buffer.alloc(13_000_000)].map((bytes) => opened.blobs.put(bytes)));
      await opened.blobs.delete(hashes[1] ?? '');
      const all = (await Array.fromAsync((await opened.again()).all())).flat();
      expect(all).toEqual(hashes.filter((_, index) => index !== 1).sort());
    });

    it('leaves nothing of a large one that was deleted', async () => {
      const bytes = Buffer.alloc(26_000_000, 'x');
      const hash = await opened.blobs.put(bytes);
      await opened.blobs.delete(hash);
      expect(await opened.blobs.get(hash)).toBeNull();
      expect((await Array.fromAsync(opened.blobs.all())).flat()).toEqual([]);
      expect(await opened.blobs.put(bytes)).toBe(hash);
      expect((await opened.blobs.get(hash))?.length).toBe(26_000_000);
    });

    it('keeps the same content once, and none that was deleted', async () => {
      const bytes = Buffer.from('the same');
      const hashes = await Promise.all([opened.blobs.put(bytes), opened.blobs.put(bytes), (await opened.again()).put(bytes)]);
      expect(new Set(hashes).size).toBe(1);
      const [hash = ''] = hashes;
      await opened.blobs.delete(hash);
      await opened.blobs.delete(hash);
      expect(await opened.blobs.get(hash)).toBeNull();
      expect(await opened.blobs.get('0'.repeat(64))).toBeNull();
    });
  });
}

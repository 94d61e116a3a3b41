import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { Random } from '../ports.ts';
import type { BlobStore, KeyStore } from './log.ts';
import { KEY_BYTES } from './seal.ts';

/** Large personal content: encrypted under the person's key, then stored by the hash of the ciphertext. */
export interface SealedBlobs {
  /** @returns the hash to keep in an event */
  put(person: string, text: string): Promise<string>;
  /** null: there is no such blob, or the person was forgotten. */
  get(person: string, hash: string): Promise<string | null>;
}

const NONCE = 12;
const TAG = 16;

export function createSealedBlobs(blobs: BlobStore, keys: KeyStore, random: Random): SealedBlobs {
  return {
    async put(person, text) {
      const key = (await keys.getMany([person])).get(person) ?? (await keys.add(person, random.bytes(KEY_BYTES)));
      const nonce = random.bytes(NONCE);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final()]);
      return blobs.put(Buffer.concat([sealed, cipher.getAuthTag()]));
    },
    async get(person, hash) {
      const [key, bytes] = [(await keys.getMany([person])).get(person), await blobs.get(hash)];
      if (key === undefined || bytes === null || bytes.length < NONCE + TAG) return null;
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE));
      decipher.setAuthTag(bytes.subarray(bytes.length - TAG));
      return Buffer.concat([decipher.update(bytes.subarray(NONCE, bytes.length - TAG)), decipher.final()]).toString('utf8');
    },
  };
}

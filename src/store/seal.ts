import { createCipheriv, createDecipheriv, createSecretKey, hash, type KeyObject } from 'node:crypto';
import type { Random } from '../ports.ts';

const ALGORITHM = 'aes-256-gcm';
const ID = 8;
const NONCE = 12;
const TAG = 16;

/** Bytes of a person's key. */
export const KEY_BYTES = 32;

/** A person's key, ready for use. */
export interface SealingKey {
  /** The first 8 bytes of its SHA-256: tells a text sealed under an earlier, destroyed key from a damaged one. */
  readonly id: Buffer;
  readonly key: KeyObject;
}

export const sealingKey = (bytes: Uint8Array): SealingKey => ({ id: hash('sha256', bytes, 'buffer').subarray(0, ID), key: createSecretKey(bytes) });

/**
 * AES-256-GCM (NIST SP 800-38D).
 * @param bound what the text belongs to; it opens nowhere else
 * @returns base64 of key id (8 bytes), nonce (12), ciphertext, tag (16)
 */
export function seal(text: string, { id, key }: SealingKey, bound: string, random: Random): string {
  const nonce = random.bytes(NONCE);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG });
  cipher.setAAD(Buffer.from(bound));
  const body = cipher.update(text, 'utf8');
  cipher.final();
  return Buffer.concat([id, nonce, body, cipher.getAuthTag()]).toString('base64');
}

/**
 * @returns the text, or null when it was sealed under another key, one that was destroyed
 * @throws Error when it was altered, or belongs elsewhere
 */
export function unseal(sealed: string, { id, key }: SealingKey, bound: string): string | null {
  const bytes = Buffer.from(sealed, 'base64');
  if (bytes.compare(id, 0, ID, 0, ID) !== 0) return null;
  const body = bytes.length - TAG;
  const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(ID, ID + NONCE), { authTagLength: TAG });
  decipher.setAAD(Buffer.from(bound));
  decipher.setAuthTag(bytes.subarray(body));
  const text = decipher.update(bytes.subarray(ID + NONCE, body));
  decipher.final();
  // Buffer#toString is much faster than the decipher's own decoder.
  return text.toString();
}

import type { DocumentStore } from './documents.ts';
import type { BlobStore, EventLog, KeyStore, KeyValueStore } from './log.ts';

/** Every store, ready for use. */
export interface Stores {
  readonly log: EventLog;
  readonly documents: DocumentStore;
  readonly keys: KeyStore;
  readonly blobs: BlobStore;
  readonly kv: KeyValueStore;
  /** After a person was forgotten: nothing that was deleted stays in the files. */
  scrub(): Promise<void>;
  close(): Promise<void>;
}

import type { Clock, Random } from '../../ports.ts';
import { createCodec } from '../codec.ts';
import { openJournal } from '../journal.ts';
import { Projector } from '../projections/projector.ts';
import type { Stores } from '../stores.ts';
import type { Progress } from './progress.ts';

/** Brings documents up to their log, in bounded memory; what broke off goes on where it was. */
export async function foldToEnd({ log, documents, keys }: Stores, clock: Clock, random: Random, what: string, progress: Progress): Promise<void> {
  const journal = openJournal(log, createCodec(keys, random), clock, random);
  const end = await journal.head();
  const projector = new Projector(journal, documents);
  projector.onApplied((commits) => progress(what, commits.at(-1)?.commit ?? 0, end));
  await projector.catchUp();
}

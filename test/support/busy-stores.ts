import { leadStory } from '../../bench/company-log.ts';
import type { Clock, Random } from '../../src/ports.ts';
import { createCodec } from '../../src/store/codec.ts';
import { newEvent } from '../../src/store/events/index.ts';
import { type Journal, openJournal } from '../../src/store/journal.ts';
import type { SealedCommit } from '../../src/store/log.ts';
import type { Stores } from '../../src/store/stores.ts';

export interface Busy {
  readonly journal: Journal;
  /** The hashes of what lies beside the log. */
  readonly blobs: readonly string[];
}

/** Fills stores with what a company leaves there: leads from the form to the mail, contents beside the log, forms, a login, and somebody who was forgotten. */
export async function fillStores(stores: Stores, clock: Clock, random: Random, leads = 50): Promise<Busy> {
  const journal = openJournal(stores.log, createCodec(stores.keys, random), clock, random);
  await Promise.all(
    Array.from({ length: leads }, async (_, n) => {
      for (const events of leadStory(n)) await journal.append(events);
    }),
  );
  const blobs = await Promise.all([0, 10, 1_000_000].map((length) => stores.blobs.put(Buffer.alloc(length, 'content'))));
  await stores.kv.set('forms', [{ name: 'contact', path: 'secret', redirect: null }], null);
  await stores.kv.set('mark', 17, null);
  await stores.kv.set('session:1', 'login', 60_000);
  await forget(stores, journal, 'p1');
  return { journal, blobs };
}

/** One more commit, by whoever works beside. */
export async function refuseIntake(journal: Journal, key: string): Promise<void> {
  const by = { actor: 'system:intake', source: 'form:contact', cause: null, correlation: 'c', subject: null };
  await journal.append([newEvent(`intake:${key}`, 'IntakeRefused', { door: 'form:contact', why: 'a honeypot' }, by)]);
}

export async function forget(stores: Stores, journal: Journal, person: string): Promise<void> {
  await stores.keys.destroy(person);
  const by = { actor: 'human:cli:owner', source: 'cli', cause: null, correlation: 'c', subject: null };
  await journal.append([newEvent(`person:${person}`, 'PersonForgotten', { person, at: '2026-01-05T09:00:00.000Z' }, by)]);
}

export async function sealedIn({ log }: Pick<Stores, 'log'>): Promise<SealedCommit[]> {
  const all: SealedCommit[] = [];
  for await (const batch of log.readSealed(0)) all.push(...batch);
  return all;
}

/** Everything that must survive, in one value. */
export async function contentsOf(stores: Stores): Promise<object> {
  const hashes = (await Array.fromAsync(stores.blobs.all())).flat();
  return {
    commits: await sealedIn(stores),
    keys: (await Array.fromAsync(stores.keys.all())).flatMap((batch) => [...batch].map(([person, key]) => [person, Buffer.from(key).toString('hex')])),
    blobs: await Promise.all(hashes.map(async (hash) => [hash, (await stores.blobs.get(hash))?.length])),
    values: (await Array.fromAsync(stores.kv.lasting())).flatMap((batch) => [...batch]),
  };
}

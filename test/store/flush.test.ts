import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createCodec } from '../../src/store/codec.ts';
import { COLLECTIONS } from '../../src/store/collections.ts';
import { newEvent } from '../../src/store/events/index.ts';
import { openJournal } from '../../src/store/journal.ts';
import type { NewCommit } from '../../src/store/log.ts';
import { Projector } from '../../src/store/projections/projector.ts';
import { openSqliteDocuments } from '../../src/store/sqlite/documents.ts';
import type { Flush } from '../../src/store/sqlite/flush.ts';
import { openSqliteLog } from '../../src/store/sqlite/log.ts';
import { openSqliteStores } from '../../src/store/sqlite/open.ts';
import { systemClock, systemRandom } from '../../src/system.ts';
import { temporaryFolder } from '../support/processes.ts';

const BY = { type: 'T', schema: 1, data: {}, sealed: null, subject: null, actor: 'a', source: 's', cause: null, correlation: 'c' };
const commit = (id: string): NewCommit => ({ id, at: '2026-01-05T09:00:00.000Z', events: [{ ...BY, stream: `task:${id}` }], expect: {} });
const soon = () => new Promise((resolve) => setTimeout(resolve, 30));

/** A disk whose every flush we let through, or fail, by hand. */
function disk() {
  const flushes: PromiseWithResolvers<void>[] = [];
  const flush: Flush = () => {
    const one = Promise.withResolvers<void>();
    flushes.push(one);
    return one.promise;
  };
  return { flush, flushes };
}

it('nothing is acknowledged, nor told to anybody, before it is on the disk (I3)', async () => {
  const { flush, flushes } = disk();
  const log = await openSqliteLog(join(temporaryFolder(), 'log.db'), systemClock, flush);
  const told: number[] = [];
  const subscription = log.subscribe(0, async (commits) => void told.push(...commits.map(({ number }) => number)));
  const acknowledged: number[] = [];
  const one = log.append(commit('one')).then(({ number }) => acknowledged.push(number));
  await soon();
  const two = log.append(commit('two')).then(({ number }) => acknowledged.push(number));
  await soon();
  expect(acknowledged).toEqual([]);
  expect(told).toEqual([]);
  flushes[0]?.resolve();
  await one;
  expect(acknowledged).toEqual([1]);
  await soon();
  // What was written while the first flush ran has one of its own.
  flushes[1]?.resolve();
  await two;
  await soon();
  expect(flushes).toHaveLength(2);
  expect(told).toEqual([1, 2]);
  await subscription.stop();
  await log.close();
});

it('a disk that fails ends every promise, and says what to do', async () => {
  const { flush, flushes } = disk();
  const log = await openSqliteLog(join(temporaryFolder(), 'log.db'), systemClock, flush);
  const one = log.append(commit('one'));
  await soon();
  flushes[0]?.reject(new Error('EIO: i/o error'));
  await expect(one).rejects.toMatchObject({ code: 'StoreUnavailable', message: expect.stringContaining('EIO') });
  // A later flush would say that all is well, and it is not.
  await expect(log.append(commit('two'))).rejects.toMatchObject({ code: 'StoreUnavailable', message: expect.stringContaining('check the disk') });
  expect(flushes).toHaveLength(1);
  await log.close();
});

it('documents ahead of a log that lost its end in a power cut are folded anew (I1)', async () => {
  const folder = temporaryFolder();
  const stores = await openSqliteStores({ folder, clock: systemClock, random: systemRandom, collections: COLLECTIONS });
  const journal = openJournal(stores.log, createCodec(stores.keys, systemRandom), systemClock, systemRandom);
  const paused = (agent: string) =>
    newEvent('control', 'AgentPaused', { agent, reason: 'test' }, { actor: 'a', source: 's', cause: null, correlation: 'c', subject: null });
  await journal.append([paused('a')]);
  await new Projector(journal, stores.documents).catchUp();
  await stores.close();
  const documents = await openSqliteDocuments(join(folder, 'documents.db'), systemClock, COLLECTIONS);
  const lost = { collection: 'control', id: 'state', version: 2, data: { version: 2, paused: { a: 'x', b: 'lost' } } };
  await documents.apply({ checkpoint: 2, put: [lost] });
  await documents.close();

  const again = await openSqliteStores({ folder, clock: systemClock, random: systemRandom, collections: COLLECTIONS });
  const journalAgain = openJournal(again.log, createCodec(again.keys, systemRandom), systemClock, systemRandom);
  await new Projector(journalAgain, again.documents).catchUp();
  expect(await again.documents.checkpoint()).toBe(1);
  expect((await again.documents.get('control', 'state'))?.data['paused']).toEqual({ a: 'test' });
  await journalAgain.append([paused('c')]);
  await new Projector(journalAgain, again.documents).catchUp();
  expect((await again.documents.get('control', 'state'))?.data['paused']).toEqual({ a: 'test', c: 'test' });
  await again.close();
});

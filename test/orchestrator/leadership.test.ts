import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Leadership, type Term } from '../../src/orchestrator/leadership.ts';
import { Presence, present } from '../../src/orchestrator/presence.ts';
import { createCodec } from '../../src/store/codec.ts';
import { COLLECTIONS } from '../../src/store/collections.ts';
import { VersionConflict } from '../../src/store/errors.ts';
import { type NewEvent, newEvent } from '../../src/store/events/index.ts';
import { type Journal, openJournal } from '../../src/store/journal.ts';
import type { KeyValueStore } from '../../src/store/log.ts';
import { SharedProjections } from '../../src/store/projections/shared.ts';
import { openSqliteStores } from '../../src/store/sqlite/open.ts';
import type { Stores } from '../../src/store/stores.ts';
import { temporaryFolder } from '../support/processes.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { settle, VirtualClock } from '../support/virtual-clock.ts';

interface Process {
  readonly name: string;
  readonly journal: Journal;
  readonly stores: Stores;
  readonly projections: SharedProjections;
  readonly leadership: Leadership;
  readonly terms: Term[];
  /** Commits its listeners heard of. */
  readonly heard: number[];
  /** Frozen, as by SIGSTOP: its clock rings for nobody. */
  freeze(): void;
}

const clock = new VirtualClock('2026-03-02T09:00:00.000Z');
let folder: string;
let processes: Process[];

/** A process of its own but for the memory: its own handles on the same store. */
async function open(name: string, seed: number): Promise<Process> {
  const random = seededRandom(seed);
  let frozen = false;
  const own = { now: () => clock.now(), at: (at: number, run: () => void) => clock.at(at, () => (frozen ? undefined : run())) };
  const stores = await openSqliteStores({ folder, clock, random, collections: COLLECTIONS });
  const journal = openJournal(stores.log, createCodec(stores.keys, random), clock, random);
  const report = { info: () => {}, error: (_message: string, error: unknown) => expect.unreachable(String(error)) };
  const projections = new SharedProjections(journal, stores.documents, clock, (error) => report.error('', error));
  await projections.start();
  const terms: Term[] = [];
  const heard: number[] = [];
  projections.onApplied((commits) => heard.push(...commits.map(({ commit }) => commit)));
  const take = async (term: Term) => {
    await projections.fold();
    terms.push(term);
  };
  const kernel = { journal, clock: own, process: name, projector: projections, report };
  const leadership = new Leadership({ kernel, leases: stores.kv, take, leave: () => projections.follow() });
  const freeze = () => {
    frozen = true;
  };
  const process = { name, journal, stores, projections, leadership, terms, heard, freeze };
  processes.push(process);
  return process;
}

const paused = (agent: string): NewEvent =>
  newEvent('control', 'AgentPaused', { agent, reason: 'test' }, { actor: 'a', source: 's', cause: null, correlation: 'c', subject: null });
const leaders = () => processes.filter(({ leadership }) => leadership.leads).map(({ name }) => name);

beforeEach(() => {
  folder = temporaryFolder();
  processes = [];
});
afterEach(async () => {
  for (const { leadership, projections, stores } of processes) {
    await leadership.stop();
    await projections.stop();
    await stores.close();
  }
});

describe('one of several processes leads', () => {
  it('the first; the others stand by', async () => {
    const [a, b] = [await open('a', 1), await open('b', 2)];
    await a.leadership.start();
    await b.leadership.start();
    await clock.advance(60_000);
    expect(leaders()).toEqual(['a']);
    expect(a.terms).toHaveLength(1);
  });

  it('even when all begin at the same moment', async () => {
    const all = await Promise.all(['a', 'b', 'c', 'd'].map((name, index) => open(name, index + 1)));
    await Promise.all(all.map(({ leadership }) => leadership.start()));
    await clock.advance(10_000);
    expect(leaders()).toHaveLength(1);
  });

  it('another takes over at once when it stops, and within seconds when it falls silent', async () => {
    const [a, b, c] = [await open('a', 1), await open('b', 2), await open('c', 3)];
    for (const { leadership } of [a, b, c]) await leadership.start();
    await a.leadership.stop();
    await clock.advance(1_000);
    const [second] = leaders();
    expect(second).toMatch(/[bc]/);
    const silent = processes.find(({ name }) => name === second);
    silent?.freeze();
    await clock.advance(6_000);
    expect(leaders()).toEqual([second === 'b' ? 'c' : 'b']);
  });

  it('a leader that wakes too late cannot write, and stands by from then on', async () => {
    const [a, b] = [await open('a', 1), await open('b', 2)];
    await a.leadership.start();
    await b.leadership.start();
    const [term] = a.terms;
    a.freeze();
    // Its term is over in the log before it hears of it.
    const others = b.journal;
    await others.append([
      newEvent('leader', 'LeadershipTaken', { epoch: 2, process: 'b' }, { actor: 'a', source: 's', cause: null, correlation: 'c', subject: null }),
    ]);
    await expect(a.journal.append([paused('x')], term?.fence)).rejects.toThrow(VersionConflict);
    await settle();
    await clock.advance(100);
    expect(a.leadership.leads).toBe(false);
  });

  it('every listener hears of every commit once, in order, whoever folds', async () => {
    const [a, b] = [await open('a', 1), await open('b', 2)];
    await a.leadership.start();
    await b.leadership.start();
    for (let n = 0; n < 20; n += 1) {
      await (n % 2 === 0 ? a : b).journal.append([paused(`agent-${n}`)]);
      if (n === 10) await a.leadership.stop();
      await clock.advance(300);
    }
    const head = await b.journal.head();
    await b.projections.reached(head);
    await a.projections.reached(head);
    const all = Array.from({ length: head }, (_, index) => index + 1);
    expect(b.heard).toEqual(all);
    expect(a.heard).toEqual(all);
    expect((await b.stores.documents.get('control', 'state'))?.data['paused']).toHaveProperty('agent-19');
  });
});

describe('processes that are there', () => {
  it('are known to others while they say so, and not for long after', async () => {
    const { stores } = await open('a', 1);
    const kv: KeyValueStore = stores.kv;
    const report = { info: () => {}, error: () => {} };
    const here = new Presence({ clock, process: 'w1', report }, kv);
    await here.start();
    await clock.advance(30_000);
    expect(await present(kv, ['w1', 'w2'])).toEqual(new Set(['w1']));
    await here.stop();
    expect(await present(kv, ['w1', 'w2'])).toEqual(new Set());
  });
});

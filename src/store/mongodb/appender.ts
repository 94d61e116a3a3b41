import type { Clock } from '../../ports.ts';
import { EMPTY } from '../commit.ts';
import { CountersignError } from '../errors.ts';
import type { Appended, Head, NewCommit } from '../log.ts';
import type { Commits, Inserted } from './commits.ts';
import { parseKeys } from './key.ts';
import { type Plan, planAppends, streamsOf } from './plan.ts';
import { isPassing, unavailable } from './problems.ts';
import { StreamHeads } from './stream-heads.ts';
import { Tail } from './tail.ts';

/** An append that waits. */
interface Pending {
  readonly commit: NewCommit;
  readonly length: number;
  readonly resolve: (appended: Appended | PromiseLike<Appended>) => void;
  readonly reject: (error: unknown) => void;
  readonly result: Promise<Appended>;
}

/** What goes out in one request at most. */
const GROUP_COMMITS = 1_000;
const GROUP_LENGTH = 8 * 1024 * 1024;
/** How long a server that cannot be reached is waited for before writers are told, and the pauses between tries, ms. */
const LONGEST_WAIT = 30_000;
const FIRST_PAUSE = 20;
const LONGEST_PAUSE = 1_000;
/** So often in a row the index may contradict what is known of the streams, before the log counts as damaged. */
const CONTRADICTIONS = 3;

/**
 * Appends without transactions: a commit's number is its `_id`, so of several writers one gets it and the others
 * look at what came between, check again and take the next. What waits in this process goes out together.
 *
 * After an error nobody knows what was written. Then the log is read on from the last commit that is known: what
 * carries the id of one of ours is done; the rest is sealed again, where nobody came between with the same
 * number and bytes. An earlier request that still arrives finds its numbers taken, so nothing doubles.
 */
export class Appender {
  readonly #commits: Commits;
  readonly #clock: Clock;
  readonly #heads: StreamHeads;
  readonly #tail: Tail;
  readonly #onAppended: (head: Head) => void;
  #pending: Pending[] = [];
  /** A group that waits for the one being written, planned behind it. */
  #prepared: { readonly open: Set<Pending>; readonly plan: Plan } | null = null;
  #draining: Promise<void> | null = null;
  #closed = false;

  constructor(commits: Commits, clock: Clock, onAppended: (head: Head) => void) {
    this.#commits = commits;
    this.#clock = clock;
    this.#onAppended = onAppended;
    this.#tail = new Tail(commits, clock);
    this.#heads = new StreamHeads((keys) => commits.existing(keys));
  }

  append(commit: NewCommit): Promise<Appended> {
    if (this.#closed) return Promise.reject(closed());
    const { promise, resolve, reject } = Promise.withResolvers<Appended>();
    const length = commit.events.reduce((sum, { sealed }) => sum + 1000 + (sealed?.length ?? 0), 0);
    this.#pending.push({ commit, length, resolve, reject, result: promise });
    this.#draining ??= this.#drain();
    return promise;
  }

  /** Finishes what is pending. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#draining;
  }

  async #drain(): Promise<void> {
    await turn();
    while (this.#prepared !== null || this.#pending.length > 0) {
      const prepared = this.#prepared;
      this.#prepared = null;
      await this.#write(prepared?.open ?? this.#nextGroup(), prepared?.plan ?? null);
      await turn();
    }
    this.#draining = null;
  }

  #nextGroup(): Set<Pending> {
    let length = 0;
    let count = 0;
    for (const entry of this.#pending) {
      length += entry.length;
      if (count > 0 && (length > GROUP_LENGTH || count >= GROUP_COMMITS)) break;
      count += 1;
    }
    const taken = this.#pending.slice(0, count);
    this.#pending = this.#pending.slice(count);
    // The same commit twice at once has one outcome.
    const first = new Map<string, Pending>();
    for (const entry of taken) {
      const same = first.get(entry.commit.id);
      if (same === undefined) first.set(entry.commit.id, entry);
      else entry.resolve(same.result);
    }
    return new Set(first.values());
  }

  async #write(open: Set<Pending>, prepared: Plan | null): Promise<void> {
    let [failures, contradictions, end] = [0, 0, 0];
    // As of after these commits came: only then a conflict is one.
    let current = false;
    while (open.size > 0) {
      try {
        if (failures > 0) this.#doubt();
        if (failures > 0 || this.#tail.contended) {
          await this.#lookOn(open);
          current = true;
        }
        const stoppedBy = await this.#try(open, { current, trusting: contradictions === 0, prepared });
        failures = 0;
        if (stoppedBy === null) continue;
        if (stoppedBy instanceof CountersignError) return this.#giveUp(open, stoppedBy);
        if (stoppedBy === 'key') {
          contradictions += 1;
          if (contradictions > CONTRADICTIONS) return this.#giveUp(open, contradicted());
          this.#heads.clear();
        }
        if (!this.#tail.contended) await this.#lookOn(open);
        current = true;
      } catch (error) {
        if (failures === 0) end = this.#clock.now() + LONGEST_WAIT;
        failures += 1;
        if (!isPassing(error) || this.#clock.now() >= end) return this.#giveUp(open, error);
        await this.#pause(Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** failures));
      }
    }
  }

  /** Writes what can be written behind the last commit known. @returns what stopped it, or null */
  async #try(open: Set<Pending>, { current, trusting, prepared }: Try): Promise<Inserted['stoppedBy']> {
    await this.#tail.load();
    const group = [...open];
    const head = this.#tail.head ?? EMPTY;
    const plan = prepared?.base.hash === head.hash && prepared.outcomes.length === group.length ? prepared : await this.#plan(head, group, trusting);
    const { documents, outcomes } = plan;
    // What can be written after the last commit known proves that it is the last.
    if (documents.length === 0 && !current && outcomes.some(({ kind }) => kind === 'conflict')) return 'number';
    const { count, stoppedBy } = documents.length === 0 ? { count: 0, stoppedBy: null } : await this.#send(plan);
    const refused = this.#settle(open, group, plan, count);
    const stopped =
      stoppedBy === 'key' ? group[outcomes.findIndex((outcome) => outcome.kind === 'sealed' && outcome.document === documents[count])] : undefined;
    await this.#answer(open, stopped === undefined ? refused : [...refused, { entry: stopped, error: null }]);
    return stoppedBy;
  }

  async #plan(head: Head, group: readonly Pending[], trusting: boolean): Promise<Plan> {
    const commits = group.map(({ commit }) => commit);
    await this.#heads.learn(streamsOf(commits, trusting));
    return planAppends(head, commits, this.#heads.get);
  }

  async #send({ documents, last, heads }: Plan): Promise<Inserted> {
    const [inserted] = await Promise.all([this.#tail.write(documents), this.#prepare(last, heads)]);
    return inserted;
  }

  /** While the server writes a group, the one behind it is planned, where it is full and needs no look at the log. */
  async #prepare(last: Head, heads: Plan['heads']): Promise<void> {
    if (this.#pending.length < GROUP_COMMITS || this.#prepared !== null) return;
    // Once the request has left.
    await turn();
    const open = this.#nextGroup();
    const commits = [...open].map(({ commit }) => commit);
    const unknown = [...streamsOf(commits, true).keys()].filter((stream) => !heads.has(stream));
    // Planned without commits, it will be planned again.
    const plan = planAppends(last, this.#heads.knows(unknown) ? commits : [], (stream) => heads.get(stream) ?? this.#heads.get(stream));
    this.#prepared = { open, plan };
  }

  /** Tells those whose fate is known now. @returns those who are refused, unless they were written before */
  #settle(open: Set<Pending>, group: readonly Pending[], { outcomes }: Plan, count: number): Refused[] {
    const refused: Refused[] = [];
    let written = 0;
    for (const [index, entry] of group.entries()) {
      const outcome = outcomes[index];
      if (outcome === undefined || (outcome.kind === 'sealed' && written >= count)) break;
      if (outcome.kind === 'conflict') {
        refused.push({ entry, error: outcome.error });
        continue;
      }
      open.delete(entry);
      if (outcome.kind === 'invalid') {
        entry.reject(outcome.error);
        continue;
      }
      written += 1;
      for (const [stream, version] of outcome.heads) this.#heads.set(stream, version);
      entry.resolve(outcome.appended);
    }
    this.#tell();
    return refused;
  }

  /** What a commit conflicts with may be its own first writing: then that is the answer. */
  async #answer(open: Set<Pending>, refused: readonly Refused[]): Promise<void> {
    if (refused.length === 0) return;
    // Whoever is refused reads the log again, and must find there what stood against it.
    await this.#tail.settle();
    this.#tell();
    const before = await this.#commits.written(refused.map(({ entry }) => entry.commit.id));
    for (const { entry, error } of refused) {
      const first = before.get(entry.commit.id);
      if (first === undefined && error === null) continue;
      open.delete(entry);
      if (first === undefined) entry.reject(error);
      else entry.resolve(first);
    }
  }

  /** Goes on to the end of the log. What of ours is in it is done. */
  async #lookOn(open: Set<Pending>): Promise<void> {
    const passed = await this.#tail.lookOn();
    if (passed === null) return this.#heads.clear();
    const ours = new Map([...open].map((entry) => [entry.commit.id, entry]));
    const done: { readonly entry: Pending; readonly appended: Appended }[] = [];
    for (const { _id, keys } of passed) {
      const { id, versions } = parseKeys(keys);
      for (const [stream, version] of versions) this.#heads.set(stream, version);
      const entry = ours.get(id);
      if (entry !== undefined) done.push({ entry, appended: { number: _id, versions: versions.map(([, version]) => version) } });
    }
    if (done.length > 0) await this.#tail.settle();
    for (const { entry, appended } of done) {
      open.delete(entry);
      entry.resolve(appended);
    }
    this.#tell();
  }

  #tell(): void {
    if (this.#tail.durable !== null) this.#onAppended(this.#tail.durable);
  }

  #giveUp(open: Set<Pending>, error: unknown): void {
    this.#tail.forget();
    this.#heads.clear();
    const told =
      error instanceof CountersignError ? error : unavailable(error, 'Whether it was written is not known; the same commit again changes nothing twice.');
    for (const { reject } of open) reject(told);
  }

  /** After an error only what is durable is certain. */
  #doubt(): void {
    this.#tail.doubt();
    this.#heads.clear();
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#clock.at(this.#clock.now() + ms, resolve));
  }
}

interface Try {
  readonly current: boolean;
  /** A stream that is to be begun is taken for absent. */
  readonly trusting: boolean;
  readonly prepared: Plan | null;
}

interface Refused {
  readonly entry: Pending;
  /** Null: only to be asked whether it was written before. */
  readonly error: unknown;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const closed = () => new CountersignError('StoreUnavailable', 'The log is closed.');
const contradicted = () =>
  new CountersignError(
    'LogDamaged',
    'The index of the log knows events that the log itself does not have: it was changed by something else, verify it. Nothing was written.',
  );

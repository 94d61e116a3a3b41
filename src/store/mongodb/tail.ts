import type { Clock } from '../../ports.ts';
import type { Head } from '../log.ts';
import type { CommitDocument, Commits, Inserted, Passed } from './commits.ts';
import { RolledBack } from './problems.ts';

/** So many commits of others are carried along at most; behind more this process waits until they are durable. */
const CARRIED = 64;
/** After a commit of another process this one expects more of them for so long, ms. */
const RIVALRY = 100;

/**
 * The end of the log as this process knows it: the last commit that is durable, and those seen behind it.
 *
 * Alone, a process writes durably in one request. Beside others it would lose the race for the next number
 * to whoever has just written: so it takes its number at once, behind commits that are still on their way to the disk,
 * and waits then. Each waits only for its own commits, and all share the flushes to disk.
 */
export class Tail {
  readonly #commits: Commits;
  readonly #clock: Clock;
  #durable: Head | null = null;
  #seen: CommitDocument[] = [];
  #rivalAt = Number.NEGATIVE_INFINITY;

  constructor(commits: Commits, clock: Clock) {
    this.#commits = commits;
    this.#clock = clock;
  }

  /** The last commit known; null before the first look. */
  get head(): Head | null {
    const last = this.#seen.at(-1);
    return last === undefined ? this.#durable : { number: last._id, hash: last.hash };
  }

  get durable(): Head | null {
    return this.#durable;
  }

  /** Others are writing too. */
  get contended(): boolean {
    return this.#seen.length > 0 || this.#clock.now() - this.#rivalAt < RIVALRY;
  }

  async load(): Promise<void> {
    this.#durable ??= await this.#commits.tail();
  }

  /** Writes these behind the last commit known. Resolves once those written are durable. @throws RolledBack */
  async write(documents: readonly CommitDocument[]): Promise<Inserted> {
    if (!this.contended) {
      const inserted = await this.#commits.insert(documents);
      const last = documents[inserted.count - 1];
      if (last !== undefined) this.#durable = { number: last._id, hash: last.hash };
      return inserted;
    }
    const inserted = await this.#commits.insertBehind(this.#seen, documents);
    if (inserted === null) throw new RolledBack();
    this.#seen.push(...documents.slice(0, inserted.count));
    if (inserted.count > 0) await this.settle();
    return inserted;
  }

  /** Looks what others have written since. @returns null when what was known is not there any more */
  async lookOn(): Promise<readonly Passed[] | null> {
    const { head } = this;
    if (head === null) return [];
    const some = await this.#commits.after(head, CARRIED + 1 - this.#seen.length);
    if (some === null) return this.#lost();
    if (some.length > 0) this.#rivalAt = this.#clock.now();
    if (this.#seen.length + some.length <= CARRIED) {
      this.#seen.push(...some);
      return some;
    }
    const all = this.#durable === null ? null : await this.#commits.after(this.#durable);
    if (all === null) return this.#lost();
    const last = all.at(-1);
    if (last !== undefined) this.#durable = { number: last._id, hash: last.hash };
    this.#seen = [];
    return all;
  }

  /** Resolves when all that was seen is durable. @throws RolledBack */
  async settle(): Promise<void> {
    const { head } = this;
    if (this.#seen.length === 0 || head === null) return;
    if (!(await this.#commits.isDurable(head))) throw new RolledBack();
    this.#durable = head;
    this.#seen = [];
  }

  /** Back to what is durable, after an error: what was seen beyond may be gone. */
  doubt(): void {
    this.#seen = [];
  }

  forget(): void {
    this.#seen = [];
    this.#durable = null;
  }

  #lost(): null {
    if (this.#seen.length > 0) this.doubt();
    else this.forget();
    return null;
  }
}

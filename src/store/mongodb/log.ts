import type { Collection } from 'mongodb';
import type { Clock } from '../../ports.ts';
import { parseCommit } from '../commit.ts';
import { CountersignError } from '../errors.ts';
import { follow } from '../follow.ts';
import type { Appended, Commit, EventLog, Head, NewCommit, SealedCommit, StreamEvent } from '../log.ts';
import { adoptCommits } from './adopt.ts';
import { Appender } from './appender.ts';
import { COMMITS, type CommitDocument, Commits, KEYS_INDEX, sealedOf } from './commits.ts';
import type { Connection } from './connect.ts';
import { keysAfter } from './key.ts';
import { News } from './news.ts';
import { ask } from './problems.ts';
import { StreamHeads } from './stream-heads.ts';

const BATCH = 500;
/** A batch ends early once it holds so many characters. */
const BATCH_LENGTH = 4 * 1024 * 1024;
/** How often the last commit is noted beside the log, ms: what is cut off the end within it is not missed. */
const MARK_EVERY = 1_000;

export async function openMongoLog(connection: Connection, clock: Clock): Promise<EventLog> {
  await ask(() => connection.db.collection(COMMITS).createIndex({ keys: 1 }, { name: KEYS_INDEX, unique: true }));
  return new MongoLog(connection, clock);
}

class MongoLog implements EventLog {
  readonly #clock: Clock;
  readonly #stored: Collection<CommitDocument>;
  readonly #commits: Commits;
  readonly #appender: Appender;
  readonly #adopted: StreamHeads;
  readonly #news: News;
  #marked = 0;
  #unmarked: Head | null = null;
  #cancelMark = () => {};

  constructor(connection: Connection, clock: Clock) {
    this.#clock = clock;
    this.#stored = connection.db.collection<CommitDocument>(COMMITS, { readConcern: { level: 'majority' } });
    this.#commits = new Commits(connection);
    this.#news = new News(connection, clock);
    this.#adopted = new StreamHeads((keys) => this.#commits.existing(keys));
    this.#appender = new Appender(this.#commits, clock, (head) => {
      this.#news.tell(head.number);
      this.#mark(head);
    });
  }

  append(commit: NewCommit): Promise<Appended> {
    return this.#appender.append(commit);
  }

  async *read(after: number, batch = BATCH): AsyncGenerator<readonly Commit[]> {
    for await (const sealed of this.readSealed(after, batch)) yield sealed.map(parseCommit);
  }

  async *readSealed(after: number, batch = BATCH): AsyncGenerator<readonly SealedCommit[]> {
    let next = this.#next(after, batch);
    for (;;) {
      const commits = await next;
      const last = commits.at(-1);
      if (last === undefined) return;
      // Fetched while these are worked on.
      next = this.#next(last.number, batch);
      next.catch(() => {});
      yield commits;
    }
  }

  #next(after: number, batch: number): Promise<SealedCommit[]> {
    return ask(async () => {
      const cursor = this.#stored.find({ _id: { $gt: after } }, { projection: { keys: 0 }, sort: { _id: 1 }, limit: batch, batchSize: batch });
      const commits: SealedCommit[] = [];
      let length = 0;
      for await (const document of cursor) {
        commits.push(sealedOf(document));
        length += document.text.length;
        if (length >= BATCH_LENGTH) break;
      }
      return commits;
    });
  }

  async readStream(stream: string, afterVersion = 0): Promise<readonly StreamEvent[]> {
    const documents = await ask(() => this.#stored.find({ keys: { $elemMatch: keysAfter(stream, afterVersion) } }, { projection: { keys: 0 } }).toArray());
    const found: StreamEvent[] = [];
    for (const document of documents.sort((a, b) => a._id - b._id)) {
      const { number, at, events } = parseCommit(sealedOf(document));
      for (const event of events) if (event.stream === stream && event.version > afterVersion) found.push({ ...event, commit: number, at });
    }
    found.forEach(({ version, commit }, index) => {
      if (version === afterVersion + index + 1) return;
      throw new CountersignError(
        'LogDamaged',
        `${stream} has version ${version} in commit ${commit} where ${afterVersion + index + 1} was expected: the log was changed by something else, verify it.`,
      );
    });
    return found;
  }

  adopt(commits: readonly SealedCommit[]): Promise<void> {
    return ask(() => adoptCommits(this.#commits, this.#adopted, commits));
  }

  head(): Promise<Head> {
    return ask(async () => {
      const mark = await this.#commits.mark();
      const last = await this.#stored.findOne({}, { projection: { hash: 1 }, sort: { _id: -1 } });
      return last === null || last._id < mark.number ? mark : { number: last._id, hash: last.hash };
    });
  }

  subscribe(after: number, handle: (commits: readonly Commit[]) => Promise<void>, onError?: (error: unknown) => void) {
    const source = {
      next: async (position: number) => (await this.#next(position, BATCH)).map(parseCommit),
      onNews: (listener: () => void) => this.#news.listen(listener),
    };
    return follow(source, this.#clock, after, handle, onError);
  }

  #mark(head: Head): void {
    if (this.#unmarked === null) this.#cancelMark = this.#clock.at(Math.max(this.#clock.now(), this.#marked + MARK_EVERY), () => void this.#writeMark());
    this.#unmarked = head;
  }

  /** Only a second witness: where it cannot be written now, the next one will be. */
  async #writeMark(): Promise<void> {
    const head = this.#unmarked;
    if (head === null) return;
    this.#unmarked = null;
    this.#marked = this.#clock.now();
    await this.#commits.setMark(head).catch(() => {});
  }

  async close(): Promise<void> {
    await this.#appender.close();
    this.#news.close();
    this.#cancelMark();
    await this.#writeMark();
    await this.#commits.close();
  }
}

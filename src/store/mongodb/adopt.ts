import { foreignCommit, goOn, openNext } from '../commit.ts';
import type { Commit, SealedCommit } from '../log.ts';
import { type CommitDocument, type Commits, documentOf } from './commits.ts';
import type { StreamHeads } from './stream-heads.ts';

/** What goes out in one request at most. */
const CHUNK = 1_000;
const CHUNK_LENGTH = 8 * 1024 * 1024;

/**
 * Takes over commits of another log exactly as they are.
 * @param heads what is known of the streams here
 * @throws CountersignError `ForeignCommits`
 */
export async function adoptCommits(commits: Commits, heads: StreamHeads, sealed: readonly SealedCommit[]): Promise<void> {
  let head = await commits.tail();
  const known = sealed.filter(({ number }) => number <= head.number);
  const hashes = await commits.hashes(known.map(({ number }) => number));
  for (const { number, hash } of known) if (hashes.get(number) !== hash) throw foreignCommit(number, 'another one stands here under that number');

  const opened: Commit[] = [];
  const fresh = sealed.slice(known.length);
  for (const each of fresh) {
    const commit = openNext(head, each);
    if (typeof commit === 'string') throw foreignCommit(each.number, commit);
    opened.push(commit);
    head = { number: each.number, hash: each.hash };
  }
  await heads.learn(firstVersions(opened));
  const versions = new Map<string, number>();
  const documents = fresh.flatMap((each, index): CommitDocument[] => {
    const commit = opened[index];
    if (commit === undefined) return [];
    const changed = goOn(commit, (stream) => versions.get(stream) ?? heads.get(stream));
    if (typeof changed === 'string') throw foreignCommit(each.number, changed);
    for (const [stream, version] of changed) versions.set(stream, version);
    return [documentOf(each, commit)];
  });

  try {
    for (const chunk of chunksOf(documents)) {
      const { count, stoppedBy } = await commits.insert(chunk);
      if (stoppedBy !== null)
        throw typeof stoppedBy === 'object' ? stoppedBy : foreignCommit(chunk[count]?._id ?? 0, 'somebody else appends here at the same time');
    }
    for (const [stream, version] of versions) heads.set(stream, version);
  } catch (error) {
    // How far it came, nobody knows.
    heads.clear();
    throw error;
  }
}

/** The version each stream must have before these. */
function firstVersions(commits: readonly Commit[]): ReadonlyMap<string, number> {
  const first = new Map<string, number>();
  for (const { events } of commits) for (const { stream, version } of events) if (!first.has(stream)) first.set(stream, version - 1);
  return first;
}

function* chunksOf(documents: readonly CommitDocument[]): Generator<readonly CommitDocument[]> {
  let chunk: CommitDocument[] = [];
  let length = 0;
  for (const document of documents) {
    if (chunk.length >= CHUNK || (chunk.length > 0 && length + document.text.length > CHUNK_LENGTH)) {
      yield chunk;
      [chunk, length] = [[], 0];
    }
    chunk.push(document);
    length += document.text.length;
  }
  if (chunk.length > 0) yield chunk;
}

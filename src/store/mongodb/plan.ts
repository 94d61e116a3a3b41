import { sealCommit } from '../commit.ts';
import { VersionConflict } from '../errors.ts';
import type { Appended, Head, NewCommit } from '../log.ts';
import { type CommitDocument, documentOf } from './commits.ts';

/** A commit that could be the next, or why it could not. */
export type Outcome =
  | { readonly kind: 'sealed'; readonly document: CommitDocument; readonly appended: Appended; readonly heads: ReadonlyMap<string, number> }
  | { readonly kind: 'conflict'; readonly error: VersionConflict }
  | { readonly kind: 'invalid'; readonly error: unknown };

/** What becomes of some commits, written one after the other behind `base`. */
export interface Plan {
  readonly base: Head;
  readonly outcomes: readonly Outcome[];
  readonly documents: readonly CommitDocument[];
  /** The head once all documents are written, and the versions of the streams they write to. */
  readonly last: Head;
  readonly heads: ReadonlyMap<string, number>;
}

/**
 * A commit that does not fit is left out, and those behind it take its place; whether it is refused depends
 * on those before it being written.
 */
export function planAppends(base: Head, commits: readonly NewCommit[], versionOf: (stream: string) => number): Plan {
  const heads = new Map<string, number>();
  const documents: CommitDocument[] = [];
  const versionIn = (stream: string): number => heads.get(stream) ?? versionOf(stream);
  let last = base;
  const outcomes = commits.map((commit): Outcome => {
    try {
      const { number, versions, heads: changed, commit: sealed } = sealCommit(last, commit, versionIn);
      for (const [stream, version] of changed) heads.set(stream, version);
      last = { number, hash: sealed.hash };
      const events = commit.events.map(({ stream }, index) => ({ stream, version: versions[index] ?? 0 }));
      const document = documentOf(sealed, { id: commit.id, events });
      documents.push(document);
      return { kind: 'sealed', document, appended: { number, versions }, heads: changed };
    } catch (error) {
      return error instanceof VersionConflict ? { kind: 'conflict', error } : { kind: 'invalid', error };
    }
  });
  return { base, outcomes, documents, last, heads };
}

/**
 * Every stream that must be known to plan these, with the version it probably has. `trusting`: a stream that is to be begun
 * is taken for absent, as its writer says; if it is not, its first key is taken, and the server refuses that.
 */
export function streamsOf(commits: readonly NewCommit[], trusting: boolean): ReadonlyMap<string, number> {
  const wanted = new Map<string, number>();
  const begun = new Set<string>();
  const doubted = new Set<string>();
  for (const { events, expect } of commits) {
    for (const { stream } of events) {
      if (!wanted.has(stream)) wanted.set(stream, 0);
      if (expect[stream] === 'absent' || expect[stream] === 0) begun.add(stream);
    }
    for (const stream of Object.keys(expect)) {
      const expected = expect[stream];
      const version = typeof expected === 'number' ? expected : 0;
      if (version >= (wanted.get(stream) ?? 0)) wanted.set(stream, version);
      if (version > 0 || expected === 'exists') doubted.add(stream);
    }
  }
  if (trusting) for (const stream of begun) if (!doubted.has(stream)) wanted.delete(stream);
  return wanted;
}

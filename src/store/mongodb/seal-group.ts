import { sealCommit } from '../commit.ts';
import { VersionConflict } from '../errors.ts';
import type { Appended, Head, NewCommit } from '../log.ts';
import { type CommitDocument, documentOf } from './commits.ts';

/** A commit that could be the next, or why it could not. */
export type Outcome =
  | { readonly kind: 'sealed'; readonly document: CommitDocument; readonly appended: Appended; readonly heads: ReadonlyMap<string, number> }
  | { readonly kind: 'conflict'; readonly error: VersionConflict }
  | { readonly kind: 'invalid'; readonly error: unknown };

/**
 * Puts commits one after the other behind `head`. One that does not fit is left out, and those behind it
 * take its place; whether it is refused depends on those before it being written.
 */
export function sealGroup(head: Head, commits: readonly NewCommit[], versionOf: (stream: string) => number): Outcome[] {
  const heads = new Map<string, number>();
  const versionIn = (stream: string): number => heads.get(stream) ?? versionOf(stream);
  let last = head;
  return commits.map((commit): Outcome => {
    try {
      const { number, versions, heads: changed, commit: sealed } = sealCommit(last, commit, versionIn);
      for (const [stream, version] of changed) heads.set(stream, version);
      last = { number, hash: sealed.hash };
      const streams = commit.events.map(({ stream }) => stream);
      return { kind: 'sealed', document: documentOf(sealed, commit.id, streams, versions), appended: { number, versions }, heads: changed };
    } catch (error) {
      return error instanceof VersionConflict ? { kind: 'conflict', error } : { kind: 'invalid', error };
    }
  });
}

/** Every stream that must be known to seal these, with the version it probably has. */
export function streamsOf(commits: readonly NewCommit[]): Map<string, number> {
  const wanted = new Map<string, number>();
  for (const { events, expect } of commits) {
    for (const { stream } of events) if (!wanted.has(stream)) wanted.set(stream, 0);
    for (const stream of Object.keys(expect)) {
      const expected = expect[stream];
      if (typeof expected === 'number' && expected > (wanted.get(stream) ?? -1)) wanted.set(stream, expected);
      else if (!wanted.has(stream)) wanted.set(stream, 0);
    }
  }
  return wanted;
}

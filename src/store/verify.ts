import { Chain } from './commit.ts';
import type { EventLog, Head } from './log.ts';

export type Verdict = { readonly commits: number; readonly events: number; readonly head: Head } | { readonly broken: number; readonly why: string };

/**
 * Reads the whole log and proves that nothing in it was altered, deleted, or put in another
 * place since it was written; personal fields count as their ciphertext.
 * @param progress called with the commit number reached
 * @returns the number of the first broken commit, and why, when something was
 */
export async function verifyLog(log: Pick<EventLog, 'readSealed' | 'head'>, progress?: (commit: number) => void): Promise<Verdict> {
  const { number } = await log.head();
  const chain = new Chain();
  for await (const commits of log.readSealed(0)) {
    for (const commit of commits) {
      const why = chain.accept(commit);
      if (why !== null) return { broken: chain.head.number + 1, why };
    }
    progress?.(chain.head.number);
  }
  const { head, events } = chain;
  if (head.number < number) return { broken: head.number + 1, why: `it is missing: the log ends at commit ${head.number}, but ${number} were written` };
  return { commits: head.number, events, head };
}

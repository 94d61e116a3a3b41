import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { EMPTY, sealCommit } from '../../src/store/commit.ts';
import type { Head, SealedCommit } from '../../src/store/log.ts';
import { openSqliteLog } from '../../src/store/sqlite/log.ts';
import { verifyLog } from '../../src/store/verify.ts';
import { systemClock } from '../../src/system.ts';
import { commitOf, event } from '../contracts/log.ts';
import { temporaryFolder as folder } from '../support/processes.ts';

/** A log of six commits; somebody changes the file; then it is verified. */
async function verifyAfter(tamper: string) {
  const file = join(folder(), 'log.db');
  const log = await openSqliteLog(file, systemClock);
  for (let n = 1; n <= 6; n += 1) await log.append(commitOf([event('a', { n }), event(`b:${n % 2}`, { amount: 100 })]));
  const database = new DatabaseSync(file);
  database.exec(tamper);
  database.close();
  const verdict = await verifyLog(log);
  await log.close();
  return verdict;
}

describe('verify', () => {
  it('counts commits and events of a log that nobody touched, and gives its head', async () => {
    expect(await verifyAfter('')).toEqual({ commits: 6, events: 12, head: { number: 6, hash: expect.stringMatching(/^[0-9a-f]{64}$/) } });
  });

  const damages: readonly (readonly [name: string, sql: string, broken: number, why: RegExp])[] = [
    ['an altered event', `UPDATE commits SET text = replace(text, '100', '900') WHERE number = 3`, 3, /altered/],
    ['one character more', `UPDATE commits SET text = text || ' ' WHERE number = 1`, 1, /altered/],
    ['an altered hash', `UPDATE commits SET hash = '${'0'.repeat(64)}' WHERE number = 4`, 4, /altered/],
    ['a deleted commit', 'DELETE FROM commits WHERE number = 2', 2, /commit 2 is missing, after 1 comes 3/],
    ['the first commit deleted', 'DELETE FROM commits WHERE number = 1', 1, /commit 1 is missing, after 0 comes 2/],
    ['the last commit deleted', 'DELETE FROM commits WHERE number = 6', 6, /the log ends at commit 5, but 6 were written/],
    ['everything deleted', 'DELETE FROM commits', 1, /the log ends at commit 0, but 6 were written/],
    [
      'two commits in each other’s place',
      'UPDATE commits SET number = -2 WHERE number = 2; UPDATE commits SET number = 2 WHERE number = 4; UPDATE commits SET number = 4 WHERE number = -2',
      2,
      /altered/,
    ],
    ['a deleted commit with the rest moved up', 'DELETE FROM commits WHERE number = 5; UPDATE commits SET number = 5 WHERE number = 6', 5, /altered/],
  ];
  it.each(damages)('names the first broken commit: %s (faults row 10)', async (_name, sql, broken, why) => {
    expect(await verifyAfter(sql)).toEqual({ broken, why: expect.stringMatching(why) });
  });

  it.each([
    ['a gap in the versions of a stream', (version: number) => version + 1, /a goes on with version 4 where 3 was expected/],
    ['a version used twice', (version: number) => version - 1, /a goes on with version 2 where 3 was expected/],
  ])('names a commit with good hashes but %s', async (_name, wrong, why) => {
    const commits: SealedCommit[] = [];
    let head: Head = EMPTY;
    for (let version = 0; version < 3; version += 1) {
      const { commit } = sealCommit(head, commitOf([event('a')]), () => (version === 2 ? wrong(version) : version));
      commits.push(commit);
      head = commit;
    }
    const log = {
      head: async () => head,
      async *readSealed() {
        yield commits;
      },
    };
    expect(await verifyLog(log)).toEqual({ broken: 3, why: expect.stringMatching(why) });
  });
});

describe('reading a stream', () => {
  it('refuses to leave out events that the index has lost', async () => {
    const file = join(folder(), 'log.db');
    const log = await openSqliteLog(file, systemClock);
    for (let n = 1; n <= 3; n += 1) await log.append(commitOf([event('a', { n })]));
    const database = new DatabaseSync(file);
    database.exec(`DELETE FROM events WHERE version = 2`);
    database.close();
    await expect(log.readStream('a')).rejects.toMatchObject({
      code: 'LogDamaged',
      message: expect.stringMatching(/a has version 3 in commit 3 where 2 was expected/),
    });
    await log.close();
  });
});

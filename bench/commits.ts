import type { EncodedEvent, NewCommit } from '../src/store/log.ts';

const AT = '2026-01-05T09:00:00.000Z';
let ids = 0;

/** An event of ordinary size: about 600 bytes. */
export const event = (stream: string): EncodedEvent => ({
  stream,
  type: 'ItemJudged',
  schema: 1,
  data: {
    item: `${stream}.1`,
    revision: 1,
    outcome: 'ask',
    rules: [{ rule: 'first-contact', outcome: 'ask', reason: 'The first mail to somebody asks.' }],
    policy: 'f'.repeat(64),
    approvers: ['owner'],
    quorum: 1,
  },
  sealed: null,
  subject: 'p1',
  actor: 'system:director',
  source: 'form:contact',
  cause: 'task:t1@3',
  correlation: 'c1',
});

export const commitOf = (events: readonly EncodedEvent[], expect: NewCommit['expect'] = {}, id = `commit-${(ids += 1)}`): NewCommit => ({
  id,
  at: AT,
  events,
  expect,
});

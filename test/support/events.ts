import { itemHash } from '../../src/orchestrator/effects/footprint.ts';
import type { DataOf, DomainEvent, EventType } from '../../src/store/events/index.ts';
import type { Item } from '../../src/store/events/task.ts';

/** Builds the events of one stream as they would be read back: versions 1, 2, 3 …, a minute apart. */
export function story(stream: string, ...told: readonly (readonly [EventType, object, string?])[]): DomainEvent[] {
  return told.map(([type, data, actor], index) => {
    const at = new Date(Date.UTC(2026, 0, 5, 9, index)).toISOString();
    return {
      stream,
      type,
      data,
      version: index + 1,
      commit: index + 1,
      at,
      actor: actor ?? 'system:test',
      source: 'test',
      cause: null,
      correlation: 'c',
      subject: 'p',
    } as unknown as DomainEvent;
  });
}

export const requested = (patch: Partial<DataOf<'TaskRequested'>> = {}): readonly [EventType, object] => [
  'TaskRequested',
  {
    agent: 'lead-qualification',
    about: 'lead:l1',
    input: {},
    reason: 'A lead came in',
    priority: 0,
    value: null,
    notBefore: null,
    deadline: null,
    guards: [],
    parent: null,
    depth: 0,
    ...patch,
  },
];

export const started = (attempt = 1): readonly [EventType, object] => [
  'TaskStarted',
  { attempt, agentVersion: '1', worker: 'w1', until: '2026-01-05T10:00:00.000Z' },
];

export const item = (id: string, patch: Partial<Item> = {}): Item => ({
  id,
  revision: 1,
  action: 'mail.send',
  target: 'lead:l1',
  request: { to: 'a@example.com', subject: 'Hello', text: id },
  summary: `Mail ${id}`,
  features: {},
  after: [],
  ...patch,
});

export const proposed = (items: readonly Item[], attempt = 1): readonly [EventType, object] => [
  'TaskProposed',
  { attempt, agentVersion: '1', confidence: 0.8, headline: 'A good lead', reasoning: 'Because.', reasons: [], items, quiet: false, by: 'heuristic' },
];

const key = (of: Item) => ({ item: of.id, revision: of.revision });
export const judged = (of: Item, outcome: 'allow' | 'ask' | 'batch' | 'deny'): readonly [EventType, object] => [
  'ItemJudged',
  { ...key(of), outcome, rules: [], policy: 'h', approvers: ['owner'], quorum: 1, highRisk: false, kind: 'k' },
];
export const asked = (of: Item, approval = 'a1'): readonly [EventType, object] => ['ItemAsked', { ...key(of), approval }];
export const approved = (of: Item, heldUntil: string | null = null, approval: string | null = 'a1'): readonly [EventType, object, string] => [
  'ItemApproved',
  { ...key(of), hash: itemHash(of), approval, heldUntil },
  'human:page:owner',
];
export const rejected = (of: Item, reason: string): readonly [EventType, object, string] => [
  'ItemRejected',
  { ...key(of), approval: 'a1', reason, again: reason !== '' },
  'human:page:owner',
];
export const effectStarted = (of: Item, attempt = 1): readonly [EventType, object] => [
  'EffectStarted',
  { ...key(of), attempt, footprint: 'f'.repeat(64), connector: 'outbox', deadline: '2026-01-05T10:00:00.000Z' },
];
export const effectSucceeded = (of: Item, attempt = 1): readonly [EventType, object] => [
  'EffectSucceeded',
  { ...key(of), attempt, footprint: 'f'.repeat(64), receipt: { messageId: '<1@example.com>' } },
];

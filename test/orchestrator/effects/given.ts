import type { Performance, PlanContext } from '../../../src/orchestrator/effects/action.ts';
import type { MailRequest } from '../../../src/orchestrator/effects/mail-message.ts';
import type { Lead } from '../../../src/store/entities.ts';
import type { Item } from '../../../src/store/events/task.ts';

/** What the tests of this folder start from. */
export const item = (part: Partial<Item>): Item => ({
  id: 'T.1',
  revision: 1,
  action: 'document.change',
  target: 'lead:a',
  request: {},
  summary: 'Follow up with Ada',
  features: {},
  after: [],
  ...part,
});

export const lead: Lead = {
  name: 'Ada',
  email: 'ada@example.org',
  phone: null,
  company: null,
  website: null,
  role: null,
  country: null,
  language: 'en',
  budgetMinor: null,
  budgetCurrency: null,
  message: 'Hello',
  messageBlob: null,
  keys: { address: 'ada@example.org', domain: null, company: null, phone: null, name: 'ada' },
  origin: 'form:contact',
  stage: 'new',
  score: null,
  reasons: [],
  duplicateOf: null,
  contactedAt: null,
  repliedAt: null,
  bouncedAt: null,
  optedOutAt: null,
};

export const NOW = Date.parse('2026-03-02T09:00:30.500Z');

/** @param documents what `load` finds, by ref */
export function planContext(part: Partial<Item>, documents: Readonly<Record<string, { data: Lead; version: number; removed?: boolean }>> = {}): PlanContext {
  return {
    item: item(part),
    task: 'T',
    depth: 2,
    agent: 'lead-qualification',
    now: NOW,
    newId: () => 'fresh',
    load: async (ref) => {
      const found = documents[ref];
      return found ? { person: 'p1', removed: false, ...found } : null;
    },
    envelope: { actor: 'agent:lead-qualification@1', source: 'executor', cause: 'task:T@3', correlation: 'c1', subject: 'p1' },
  };
}

export const FOOTPRINT = 'f00d'.repeat(16);
export const sender = { name: 'Grace', email: 'grace@firm.example' };

export const mail = (part: Partial<MailRequest> = {}): MailRequest => ({
  to: 'ada@example.org',
  subject: 'Your question',
  text: 'Hello Ada,\n\nyes.\n',
  inReplyTo: null,
  references: [],
  ...part,
});

/** An effect that starts at `NOW` and has time enough, unless `signal` says otherwise. */
export const performance = (timeout: number, signal: AbortSignal = new AbortController().signal): Performance => ({
  footprint: FOOTPRINT,
  deadline: NOW + timeout,
  signal,
});

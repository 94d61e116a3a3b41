import type { z } from 'zod';
import type { PolicyFacts, Subject } from '../../src/orchestrator/policy/facts.ts';
import { type Policy, policySchema } from '../../src/orchestrator/policy/schema.ts';
import type { Item } from '../../src/store/events/task.ts';

/** Builders for the policy tests: what is not said is ordinary and matches no rule by itself. */
export const NOON = Date.parse('2026-06-10T10:00:00.000Z');
export const NEVER = { count: 0, oldest: null };

export const facts = (given: Partial<PolicyFacts> = {}): PolicyFacts => ({
  now: NOON,
  timeZone: 'Europe/Berlin',
  currency: 'EUR',
  leaves: true,
  recipients: ['jo@example.com'],
  suppressed: false,
  firstContact: false,
  value: 100,
  sameContentSentAt: null,
  sentLastHour: NEVER,
  sentLastDay: NEVER,
  sentToRecipientLastDay: NEVER,
  author: null,
  ...given,
});

export const item = (given: Partial<Item> = {}): Item => ({
  id: 'task1.1',
  revision: 1,
  action: 'mail.send',
  target: 'lead:l1',
  request: { to: 'jo@example.com', subject: 'Your request', text: 'Thank you for writing.' },
  summary: 'Reply to Jo',
  features: {},
  after: [],
  ...given,
});

export const mail = (text: string, given: Partial<Item> = {}): Item => item({ request: { to: 'jo@example.com', subject: 'Hello', text }, ...given });

export const change = (fields: readonly string[], given: Partial<Item> = {}): Item =>
  item({ action: 'document.change', request: { changes: fields.map((field) => ({ field, from: null, to: 'x' })) }, ...given });

export const subject = (given: Partial<Subject> = {}): Subject => ({ agent: 'lead-qualification', item: item(), confidence: 0.9, facts: facts(), ...given });

export type RuleInput = z.input<typeof policySchema>['rules'][number];
export const rule = (then: RuleInput['then'], given: Partial<RuleInput> = {}): RuleInput => ({
  id: then,
  when: {},
  then,
  reason: `It says ${then}.`,
  ...given,
});

export const policy = (rules: readonly RuleInput[], given: Partial<z.input<typeof policySchema>> = {}): Policy =>
  policySchema.parse({ ...given, rules: [...rules] });

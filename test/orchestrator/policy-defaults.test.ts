import { describe, expect, test } from 'vitest';
import { itemKind } from '../../src/orchestrator/policy/kind.ts';
import { policySchema } from '../../src/orchestrator/policy/schema.ts';
import { policySentences } from '../../src/orchestrator/policy/sentences.ts';
import { evaluatePolicy } from '../../src/orchestrator/policy.ts';
import { parseYaml, readYamlFile } from '../../src/settings/yaml-file.ts';
import { change, facts, item, mail, NOON, subject } from '../support/policy-cases.ts';

const { value: shipped, text } = await readYamlFile('config/policies.yaml', policySchema);
const first = facts({ firstContact: true });
const inside = facts({ leaves: false, recipients: [] });

describe('the policy we ship', () => {
  test.each([
    {
      what: 'a lead is placed in the CRM',
      given: subject({ item: item({ action: 'document.create', request: { entity: 'lead', fields: {}, externalIds: {} } }), facts: inside }),
      then: 'allow',
    },
    { what: 'a lead gets its stage', given: subject({ item: change(['stage', 'score']), facts: inside }), then: 'allow' },
    { what: 'lead qualification changes a customer', given: subject({ item: change(['name'], { target: 'customer:c1' }), facts: inside }), then: 'ask' },
    {
      what: 'another agent changes a customer',
      given: subject({ agent: 'bookkeeping', item: change(['name'], { target: 'customer:c1' }), facts: inside }),
      then: 'batch',
    },
    { what: 'a first mail', given: subject({ facts: first }), then: 'ask' },
    {
      what: 'a follow-up is planned',
      given: subject({ item: item({ action: 'task.schedule', request: { agent: 'lead-qualification', input: {}, afterDays: 4, guards: [] } }), facts: inside }),
      then: 'ask',
    },
    {
      what: 'a call to another system',
      given: subject({ item: item({ action: 'http.call', request: { url: 'https://api.example.com' } }), facts: facts({ recipients: [] }) }),
      then: 'ask',
    },
    { what: 'a mail to a suppressed address', given: subject({ facts: facts({ suppressed: true }), approvedBy: ['owner'] }), then: 'deny' },
    { what: 'an action nobody has heard of', given: subject({ item: item({ action: 'door.open' }) }), then: 'ask' },
  ])('$what → $then', ({ given, then }) => {
    expect(evaluatePolicy(given, shipped, []).outcome).toBe(then);
  });

  const learned = [{ rule: 'r1', kind: itemKind('lead-qualification', item()) }];
  test.each([
    { what: 'to somebody who knows us', given: subject(), then: 'allow' },
    { what: 'as a first contact', given: subject({ facts: first }), then: 'ask' },
    { what: 'about 600 €', given: subject({ item: mail('It is 600 €.') }), then: 'ask' },
    { what: 'about a contract', given: subject({ item: mail('The contract is ready.') }), then: 'ask' },
    { what: 'with the same text as last week', given: subject({ facts: facts({ sameContentSentAt: NOON - 7 * 86_400_000 }) }), then: 'ask' },
    { what: 'to a suppressed address', given: subject({ facts: facts({ suppressed: true }) }), then: 'deny' },
  ])('after "always allow this kind", a mail $what → $then', ({ given, then }) => {
    expect(evaluatePolicy(given, shipped, learned).outcome).toBe(then);
  });

  test('the same text again asks twice', () => {
    expect(evaluatePolicy(subject({ facts: facts({ sameContentSentAt: NOON - 1 }) }), shipped, []).highRisk).toBe(true);
  });

  test('spends at most $2 a day and $20 a month, has no quiet hours, and silence rejects after 7 days', () => {
    expect(shipped).toMatchObject({
      budget: { perDayUsd: 2, perMonthUsd: 20 },
      quietHours: null,
      approval: { silence: 'reject', expiresAfter: 7 * 86_400_000 },
    });
  });

  test('what it says in words names every rule', () => {
    const sentences = policySentences(shipped, 'Europe/Berlin');
    for (const { id } of shipped.rules) expect(sentences.filter((sentence) => sentence.endsWith(`[${id}]`))).toHaveLength(1);
    expect(sentences).toContain('You are asked: mail.send, first contact. Nobody there has heard from you before. [first-contact]');
    expect(sentences).toContain('Anything else: you are asked.');
  });

  test('its commented way to more autonomy works as it says', () => {
    const opened = text
      .replace('when: { action: mail.send }', 'when: { action: mail.send, confidenceBelow: 0.9 }')
      .replace('when: { action: task.schedule }', 'when: { action: task.schedule, confidenceBelow: 0.9 }')
      .replace(/^ {2}# (- id: confident-follow-ups|.*confidenceAbove.*|.{0,4}then: allow|.{0,4}reason: The agent is sure.*)$/gm, '  $1');
    const policy = parseYaml(opened, 'policies.yaml', policySchema).value;
    expect(policy.rules).toHaveLength(shipped.rules.length + 1);
    const outcome = (confidence: number, world = facts()) => evaluatePolicy(subject({ confidence, facts: world }), policy, []).outcome;
    expect([outcome(0.95), outcome(0.85), outcome(0.95, first)]).toEqual(['allow', 'ask', 'ask']);
  });
});

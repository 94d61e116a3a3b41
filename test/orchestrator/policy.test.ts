import { describe, expect, test } from 'vitest';
import { itemKind } from '../../src/orchestrator/policy/kind.ts';
import { evaluatePolicy, holdFor } from '../../src/orchestrator/policy.ts';
import { change, facts, item, mail, NOON, policy, type RuleInput, rule, subject } from '../support/policy-cases.ts';

const outcome = (rules: readonly RuleInput[], given = subject()) => evaluatePolicy(given, policy(rules), []).outcome;

describe('the most restrictive rule wins', () => {
  test.each([
    { rules: ['allow'], then: 'allow' },
    { rules: ['allow', 'batch'], then: 'batch' },
    { rules: ['batch', 'ask', 'allow'], then: 'ask' },
    { rules: ['ask', 'deny', 'allow'], then: 'deny' },
    { rules: [], then: 'ask' },
  ] as const)('given $rules then $then', ({ rules, then }) => {
    expect(outcome(rules.map((each) => rule(each)))).toBe(then);
  });

  test('the reason of every matching rule is kept for the card, the strictest first', () => {
    const { rules } = evaluatePolicy(subject(), policy([rule('allow'), rule('ask'), rule('deny', { when: { agent: 'somebody-else' } })]), []);
    expect(rules).toEqual([
      { rule: 'ask', outcome: 'ask', reason: 'It says ask.' },
      { rule: 'allow', outcome: 'allow', reason: 'It says allow.' },
    ]);
  });
});

describe('a rule applies when all its conditions hold', () => {
  const cases: readonly { when: RuleInput['when']; yes: ReturnType<typeof subject>; no: ReturnType<typeof subject> }[] = [
    { when: { agent: 'lead-*' }, yes: subject(), no: subject({ agent: 'bookkeeping' }) },
    { when: { agentNot: ['bookkeeping'] }, yes: subject(), no: subject({ agent: 'bookkeeping' }) },
    { when: { action: ['mail.send', 'http.call'] }, yes: subject(), no: subject({ item: change(['stage']) }) },
    { when: { action: 'mail.send' }, yes: subject(), no: subject({ item: item({ action: 'mail.send.later' }) }) },
    { when: { entity: 'lead' }, yes: subject(), no: subject({ item: item({ target: 'customer:c1' }) }) },
    { when: { field: 'stage' }, yes: subject({ item: change(['stage']) }), no: subject({ item: change(['email']) }) },
    { when: { confidenceBelow: 0.5 }, yes: subject({ confidence: 0.49 }), no: subject({ confidence: 0.5 }) },
    { when: { confidenceAbove: 0.5 }, yes: subject({ confidence: 0.51 }), no: subject({ confidence: 0.5 }) },
    { when: { scoreBelow: 50 }, yes: subject({ item: item({ features: { score: 49 } }) }), no: subject({ item: item({ features: { score: 50 } }) }) },
    { when: { scoreAbove: 50 }, yes: subject({ item: item({ features: { score: 51 } }) }), no: subject({ item: item({ features: { score: 50 } }) }) },
    { when: { valueAbove: 1000 }, yes: subject({ facts: facts({ value: 1001 }) }), no: subject({ facts: facts({ value: 1000 }) }) },
    { when: { mentionsMoneyAbove: { amount: 500 } }, yes: subject({ item: mail('It costs 501 €.') }), no: subject({ item: mail('It costs 500 €.') }) },
    { when: { mentionsContract: true }, yes: subject({ item: mail('Please sign the contract.') }), no: subject() },
    { when: { firstContact: true }, yes: subject({ facts: facts({ firstContact: true }) }), no: subject() },
    { when: { firstContact: false }, yes: subject(), no: subject({ facts: facts({ firstContact: true }) }) },
    {
      when: { sameContentWithinDays: 30 },
      yes: subject({ facts: facts({ sameContentSentAt: NOON - 30 * 86_400_000 + 1 }) }),
      no: subject({ facts: facts({ sameContentSentAt: NOON - 30 * 86_400_000 }) }),
    },
    { when: { suppressed: true }, yes: subject({ facts: facts({ suppressed: true }) }), no: subject() },
    { when: { recipient: '*@Example.com' }, yes: subject(), no: subject({ facts: facts({ recipients: ['jo@example.com.evil.example'] }) }) },
    {
      when: { feature: { purpose: 'first-reply' } },
      yes: subject({ item: item({ features: { purpose: 'first-reply' } }) }),
      no: subject({ item: item({ features: {} }) }),
    },
  ];
  test.each(cases)('$when', ({ when, yes, no }) => {
    const rules = [rule('deny', { when })];
    expect(outcome(rules, yes)).toBe('deny');
    expect(outcome(rules, no)).toBe('ask');
  });

  test('one that does not hold is enough', () => {
    expect(outcome([rule('deny', { when: { agent: 'lead-qualification', action: 'http.call' } })])).toBe('ask');
  });
});

describe('what is not known counts against the item', () => {
  const unknown = subject({ confidence: null, facts: facts({ value: null }) });
  test.each([{ confidenceBelow: 0.5 }, { confidenceAbove: 0.5 }, { scoreBelow: 50 }, { valueAbove: 1000 }])('%o', (when) => {
    expect(outcome([rule('allow'), rule('deny', { when })], unknown)).toBe('deny');
    expect(outcome([rule('allow'), rule('batch', { when })], unknown)).toBe('ask');
    expect(outcome([rule('allow', { when })], unknown)).toBe('ask');
  });

  test('an allowance for one field does not cover a change of two', () => {
    const both = subject({ item: change(['stage', 'email']) });
    expect(outcome([rule('allow', { when: { field: 'stage' } })], both)).toBe('ask');
    expect(outcome([rule('allow'), rule('deny', { when: { field: 'email' } })], both)).toBe('deny');
    expect(outcome([rule('allow', { when: { field: ['stage', 'email'] } })], both)).toBe('allow');
  });
});

describe('who may approve (I7)', () => {
  const people = { approvers: ['owner', 'ana', 'ben'] };
  const judge = (rules: readonly RuleInput[], given = {}, approvedBy: string[] = [], author: string | null = null) =>
    evaluatePolicy(subject({ approvedBy, facts: facts({ author }) }), policy(rules, { ...people, ...given }), []);

  test('each rule that asks can only narrow; the owner always may', () => {
    const { approvers } = judge([rule('ask', { approvers: ['owner', 'ana'] }), rule('ask', { id: 'other', approvers: ['ben'] })]);
    expect(approvers).toEqual(['owner']);
  });

  test('the highest quorum counts, and the same person only once', () => {
    const rules = [rule('ask', { quorum: 2 }), rule('ask', { id: 'other' })];
    expect(judge(rules, {}, ['ana', 'ana'])).toMatchObject({ outcome: 'ask', quorum: 2 });
    expect(judge(rules, {}, ['ana', 'ben'])).toMatchObject({ outcome: 'allow' });
  });

  test.each([
    { then: 'ask', by: 'ana', becomes: 'allow' },
    { then: 'batch', by: 'ana', becomes: 'allow' },
    { then: 'ask', by: 'stranger', becomes: 'ask' },
    { then: 'deny', by: 'owner', becomes: 'deny' },
  ] as const)('just before the effect: $then, approved by $by → $becomes', ({ then, by, becomes }) => {
    expect(judge([rule(then)], {}, [by]).outcome).toBe(becomes);
  });

  test('an approval of somebody who may no longer approve does not count', () => {
    expect(judge([rule('ask')], { approvers: ['owner'] }, ['ana']).outcome).toBe('ask');
  });

  test('without self-approval, the author of an edit does not count', () => {
    expect(judge([rule('ask')], { selfApproval: false }, ['ana'], 'ana').outcome).toBe('ask');
    expect(judge([rule('ask')], { selfApproval: false }, ['ben'], 'ana').outcome).toBe('allow');
  });

  test('rules that together leave too few who may approve deny, and say so', () => {
    const verdict = judge([rule('ask', { approvers: ['ana'], quorum: 2 }), rule('ask', { id: 'other', approvers: ['ben'] })]);
    expect(verdict.outcome).toBe('deny');
    expect(verdict.rules[0]).toMatchObject({ rule: 'nobody-may-approve' });
  });

  test('a high-risk rule marks the card', () => {
    expect(judge([rule('ask', { highRisk: true })]).highRisk).toBe(true);
    expect(judge([rule('ask')]).highRisk).toBe(false);
  });
});

describe('"always allow this kind"', () => {
  const mails = rule('ask', { id: 'mails', waivable: true });
  const learned = [{ rule: 'r1', kind: itemKind('lead-qualification', item()) }];
  const judge = (rules: readonly RuleInput[], given = subject()) => evaluatePolicy(given, policy(rules), learned);

  test('waives the rules that say so, and "nothing matches", and is named as the reason', () => {
    expect(judge([mails])).toMatchObject({ outcome: 'allow', rules: [{ rule: 'learned:r1', outcome: 'allow' }] });
    expect(judge([])).toMatchObject({ outcome: 'allow' });
  });

  test.each([
    ['another rule that asks', [rule('ask')], subject()],
    ['a rule that denies', [rule('deny')], subject()],
    ['contract language', [rule('ask', { when: { mentionsContract: true } })], subject({ item: mail('Sign the contract.') })],
  ] as const)('does not stand against %s', (_what, rules, given) => {
    expect(judge([mails, ...rules], given).outcome).toBe(rules[0].then);
  });

  test('nor against limits', () => {
    const full = subject({ facts: facts({ sentLastHour: { count: 5, oldest: NOON - 60_000 } }) });
    const { outcome: now, deferUntil } = evaluatePolicy(full, policy([mails], { limits: { perHour: 5 } }), learned);
    expect([now, deferUntil]).toEqual(['allow', NOON + 59 * 60_000 + 1]);
  });

  test('holds for that kind only', () => {
    expect(judge([mails], subject({ agent: 'bookkeeping' })).outcome).toBe('ask');
    expect(judge([mails], subject({ item: item({ features: { purpose: 'offer' } }) })).outcome).toBe('ask');
  });

  test('is offered only where it would spare the next question', () => {
    const offered = (rules: readonly RuleInput[], rulesLearned: typeof learned = []) => evaluatePolicy(subject(), policy(rules), rulesLearned).learnable;
    expect(offered([mails])).toBe(true);
    expect(offered([])).toBe(true);
    expect(offered([mails, rule('ask')])).toBe(false);
    expect(offered([rule('deny')])).toBe(false);
    expect(offered([rule('allow')])).toBe(false);
    expect(offered([mails, rule('ask')], learned)).toBe(false);
  });
});

describe('the kind of an item', () => {
  test('is the same whatever was written, to whom, and how sure the agent is', () => {
    const first = mail('One text', { features: { purpose: 'first-reply', score: 80, company: 'Acme & Sons', urgent: false } });
    const second = mail('Another', { id: 'task2.1', target: 'lead:l2', features: { urgent: false, score: 20, company: 'Beta Ltd.', purpose: 'first-reply' } });
    expect(itemKind('lead-qualification', first)).toBe('lead-qualification mail.send lead purpose=first-reply urgent=false');
    expect(itemKind('lead-qualification', second)).toBe(itemKind('lead-qualification', first));
  });

  test('differs by the fields a change touches', () => {
    expect(itemKind('a', change(['stage', 'score']))).toBe('a document.change lead [score,stage]');
    expect(itemKind('a', change(['stage']))).not.toBe(itemKind('a', change(['stage', 'email'])));
  });

  test('fits into an event however many features there are', () => {
    const features = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`feature-${index}`, true]));
    const [one, other] = [itemKind('a', item({ features })), itemKind('a', item({ features: { ...features, 'feature-99': false } }))];
    expect(one.length).toBeLessThanOrEqual(500);
    expect(one).not.toBe(other);
  });
});

test.each([
  ['page', 10_000],
  ['slack', 10_000],
  ['discord', 10_000],
  ['cli', 0],
  ['api', 0],
])('an approval on %s can be taken back for %i ms', (surface, ms) => {
  expect(holdFor(policy([]), surface)).toBe(ms);
});

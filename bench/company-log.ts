import { type Envelope, type NewEvent, newEvent } from '../src/store/events/index.ts';
import type { Item } from '../src/store/events/task.ts';

const AT = '2026-01-05T09:00:00.000Z';
const HASH = 'f'.repeat(64);

/** Events that `leadStory` tells of one lead. */
export const EVENTS_PER_LEAD = 20;
/** Folded from them: the lead, its task, its approval, and the mail that left. */
export const DOCUMENTS_PER_LEAD = 4;

/**
 * What the log holds of one lead that came in, was judged, drafted for by a model, approved and answered, commit by commit:
 * the mixture of a real company's log, with personal fields where they are.
 */
export function leadStory(n: number): readonly (readonly NewEvent[])[] {
  const id = `l${n}`;
  const lead = `lead:${id}`;
  const task = `task:t${n}`;
  const approval = `approval:a${n}`;
  const spend = `spend:${AT.slice(0, 10)}`;
  const email = `person.${n}@example.org`;
  const by = (actor: string): Envelope => ({ actor, source: 'form:contact', cause: `intake:k${n}@1`, correlation: `c${n}`, subject: `p${n}` });
  const agent = by('agent:lead-qualification@1');
  const system = by('system:director');
  const executor = by('system:executor');
  const owner = by('human:page:owner');
  const provenance = { source: 'form:contact', agent: 'lead-qualification', task: `t${n}` };
  const change: Item = {
    id: `t${n}.1`,
    revision: 1,
    action: 'document.change',
    target: lead,
    request: { ref: lead, changes: [{ field: 'stage', from: 'new', to: 'qualified' }] },
    summary: 'Place the lead as qualified',
    features: { score: 70 },
    after: [],
  };
  const reply: Item = {
    id: `t${n}.2`,
    revision: 1,
    action: 'mail.send',
    target: lead,
    request: {
      to: email,
      subject: 'Your new website',
      text: 'Thank you for writing. A site like the one you describe takes about six weeks; shall we talk on Tuesday at ten? '.repeat(3),
    },
    summary: `Reply to Person ${n}`,
    features: { score: 70, first: true },
    after: [change.id],
  };
  const key = (item: Item) => ({ item: item.id, revision: 1 });
  const judged = (item: Item, outcome: 'allow' | 'ask') =>
    newEvent(
      task,
      'ItemJudged',
      {
        ...key(item),
        outcome,
        rules: [{ rule: 'first-contact', outcome, reason: 'The first mail to somebody asks.' }],
        policy: HASH,
        approvers: ['owner'],
        quorum: 1,
        highRisk: false,
        kind: 'lead-qualification/mail.send',
      },
      system,
    );
  return [
    [
      newEvent(`intake:k${n}`, 'IntakeReceived', { door: 'form:contact', entity: lead, hash: HASH }, by('system:intake')),
      newEvent(
        lead,
        'DocumentCreated',
        {
          entity: 'lead',
          person: `p${n}`,
          fields: {
            name: `Person ${n}`,
            email,
            phone: null,
            company: `Company ${n}`,
            website: null,
            role: 'Founder',
            country: 'DE',
            language: 'en',
            message: 'We are looking for somebody who makes us a new website with a shop, in two languages, until the summer. '.repeat(3),
            keys: { address: email, domain: 'example.org', company: `company ${n}`, phone: null, name: `person ${n}` },
            origin: 'form:contact',
            stage: 'new',
            score: null,
            reasons: [],
          },
          externalIds: {},
          provenance,
        },
        by('system:intake'),
      ),
      newEvent(
        task,
        'TaskRequested',
        {
          agent: 'lead-qualification',
          about: lead,
          input: { ref: lead },
          reason: 'A lead came in',
          priority: 0,
          value: 500_000,
          notBefore: null,
          deadline: null,
          guards: [],
          parent: null,
          depth: 0,
        },
        system,
      ),
    ],
    [newEvent(task, 'TaskStarted', { attempt: 1, agentVersion: '1', worker: 'w1', until: AT }, system)],
    [
      newEvent(
        spend,
        'SpendReserved',
        { call: `t${n}.1`, task: `t${n}`, agent: 'lead-qualification', model: 'small', worstMicros: 9000 },
        { ...system, subject: null },
      ),
    ],
    [
      newEvent(spend, 'SpendSettled', { call: `t${n}.1`, costMicros: 2100 }, { ...system, subject: null }),
      newEvent(
        task,
        'ModelAnswered',
        {
          call: `t${n}.1`,
          promptHash: HASH,
          model: 'small',
          tier: 'small',
          purpose: 'draft',
          tokensIn: 900,
          tokensOut: 150,
          costMicros: 2100,
          latencyMs: 1800,
          stop: 'end',
          blob: HASH,
          answer: {
            subject: 'Your new website',
            text: 'Thank you for writing. A site like the one you describe takes about six weeks; shall we talk on Tuesday at ten? '.repeat(3),
          },
        },
        agent,
      ),
    ],
    [
      newEvent(
        task,
        'TaskProposed',
        {
          attempt: 1,
          agentVersion: '1',
          confidence: 0.8,
          headline: `Person ${n} wants a website`,
          reasoning: 'The budget fits, the message is specific and the company is of the size we look for.',
          reasons: [
            { name: 'budget', points: 30, detail: 'names 5,000 euros' },
            { name: 'fit', points: 40, detail: 'a shop in two languages' },
          ],
          items: [change, reply],
          quiet: false,
          by: 'heuristic',
        },
        agent,
      ),
    ],
    [judged(change, 'allow'), newEvent(task, 'ItemApproved', { ...key(change), hash: HASH, approval: null, heldUntil: null }, system)],
    [
      newEvent(task, 'ItemDone', key(change), executor),
      newEvent(
        lead,
        'DocumentChanged',
        {
          entity: 'lead',
          changes: [
            { field: 'stage', from: 'new', to: 'qualified' },
            { field: 'score', from: null, to: 70 },
          ],
          provenance,
        },
        agent,
      ),
    ],
    [
      judged(reply, 'ask'),
      newEvent(task, 'ItemAsked', { ...key(reply), approval: `a${n}` }, system),
      newEvent(
        approval,
        'ApprovalRequested',
        {
          items: [{ task: `t${n}`, item: reply.id, revision: 1, hash: HASH }],
          batch: false,
          approvers: ['owner'],
          quorum: 1,
          expiresAt: AT,
          remindAt: AT,
          silence: 'reject',
          value: 500_000,
          score: 70,
          highRisk: false,
          replaces: null,
        },
        system,
      ),
    ],
    [
      newEvent(approval, 'ApprovalDecided', { by: 'owner', decisions: [{ ...key(reply), verdict: 'approve' }], reason: '' }, owner),
      newEvent(task, 'ItemApproved', { ...key(reply), hash: HASH, approval: `a${n}`, heldUntil: AT }, owner),
    ],
    [newEvent(task, 'EffectStarted', { ...key(reply), attempt: 1, footprint: HASH, connector: 'outbox', deadline: AT }, executor)],
    [
      newEvent(
        task,
        'EffectSucceeded',
        { ...key(reply), attempt: 1, footprint: HASH, receipt: { messageId: `<${n}@example.com>`, file: `outbox/${n}.eml` } },
        executor,
      ),
    ],
    [
      newEvent(
        lead,
        'DocumentChanged',
        {
          entity: 'lead',
          changes: [
            { field: 'stage', from: 'qualified', to: 'contacted' },
            { field: 'contactedAt', from: null, to: AT },
          ],
          provenance,
        },
        agent,
      ),
    ],
  ];
}

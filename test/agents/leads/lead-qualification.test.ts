import { describe, expect, it } from 'vitest';
import type { Proposal } from '../../../src/agents/agent.ts';
import { leadQualification } from '../../../src/agents/lead-qualification.ts';
import type { Question } from '../../../src/agents/models/model.ts';
import { mailRequest } from '../../../src/orchestrator/effects/mail-message.ts';
import { taskSchedule } from '../../../src/orchestrator/effects/task-schedule.ts';
import type { DomainEvent } from '../../../src/store/events/index.ts';
import type { Json } from '../../../src/store/json.ts';
import { contextOf, type Given, GOOD, leadOf, NOW } from './given.ts';

const run = (lead: string, given: Given) => leadQualification.run({ lead }, contextOf(given));
const SPAM = { name: 'Bob', email: 'bob@rank.example', message: 'We bring your website to the first page of Google, guaranteed!' };
const JOB = { name: 'Ann', email: 'ann@freemail.example', message: 'I am looking for a job as a developer, my CV is attached.' };
const shape = ({ items }: Proposal) => items.map(({ action, target, after = [] }) => ({ action, target, after }));
const stages = ({ items }: Proposal) =>
  items.flatMap(({ target, request }) =>
    (Array.isArray(request['changes']) ? request['changes'] : []).flatMap((change) =>
      typeof change === 'object' && change !== null && 'field' in change && change['field'] === 'stage'
        ? [`${target}: ${String(change['from'])} → ${String(change['to'])}`]
        : [],
    ),
  );

describe('it wakes', () => {
  const event = (data: object, rest: object = {}) =>
    ({
      type: 'DocumentCreated',
      stream: 'lead:a',
      data: { entity: 'lead', person: 'p', externalIds: {}, provenance: { source: 's', agent: null, task: null }, ...data },
      actor: 'system:intake',
      ...rest,
    }) as unknown as DomainEvent;
  it('for each new lead, with what it is worth', () => {
    expect(leadQualification.wakes?.(event({ fields: leadOf() }))).toMatchObject({ about: 'lead:a', input: { lead: 'a' }, value: 500_000, priority: 5 });
  });
  it('first for what a person typed in, last for files', () => {
    const priority = (origin: string, actor: string) => leadQualification.wakes?.(event({ fields: leadOf({ origin }) }, { actor }))?.priority;
    expect([priority('command', 'human:cli:owner'), priority('form:contact', 'system:intake'), priority('csv:leads.csv', 'human:page:owner')]).toEqual([
      8, 5, 2,
    ]);
  });
  it.each([
    ['another entity', { entity: 'customer', fields: leadOf() }],
    ['a lead that was placed already', { fields: leadOf({ stage: 'contacted' }) }],
    ['something unreadable', { fields: {} }],
  ])('not for %s', (_, data) => {
    expect(leadQualification.wakes?.(event(data))).toBeNull();
  });
});

describe('a good lead', () => {
  it('is placed at once; reply, stage and follow-up depend on one another', async () => {
    const proposal = await run('a', { leads: { a: leadOf() } });
    expect(shape(proposal)).toEqual([
      { action: 'document.change', target: 'lead:a', after: [] },
      { action: 'mail.send', target: 'lead:a', after: [0] },
      { action: 'document.change', target: 'lead:a', after: [1] },
      { action: 'task.schedule', target: 'lead:a', after: [1, 2] },
    ]);
    expect(stages(proposal)).toEqual(['lead:a: new → qualified', 'lead:a: qualified → contacted']);
    expect(proposal.quiet ?? false).toBe(false);
    expect(proposal.headline).toBe('Good fit (100): Anna Weber, Acme, 5000 EUR');
  });
  it('has requests the actions take, and features policy can use', async () => {
    const { items } = await run('a', { leads: { a: leadOf() } });
    expect(mailRequest.parse(items[1]?.request)).toMatchObject({ to: 'anna@acme.example', inReplyTo: null, references: [] });
    expect(items[1]?.features).toEqual({ score: 100, language: 'en', valueMinor: 500_000, purpose: 'first-reply', firstContact: true });
    expect(taskSchedule.schema.parse(items[3]?.request)).toMatchObject({
      agent: 'lead-follow-up',
      input: { lead: 'a', number: 1 },
      afterDays: 4,
      guards: [
        { ref: 'lead:a', field: 'stage', equals: 'contacted' },
        ...['repliedAt', 'bouncedAt', 'optedOutAt'].map((field) => ({ ref: 'lead:a', field, equals: null })),
      ],
    });
  });
  it('gives the same proposal again', async () => {
    expect(await run('a', { leads: { a: leadOf() } })).toEqual(await run('a', { leads: { a: leadOf() } }));
  });
  it('that a person runs again after it was put aside gets its card', async () => {
    const proposal = await run('a', { leads: { a: leadOf({ stage: 'unfit' }, JOB) } });
    expect(stages(proposal)).toEqual(['lead:a: unfit → qualified', 'lead:a: qualified → contacted']);
  });
  it('that was written to already is left alone', async () => {
    expect(await run('a', { leads: { a: leadOf({ stage: 'contacted', contactedAt: NOW }) } })).toMatchObject({ items: [], quiet: true });
  });
});

describe('what needs no person makes no card', () => {
  it.each([
    ['spam', SPAM, 'lead:a: new → spam'],
    ['unfit', JOB, 'lead:a: new → unfit'],
  ])('%s', async (_, input, stage) => {
    const proposal = await run('a', { leads: { a: leadOf({}, input) } });
    expect(proposal.quiet).toBe(true);
    expect(stages(proposal)).toEqual([stage]);
    expect(proposal.reasons.length).toBeGreaterThan(0);
  });

  it('a duplicate, joined with what it adds', async () => {
    const first = leadOf({ stage: 'qualified', origin: 'csv:leads.csv' });
    const again = leadOf({ origin: 'csv:leads.csv' }, { name: 'A. Weber', email: 'a.weber@acme.example', phone: '+49 30 5550 1820', budget: '9k EUR' });
    const proposal = await run('b', { leads: { a: first, b: again } });
    expect(proposal.quiet).toBe(true);
    expect(stages(proposal)).toEqual(['lead:b: new → duplicate']);
    expect(proposal.items[0]?.request['changes']).toContainEqual({ field: 'duplicateOf', from: null, to: 'lead:a' });
    expect(proposal.items[1]).toMatchObject({
      target: 'lead:a',
      request: {
        changes: expect.arrayContaining([
          { field: 'phone', from: null, to: '+49 30 5550 1820' },
          { field: 'budgetMinor', from: 500_000, to: 900_000 },
        ]),
      },
    });
  });
  it('of two new ones the later is the duplicate, whichever runs first', async () => {
    const leads = { a: leadOf(), b: leadOf({}, { ...GOOD, email: 'anna+2@acme.example' }) };
    expect(stages(await run('a', { leads }))).toContain('lead:a: new → qualified');
    expect(stages(await run('b', { leads }))).toEqual(['lead:b: new → duplicate']);
  });
});

describe('a person hears', () => {
  it('when somebody writes again after our mail, which stops the follow-up', async () => {
    const proposal = await run('b', { leads: { a: leadOf({ stage: 'contacted', contactedAt: NOW }), b: leadOf() } });
    expect(proposal).toMatchObject({ headline: 'Anna Weber, Acme wrote again', quiet: false });
    expect(stages(proposal)).toEqual(['lead:b: new → duplicate', 'lead:a: contacted → replied']);
  });
  it('when a customer writes', async () => {
    const proposal = await run('a', {
      leads: { a: leadOf() },
      customers: { c: { name: 'Anna Weber', email: 'anna@acme.example', company: 'Acme', website: null, since: null } },
    });
    expect(proposal).toMatchObject({ headline: 'A customer wrote: Anna Weber, Acme', quiet: false });
    expect(proposal.items[0]?.request['changes']).toContainEqual({ field: 'duplicateOf', from: null, to: 'customer:c' });
  });
  it('when somebody put aside as spam comes again with something that fits', async () => {
    expect(stages(await run('b', { leads: { a: leadOf({ stage: 'spam' }), b: leadOf() } }))).toContain('lead:b: new → qualified');
  });
});

describe('a draft that was turned down', () => {
  const lead = leadOf({ stage: 'qualified' });
  const textOf = ({ items }: Proposal) => items.find(({ action }) => action === 'mail.send')?.request['text'];
  it('changes, and the person’s words stand beside it', async () => {
    const [before, after] = [await run('a', { leads: { a: lead } }), await run('a', { leads: { a: lead }, rejections: ['Too long'] })];
    expect(String(textOf(after)).length).toBeLessThan(String(textOf(before)).length);
    expect(after.reasoning).toContain('You said: “Too long”');
  });
  it('is not pressed upon them for ever', async () => {
    const proposal = await run('a', { leads: { a: lead }, rejections: ['no', 'no!', 'no!!'] });
    expect(proposal).toMatchObject({ items: [], headline: 'No further draft for Anna Weber, Acme' });
    expect(proposal.reasoning).toContain('“no!!”');
  });
});

describe('with a model', () => {
  const asked: Question<Json>[] = [];
  const answering = (...answers: object[]) => {
    asked.length = 0;
    const queue = [...answers];
    const ask: Given['ask'] = async (question) => {
      asked.push(question);
      return { answer: question.answer.parse(queue.shift() ?? answers.at(-1)), model: `model-${question.tier}` };
    };
    return ask;
  };
  const answer = {
    verdict: 'fit',
    score: 80,
    confidence: 0.9,
    reasons: [{ name: 'Urgent', detail: 'payments get lost' }],
    subject: 'Your checkout',
    reply: 'Hello Anna,\nwhere can I see the shop?\nRobin Vale',
  };
  const mail = ({ items }: Proposal) => items.find(({ action }) => action === 'mail.send')?.request;

  it('the model’s reply is proposed, and its reasons stand beside ours', async () => {
    const proposal = await run('a', { leads: { a: leadOf() }, ask: answering(answer) });
    expect(mail(proposal)).toMatchObject({ subject: 'Your checkout', text: answer.reply });
    // What a model names may speak of the person: it stands where it is sealed.
    expect(proposal.reasons).toContainEqual({ name: 'model-small', points: 0, detail: expect.stringMatching(/^Urgent: /) });
  });
  it('foreign text never stands among the instructions', async () => {
    await run('a', { leads: { a: leadOf({ message: 'SECRET-WORD we need help with our shop' }) }, ask: answering(answer) });
    expect(asked[0]?.instructions).not.toContain('SECRET-WORD');
    expect(asked[0]?.instructions).not.toContain('acme.example');
    expect(asked[0]?.foreign.map(({ text }) => text).join()).toContain('SECRET-WORD');
  });
  it.each([
    ['low confidence', leadOf(), ['small', 'large'], { ...answer, confidence: 0.3 }],
    ['high value', leadOf({ budgetMinor: 5_000_000 }), ['large'], answer],
  ])('the large one is asked at %s', async (_, lead, tiers, first) => {
    await run('a', { leads: { a: lead }, ask: answering(first, answer) });
    expect(asked.map(({ tier }) => tier)).toEqual(tiers);
  });
  it.each([
    ['a price', 'That will be 900 EUR.'],
    ['a link', 'Book at https://cal.test/x'],
  ])('a draft that invents %s is not used', async (_, reply) => {
    const proposal = await run('a', { leads: { a: leadOf() }, ask: answering({ ...answer, reply }) });
    expect(String(mail(proposal)?.['text'])).toContain('Hello Anna Weber,');
    expect(proposal.reasoning).toContain('was not used: it named what nobody gave it');
  });
  it('cannot be talked into losing what the rules find good', async () => {
    expect(stages(await run('a', { leads: { a: leadOf() }, ask: answering({ ...answer, verdict: 'spam', confidence: 1 }) }))).toContain(
      'lead:a: new → qualified',
    );
  });
  it('may put aside what the rules could not place', async () => {
    const unsure = leadOf(
      {},
      { name: 'Ann', email: 'ann@acme.example', company: 'Acme', phone: '+49 30 5550 1820', message: 'Good day to all of the team over there' },
    );
    expect(stages(await run('a', { leads: { a: unsure }, ask: answering({ ...answer, verdict: 'unfit' }) }))).toEqual(['lead:a: new → unfit']);
  });
  it('is not paid for spam', async () => {
    await run('a', { leads: { a: leadOf({}, SPAM) }, ask: answering(answer) });
    expect(asked).toEqual([]);
  });
});

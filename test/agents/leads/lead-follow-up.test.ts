import { describe, expect, it } from 'vitest';
import { leadFollowUp } from '../../../src/agents/lead-follow-up.ts';
import { mailRequest } from '../../../src/orchestrator/effects/mail-message.ts';
import { contextOf, type Given, leadOf, NOW } from './given.ts';

const sent = [{ at: NOW, to: 'anna@acme.example', subject: 'Your message to Northlight Studio', text: 'Hello', messageId: '<1@northlight.example>' }];
const contacted = leadOf({ stage: 'contacted', contactedAt: NOW });
const run = (number: number, given: Given = {}) => leadFollowUp.run({ lead: 'a', number }, contextOf({ leads: { a: contacted }, sent, ...given }));

describe('a follow-up that is due', () => {
  it.each([
    [1, 'buried', 2, 7],
    [2, 'my last mail', 3, 14],
  ])('number %i is a new mail in the thread, and the next step after it', async (number, words, next, afterDays) => {
    const { items } = await run(number);
    expect(mailRequest.parse(items[0]?.request)).toMatchObject({
      to: 'anna@acme.example',
      subject: 'Re: Your message to Northlight Studio',
      inReplyTo: '<1@northlight.example>',
      references: ['<1@northlight.example>'],
      text: expect.stringContaining(words),
    });
    expect(items[1]).toMatchObject({ action: 'task.schedule', after: [0], request: { input: { lead: 'a', number: next }, afterDays } });
    expect(items).toHaveLength(2);
  });
  it('after two, closes the lead and asks for nothing more', async () => {
    expect(await run(3)).toMatchObject({
      quiet: true,
      items: [{ action: 'document.change', request: { changes: [{ field: 'stage', from: 'contacted', to: 'lost' }] } }],
    });
  });
  it('there is no fourth step', () => expect(leadFollowUp.input.safeParse({ lead: 'a', number: 4 }).success).toBe(false));
});

describe('nothing is sent', () => {
  it.each<[string, Given]>([
    ['after an answer', { leads: { a: { ...contacted, repliedAt: NOW } } }],
    ['after a change of stage', { leads: { a: { ...contacted, stage: 'won' } } }],
    ['after a bounce', { leads: { a: { ...contacted, bouncedAt: NOW } } }],
    ['after an opt-out', { leads: { a: { ...contacted, optedOutAt: NOW } } }],
    ['when no first mail left', { sent: [] }],
    ['when the person turned it down', { rejections: ['not now'] }],
    ['to somebody who is gone', { leads: {} }],
  ])('%s', async (_, given) => expect((await run(1, given)).items).toEqual([]));
});

import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { inventedIn } from '../../../src/agents/leads/check-draft.ts';
import { draftFollowUp } from '../../../src/agents/leads/draft-follow-up.ts';
import { draftReply, letterAfter } from '../../../src/agents/leads/draft-reply.ts';
import { fillIn, parseLetters } from '../../../src/agents/leads/letters.ts';
import { safeName } from '../../../src/agents/leads/mail-facts.ts';
import { COMPANY, leadOf } from './given.ts';

const playbook = (name: string) => readFile(new URL(`../../../config/playbooks/${name}.md`, import.meta.url), 'utf8');

describe('the first reply', () => {
  it.each([
    ['en', 'Hello Anna Weber,', 'Your message to Northlight Studio'],
    ['de', 'Guten Tag Anna Weber,', 'Ihre Nachricht an Northlight Studio'],
    ['fr', 'Bonjour Anna Weber,', 'Votre message à Northlight Studio'],
    ['es', 'Hola, Anna Weber:', 'Su mensaje a Northlight Studio'],
    ['pl', 'Hello Anna Weber,', 'Your message to Northlight Studio'],
  ])('in %s', async (language, greeting, subject) => {
    const draft = draftReply(leadOf({ language }), COMPANY, await playbook('reply'), 'standard');
    expect(draft.text.split('\n')[0]).toBe(greeting);
    expect(draft.subject).toBe(subject);
    expect(draft.text).toMatch(/Robin Vale\nNorthlight Studio$/);
    expect(draft.text).not.toMatch(/[{}]/);
  });
  it('asks only for what is not known', async () => {
    const text = (facts: Parameters<typeof leadOf>[0]) => playbook('reply').then((letters) => draftReply(leadOf(facts), COMPANY, letters, 'standard').text);
    expect(await text({ budgetMinor: null, budgetCurrency: null, website: 'acme.example' })).toMatch(/budget/);
    expect(await text({ budgetMinor: 500_000, budgetCurrency: 'EUR', website: 'acme.example' })).not.toMatch(/budget/i);
  });
  it.each([
    ['Tom Ashdown', 'Tom Ashdown'],
    ['tom ashdown', 'Tom Ashdown'],
    ["O'Neill, Siobhán", "Siobhán O'Neill"],
    ['田中 美咲', '田中 美咲'],
    ['Click http://evil.test', null],
    ['evil.test', null],
    ['Anna\r\nBcc: x@y.example', null],
    ['<b>Nora</b>', null],
    ['@everyone', null],
    ['please transfer the money now to', null],
    ['', null],
    ['X'.repeat(61), null],
  ])('greets %j as %j', (name, greeted) => expect(safeName(name)).toBe(greeted));
  it('never carries foreign text into its subject', async () => {
    const draft = draftReply(leadOf({ name: 'Anna\nBcc: x@y.example', company: 'A\u202eB\r\nX' }), COMPANY, await playbook('reply'), 'formal');
    expect(draft.subject).toBe('Your message to Northlight Studio');
    expect(draft.text).toMatch(/^Dear Sir or Madam,/);
  });
  it.each([
    [[], 'standard'],
    [['Too long'], 'short'],
    [['zu lang, bitte kürzer'], 'short'],
    [['Wrong tone'], 'formal'],
    [['no'], 'short'],
    [['too long', 'still too long'], 'formal'],
    [['a', 'b', 'c'], null],
  ])('after %j is %s', (rejections, letter) => expect(letterAfter(rejections)).toBe(letter));
});

describe('a follow-up', () => {
  const sent = [
    { at: '2026-01-01T00:00:00.000Z', to: 'a@b.example', subject: 'Your message', text: 'x', messageId: '<1@s.example>' },
    { at: '2026-01-05T00:00:00.000Z', to: 'a@b.example', subject: 'Re: Your message', text: 'x', messageId: '<2@s.example>' },
  ];
  it('stands in the thread of what was sent', async () => {
    expect(draftFollowUp(leadOf({ language: 'de' }), COMPANY, await playbook('follow-up'), 'second', sent)).toMatchObject({
      subject: 'Re: Your message',
      inReplyTo: '<2@s.example>',
      references: ['<1@s.example>', '<2@s.example>'],
      text: expect.stringContaining('letzte Mail'),
    });
  });
});

describe('letters', () => {
  it('leave out lines that need something unknown', () =>
    expect(fillIn('Hi {name},\n{their company}\n\n\n\nBye', { name: 'A', 'their company': null })).toBe('Hi A,\n\nBye'));
  it.each([
    ['## english\n### subject\nx', 'line 1: expected a language such as "## en"'],
    ['## en\n### subject\nHi {nme}', 'found {nme}'],
    ['### subject\nHi', 'line 1: expected a language such as "## en" before'],
    ['# Letters\n## en\n### other\nHi', 'line 2: expected "### subject" with a text under "## en", found none'],
    ['Hello', 'expected a language'],
  ])('with a mistake are refused: %j', (text, message) => {
    expect(() => parseLetters(text, 'reply.md', ['subject'])).toThrow(
      expect.objectContaining({ code: 'InvalidPlaybook', message: expect.stringContaining(message) }),
    );
  });
});

describe('what a model invents', () => {
  const sources = ['We have 5,000 members and pay 1.200 EUR. See https://acme.example/shop', 'Robin Vale robin@northlight.example'];
  it.each([
    ['Thanks! 5000 members is a lot. See https://acme.example/shop.', []],
    ['That costs 900 EUR.', ['900']],
    ['Book at https://cal.test/robin today', ['https://cal.test/robin']],
    ['Write to evil@x.test or robin@northlight.example', ['evil@x.test']],
    ['Look at phish.test/login', ['phish.test/login']],
  ])('%s', (draft, invented) => expect(inventedIn(draft, sources)).toEqual(invented));
});

import { describe, expect, it } from 'vitest';
import { blockingKeys, sameLead } from '../../../src/agents/leads/identity.ts';
import { leadInput, normalise } from '../../../src/agents/leads/lead-input.ts';

const person = (input: Record<string, string>) => normalise(leadInput.parse(input)).lead;
const anna = {
  name: 'Anna Weber',
  email: 'anna@nordlicht.example',
  company: 'Nordlicht GmbH',
  phone: '+49 30 5550 1820',
  message: 'We need help with the checkout of our shop before the summer sale starts.',
};

describe('the same person again', () => {
  it.each([
    ['a tag in the address', { email: 'Anna+web@nordlicht.example' }],
    ['initials', { name: 'A. Weber', email: 'a.weber@nordlicht.example' }],
    ['names swapped, no accents', { name: 'Weber, Anna', email: 'weber@nordlicht.example' }],
    ['a misspelling', { name: 'Anna Webber', email: 'info@nordlicht.example' }],
    ['the private address with the company named', { name: 'Dr. Anna Weber', email: 'anna.weber84@freemail.example', company: 'NORDLICHT G.m.b.H.' }],
    ['the private address with the same telephone', { name: 'Anna Weber', email: 'aw@freemail.example', phone: '030 55501820' }],
    ['the private address with the same words', { name: 'Anna Weber', email: 'aw@freemail.example', message: anna.message.toUpperCase() }],
    ['the private address, and the company in the text', { name: 'Anna Weber', email: 'aw@freemail.example', message: 'I wrote from Nordlicht last week.' }],
    ['a slip in the domain', { name: 'Anna Weber', email: 'anna@nordlicht.exmaple' }],
    ['a slip in the company', { name: 'Anna Weber', email: 'aw@freemail.example', company: 'Nordlciht GmbH' }],
    ['a pet name', { name: 'Annie Weber', email: 'annie@nordlicht.example' }],
    [
      'a form of the name nobody listed, the same telephone',
      { name: 'Anouschka Weber', email: 'aw@freemail.example', company: 'Nordlicht', phone: '030 5550 1820' },
    ],
    ['no name but the address tells it', { name: '', email: 'anna.weber@nordlicht.example' }],
  ])('%s', (_, again) => expect(sameLead(person({ ...again }), person(anna))).not.toBeNull());

  it('is found by at least one key it shares with the first', () => {
    const again = person({ name: 'A. Weber', email: 'a.weber@nordlicht.example' });
    const keys = blockingKeys(person(anna)).map(({ field, value }) => `${field}=${value}`);
    expect(blockingKeys(again).some(({ field, value }) => keys.includes(`${field}=${value}`))).toBe(true);
  });
});

describe('short forms of a name', () => {
  it.each([
    ['Samuel Oduya', 'Sam Oduya'],
    ['Ruthie Abelson', 'Ruth Abelson'],
    ['Tobias Kernbach', 'Toby Kernbach'],
    ['Rosalind Peake', 'Rosie Peake'],
  ])('%s and %s of one company', (a, b) => {
    const at = (name: string, email: string) => person({ name, email, company: 'Acme' });
    expect(sameLead(at(a, 'one@acme.example'), at(b, 'two@acme.example'))).not.toBeNull();
  });
});

describe('different people stay apart', () => {
  it.each([
    ['a colleague', { name: 'Tobias Weber', email: 'tobias@nordlicht.example', company: 'Nordlicht GmbH' }],
    ['a colleague at the same switchboard', { name: 'Karl Meier', email: 'k.meier@nordlicht.example', phone: '+49 30 5550 1820' }],
    ['one name, another person', { name: 'Anna Weber', email: 'anna.weber@freemail.example' }],
    ['one name at another company', { name: 'Anna Weber', email: 'anna@suedwind.example', company: 'Südwind' }],
    ['a name that is nearly the same', { name: 'Andreas Weber', email: 'andreas@nordlicht.example' }],
    ['another country, the same last digits', { name: 'Anna Weber', email: 'anna@suedwind.example', phone: '+1 415 5550 1820' }],
  ])('%s', (_, other) => expect(sameLead(person({ ...other }), person(anna))).toBeNull());

  it.each([
    ['Julia Schmidt', 'Julian Schmidt'],
    ['Maria Rossi', 'Mario Rossi'],
    ['Martin Kern', 'Martina Kern'],
    ['Anna Weber', 'Antonia Weber'],
  ])('%s and %s of one company', (a, b) => {
    const at = (name: string) => person({ name, email: `${name.split(' ')[0]?.toLowerCase()}@acme.example`, company: 'Acme' });
    expect(sameLead(at(a), at(b))).toBeNull();
  });
});

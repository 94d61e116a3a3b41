import { describe, expect, test } from 'vitest';
import { footprint, itemHash } from '../../../src/orchestrator/effects/footprint.ts';
import { item } from './given.ts';

describe('the hash a decision binds (I5)', () => {
  const shown = item({ id: 'T.1', action: 'mail.send', target: 'lead:a', request: { to: 'a@example.org', text: 'Hi' } });

  test.each([
    ['revision', { revision: 2 }],
    ['action', { action: 'http.call' }],
    ['target', { target: 'lead:b' }],
    ['request', { request: { to: 'a@example.org', text: 'Hi!' } }],
    ['id', { id: 'T.2' }],
  ])('is another when the %s is another', (_name, change) => {
    expect(itemHash({ ...shown, ...change })).not.toBe(itemHash(shown));
  });

  test('does not depend on the order of keys, nor on what a person was not asked about', () => {
    expect(itemHash({ ...shown, request: { text: 'Hi', to: 'a@example.org' }, features: { score: 3 }, summary: 'x' })).toBe(itemHash(shown));
  });
});

describe('the footprint of an effect (I4)', () => {
  const reminder = item({ id: 'T.1', action: 'mail.send', target: 'lead:a', request: { text: 'A reminder' } });

  test('is the same for the same attempt, whatever revision led to it', () => {
    expect(footprint('lead-qualification', { ...reminder, revision: 3 }, 1)).toBe(footprint('lead-qualification', reminder, 1));
    expect(footprint('lead-qualification', reminder, 1)).toMatch(/^[0-9a-f]{64}$/);
  });

  test('two equal reminders are two effects, and so are two attempts and two agents', () => {
    const marks = [
      footprint('lead-qualification', reminder, 1),
      footprint('lead-qualification', { ...reminder, id: 'U.1' }, 1),
      footprint('lead-qualification', reminder, 2),
      footprint('invoicing', reminder, 1),
    ];
    expect(new Set(marks).size).toBe(4);
  });
});

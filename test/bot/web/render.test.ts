import { describe, expect, test } from 'vitest';
import { exact, fromLocal, relative, snoozeUntil, toLocal, withTimes } from '../../../src/bot/web/moments.ts';
import { packShown, renderCard, sureness, unpackShown } from '../../../src/bot/web/render-card.ts';
import { renderThread } from '../../../src/bot/web/render-thread.ts';
import { cut, domId, line, visible } from '../../../src/bot/web/visible-text.ts';
import { card, item, mail, sampleThreads } from '../../support/fake-cards.ts';

const now = Date.parse('2026-11-24T12:00:00.000Z');
const view = { csrf: 'token', now, zone: 'Europe/Berlin' };
const render = (...args: Parameters<typeof renderCard>): string => String(renderCard(...args));

describe('foreign text', () => {
  test('keeps no control over direction, visibility or layout', () => {
    expect(visible('pay \u202e001\u202c now\u200b \u2066x\u2069 \u0007 \u{e0041}')).toBe(
      'pay ⟦U+202E⟧001⟦U+202C⟧ now⟦U+200B⟧ ⟦U+2066⟧x⟦U+2069⟧ ⟦U+0007⟧ ⟦U+E0041⟧',
    );
    expect(visible('a\r\nb\tc \ud800')).toBe('a\nb\tc \ufffd');
    expect(visible('👩‍🚀 می‌خواهم שלום')).toBe('👩‍🚀 می‌خواهم שלום');
  });

  test('is cut where it is too long, visibly, and never inside a character', () => {
    expect(cut('abcdef', 4)).toEqual({ text: 'abcd', hidden: 2 });
    expect(cut('abc😀', 4)).toEqual({ text: 'abc', hidden: 2 });
    expect(line(`  a\n b ${'x'.repeat(300)}`, 10)).toBe('a b xxxxxx…');
  });

  test('is text everywhere on a card and a thread', () => {
    const markup = sampleThreads(now)
      .map((thread) => String(renderThread(thread, view)))
      .join('');
    expect(markup).not.toMatch(/<(script|img|b)>?[^>]*(window|bold|onerror)/);
    expect(markup).toContain('&lt;script&gt;window.hacked = true&lt;/script&gt;');
    expect(markup).toContain('⟦U+202E⟧evil⟦U+202C⟧');
    expect(markup).toContain('100,210 more characters are not shown');
    expect(markup.length).toBeLessThan(150_000);
  });

  test('cannot leave an attribute', () => {
    const evil = `" autofocus onfocus="alert(1)`;
    const markup = render(card(evil, now, [item(evil, 'T', [])], { title: evil }), view);
    expect(markup).not.toContain('" autofocus');
    expect(markup).not.toContain('onfocus="alert');
  });
});

describe('a card shows', () => {
  test('what will happen, how sure the agent is, who asks why, what cannot be undone, and when it expires', () => {
    const one = card('a', now, [item('i', 'Reply to Ann', [mail('ann@x.example', 'Hello', 'Dear Ann')], { irreversible: 'A mail cannot be called back.' })], {
      rules: ['first contact', 'a price is mentioned'],
      confidence: 0.82,
    });
    const markup = render(one, view);
    for (const part of [
      'Reply to Ann',
      'ann@x.example',
      'Dear Ann',
      'fairly sure',
      '(82 %)',
      'You are asked because: first contact; a price is mentioned',
      'A mail cannot be called back.',
      'in 3 days',
      'Fri, 27 Nov 2026, 13:00 (Europe/Berlin)',
    ])
      expect(markup).toContain(part);
  });

  test('a box for each of several items, and none for a single one', () => {
    const [one, two] = [item('1', 'One', []), item('2', 'Two', [])];
    expect(render(card('a', now, [one]), view)).not.toContain('type="checkbox"');
    const both = render(card('a', now, [one, two]), view);
    expect(both.match(/type="checkbox" id="[^"]+" name="item" value="[^"]+" checked/g)).toHaveLength(2);
    expect(both).toContain('Approve 2 selected');
    // What is decided already cannot be chosen again.
    const partly = render(card('a', now, [one, { ...two, state: 'approved' }]), view);
    expect(partly.match(/name="item"/g)).toHaveLength(1);
  });

  test.each([
    { state: 'held' as const, words: ['Sending in', 'data-left="10000"', 'Undo', 'Approved'] },
    { state: 'decided' as const, words: ['Approved', 'by <bdi>owner</bdi>', 'Sent to outbox'] },
  ])('after a decision ($state) who, when and what happened then, and no way to decide again', ({ state, words }) => {
    const done = card('a', now, [item('i', 'Reply', [mail('a@x.example', 's', 't')])], {
      state,
      heldUntil: '2026-11-24T12:00:10.000Z',
      decision: { by: 'owner', at: '2026-11-24T11:00:00.000Z', verdict: 'approved', reason: '' },
      outcome: ['Sent to outbox'],
    });
    const markup = render(done, view);
    for (const word of words) expect(markup).toContain(word);
    expect(markup).not.toContain('/decide');
  });

  test.each([
    ['expired', 'nobody answered'],
    ['closed', 'Not needed any more'],
  ] as const)('%s in words', (state, words) => {
    expect(render(card('a', now, [item('i', 'Reply', [])], { state }), view)).toContain(words);
  });

  test('a question before a click on something of high risk', () => {
    expect(render(card('a', now, [item('i', 'Offer', [])], { highRisk: true, title: 'Offer of 9 EUR' }), view)).toContain(
      'hx-confirm="High risk: Offer of 9 EUR. Approve?"',
    );
  });
});

test('what was shown survives the way through a form', () => {
  const shown = { item: 'i.with.dots 1', revision: 12, hash: 'abc' };
  expect(unpackShown(packShown(shown))).toEqual(shown);
  for (const broken of ['', 'abc', 'abc.x.i', '.1.i', 'abc.1.', 'abc.99999999999.i']) expect(unpackShown(broken)).toBeNull();
});

test.each([
  [1, 'very sure'],
  [0.75, 'fairly sure'],
  [0.5, 'not quite sure'],
  [0.49, 'mostly guessing'],
])('confidence %d is %s', (confidence, words) => expect(sureness(confidence)).toBe(words));

test('ids fit into a selector, and different ids stay different', () => {
  expect(domId('thread', 'task:a.b')).toBe('thread-task_3a_a_2e_b');
  expect(domId('x', 'a:b')).not.toBe(domId('x', 'a.b'));
});

describe('time', () => {
  test.each([
    [0, 'just now'],
    [20_000, 'in a moment'],
    [-5 * 60_000, '5 min ago'],
    [3 * 3_600_000, 'in 3 h'],
    [2 * 86_400_000, 'in 2 days'],
  ])('%d ms from now is %s', (distance, words) => {
    expect(relative(new Date(now + distance).toISOString(), now)).toBe(words);
  });

  test('exact, in the zone; instants inside a sentence too; what is no date stays what it is', () => {
    expect(exact('2026-07-01T22:30:00.000Z', 'Europe/Berlin')).toBe('Thu, 2 Jul 2026, 00:30 (Europe/Berlin)');
    expect(withTimes('waits until 2026-11-24T12:00:00.000Z: quiet hours', 'UTC')).toBe('waits until Tue, 24 Nov 2026, 12:00 (UTC): quiet hours');
    expect(exact('soon', 'UTC')).toBe('soon');
  });

  test.each([
    { key: 'tomorrow', from: '2026-10-24T12:00:00.000Z', until: '2026-10-25T08:00:00.000Z', why: 'the clock goes back that night' },
    { key: 'tomorrow', from: '2026-03-28T12:00:00.000Z', until: '2026-03-29T07:00:00.000Z', why: 'the clock goes forward that night' },
    { key: 'tomorrow', from: '2026-11-24T23:30:00.000Z', until: '2026-11-26T08:00:00.000Z', why: 'it is past midnight here' },
    { key: 'monday', from: '2026-11-23T06:00:00.000Z', until: '2026-11-30T08:00:00.000Z', why: 'it is Monday already' },
    { key: 'never', from: '2026-11-23T06:00:00.000Z', until: null, why: 'there is no such choice' },
  ])('snooze $key, when $why', ({ key, from, until }) => expect(snoozeUntil(key, Date.parse(from), 'Europe/Berlin')).toBe(until));

  test('a date goes through a form and back', () => {
    expect(toLocal('2026-07-01T08:00:00.000Z', 'Europe/Berlin')).toBe('2026-07-01T10:00');
    expect(fromLocal('2026-07-01T10:00', 'Europe/Berlin')).toBe('2026-07-01T08:00:00.000Z');
    expect(toLocal('', 'Europe/Berlin')).toBe('');
    expect(fromLocal('whenever', 'Europe/Berlin')).toBe('whenever');
  });
});

import { describe, expect, test } from 'vitest';
import type { Answer } from '../../../src/bot/intents.ts';
import { packShown } from '../../../src/bot/web/render-card.ts';
import { thread } from '../../support/fake-cards.ts';
import { HTMX, NOW, openWebPage } from '../../support/web-page.ts';

type Page = Awaited<ReturnType<typeof openWebPage>>;

/** What a form of this card sends along for its items. */
async function shownOn({ desk }: Page, approval: string): Promise<string[]> {
  return ((await desk.card(approval))?.items ?? []).map(packShown);
}

describe('without script, every button is a form that leads back to the card', () => {
  test('approve: the desk is given exactly the items as they were shown', async () => {
    const page = await openWebPage();
    const { post } = await page.login();
    const [reply, followUp] = (await page.desk.card('a-lead'))?.items ?? [];

    const answer = await post('/approvals/a-lead/decide', { verdict: 'approve', item: await shownOn(page, 'a-lead') });

    expect(answer).toMatchObject({ status: 303, headers: { location: '/#card-a-lead' } });
    const shown = [reply, followUp].map((item) => ({ item: item?.item, revision: 1, hash: item?.hash }));
    expect(page.desk.calls).toEqual([{ name: 'decide', args: ['a-lead', 'approve', shown, ''] }]);
  });

  test.each([
    { fields: { words: '  It is Ulm, not Köln  ' }, reason: 'It is Ulm, not Köln' },
    { fields: { reason: 'Wrong facts', words: '' }, reason: 'Wrong facts' },
    { fields: { reason: 'Wrong facts', words: 'Ulm' }, reason: 'Wrong facts: Ulm' },
    { fields: {}, reason: '' },
  ])('reject, with the reason $reason', async ({ fields, reason }) => {
    const page = await openWebPage();
    const { post } = await page.login();
    const { status } = await post('/approvals/a-lead/decide', { verdict: 'reject', item: await shownOn(page, 'a-lead'), ...fields });
    expect(status).toBe(303);
    expect(page.desk.calls[0]?.args).toMatchObject(['a-lead', 'reject', {}, reason]);
  });

  test.each([
    { key: '1h', until: '2026-11-24T13:00:00.000Z' },
    { key: '4h', until: '2026-11-24T16:00:00.000Z' },
    { key: 'tomorrow', until: '2026-11-25T08:00:00.000Z' },
    { key: 'monday', until: '2026-11-30T08:00:00.000Z' },
  ])('snooze for $key', async ({ key, until }) => {
    const page = await openWebPage();
    const { post } = await page.login();
    expect((await post('/approvals/a-lead/snooze', { until: key })).status).toBe(303);
    expect(page.desk.calls).toEqual([{ name: 'snooze', args: ['a-lead', until] }]);
  });

  test('edit: dates are read in the company’s zone, and only fields of the form are passed on', async () => {
    const page = await openWebPage();
    const { post } = await page.login();
    const [item] = await shownOn(page, 'a-risk');
    const typed = {
      'value.to': 'a@b.example',
      'value.subject': 'S',
      'value.text': 'Line\r\nline',
      'value.tone': 'plain',
      'value.amount': '',
      'value.sendAt': '2026-12-01T09:30',
      'value.__proto__': 'x',
      'value.verdict': 'approve',
    };
    expect((await post('/approvals/a-risk/edit', { item: item ?? '', ...typed })).status).toBe(303);
    expect(page.desk.calls[0]?.args[2]).toEqual({
      to: 'a@b.example',
      subject: 'S',
      text: 'Line\r\nline',
      tone: 'plain',
      amount: '',
      sendAt: '2026-12-01T08:30:00.000Z',
    });
  });

  test('the panels are pages: edit, reject and why open on the card', async () => {
    const { login } = await openWebPage();
    const { get } = await login();
    expect((await get('/approvals/a-risk/edit?item=offer')).text).toContain('Save and approve');
    expect((await get('/approvals/a-lead/reject')).text).toContain('Reject: what is wrong?');
    expect((await get('/approvals/a-lead/why')).text).toContain('Policy asks: first contact');
    expect((await get('/approvals/nothing/why')).status).toBe(404);
  });

  test('pause, resume, and what became of work', async () => {
    const page = await openWebPage();
    const { post, get } = await page.login();
    await post('/pause', { agent: '*' });
    expect((await get('/')).text).toContain('Everything is paused');
    await post('/resume', { agent: '*' });
    await post('/act', { verb: 'retry', target: 't-failed', thread: 'task:t-failed' });
    expect(page.desk.calls.map(({ name, args }) => [name, ...args])).toEqual([
      ['pause', '*'],
      ['resume', '*'],
      ['act', 'retry', 't-failed'],
    ]);
  });
});

describe('a click that does not work is answered on the card, in words', () => {
  const codes: readonly [Extract<Answer, { ok: false }>['code'], number][] = [
    ['not-allowed', 403],
    ['already-decided', 409],
    ['expired', 410],
    ['changed', 409],
    ['invalid', 422],
    ['unavailable', 503],
  ];

  test.each(codes)('%s', async (code, status) => {
    const page = await openWebPage();
    const { post } = await page.login();
    const fields = { verdict: 'approve', item: await shownOn(page, 'a-lead') };
    const refusal: Answer = { ok: false, code, message: `Because <${code}> at 12:00.`, card: await page.desk.card('a-lead') };

    page.desk.answerNext(refusal);
    const fragment = await post('/approvals/a-lead/decide', fields, HTMX);
    page.desk.answerNext(refusal);
    const whole = await post('/approvals/a-lead/decide', fields);

    for (const reply of [fragment, whole]) {
      expect(reply.status).toBe(status);
      expect(reply.text).toContain(`<div class="note" id="card-a-lead-note" role="alert"><p>Because &lt;${code}&gt; at 12:00.</p></div>`);
    }
    expect(fragment.text).toMatch(/^<section class="card waiting"/);
    expect(whole.text).toMatch(/^<!doctype html>/);
  });

  test('a card that is gone', async () => {
    const { login } = await openWebPage();
    const { post } = await login();
    const fragment = await post('/approvals/gone/decide', { verdict: 'approve', item: 'h.1.i' }, HTMX);
    expect(fragment).toMatchObject({ status: 404, headers: { 'hx-reswap': 'none' } });
    expect(fragment.text).toContain('There is no card gone.');
  });

  test('nothing chosen decides nothing', async () => {
    const page = await openWebPage();
    const { post } = await page.login();
    for (const item of [[], ['nonsense'], ['h.x.i']])
      expect((await post('/approvals/a-lead/decide', { verdict: 'approve', item })).text).toContain('Choose at least one item.');
    expect(page.desk.calls).toEqual([]);
  });

  test('an edit keeps what was typed, and says at the field what is wrong', async () => {
    const page = await openWebPage();
    const { post } = await page.login();
    const [item] = await shownOn(page, 'a-risk');
    const { status, text } = await post(
      '/approvals/a-risk/edit',
      { item: item ?? '', 'value.to': '', 'value.subject': 'My <subject>', 'value.text': '\nTwo\nlines', 'value.tone': 'plain' },
      HTMX,
    );
    expect(status).toBe(422);
    expect(text).toContain('value="My &lt;subject&gt;"');
    expect(text).toContain('>\n\nTwo\nlines</textarea>');
    expect(text).toContain('aria-invalid="true"');
    expect(text).toContain('-to-problem">Please fill this in.</p>');
  });

  test('an edit of something that was decided meanwhile leaves the text to copy, with no button to send it', async () => {
    const page = await openWebPage();
    const { post } = await page.login();
    const card = await page.desk.card('a-risk');
    const [item] = await shownOn(page, 'a-risk');
    if (card) page.desk.putCard({ ...card, state: 'decided', decision: { by: 'Slack: Ida', at: NOW, verdict: 'rejected', reason: '' } });
    const { status, text } = await post(
      '/approvals/a-risk/edit',
      { item: item ?? '', 'value.to': 'a@b.example', 'value.subject': 'S', 'value.text': 'My long work' },
      HTMX,
    );
    expect(status).toBe(409);
    expect(text).toContain(`Already rejected by Slack: Ida at ${NOW}.`);
    expect(text).toContain('My long work</textarea>');
    expect(text).not.toContain('Save and approve');
  });
});

describe('the first minutes', () => {
  test('five questions, then the feed', async () => {
    const page = await openWebPage({ threads: [] });
    page.desk.set({ needsSetup: true, leads: 0, waiting: 0, company: '' });
    const { get, post } = await page.login();
    expect((await get('/')).text).toContain('Welcome. Five short questions.');
    const answers = {
      company: 'Lindt',
      offer: 'Websites',
      idealCustomer: 'Riding schools',
      senderName: 'Mara',
      senderEmail: 'mara',
      timeZone: 'Europe/Berlin',
    };

    const wrong = await post('/set-up', { ...answers, offer: ' ' });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain('\nRiding schools</textarea>');
    expect(wrong.text).toContain('Please fill this in.');
    expect((await post('/set-up', answers)).text).toContain('An e-mail address was expected.');
    expect((await post('/set-up', { ...answers, senderEmail: 'mara@lindt.example' })).status).toBe(303);

    const begin = (await get('/')).text;
    for (const way of ['Load sample leads', 'Import a CSV', 'http://127.0.0.1:4647/in/secret']) expect(begin).toContain(way);
  });

  test('a CSV: what was recognised, created, known, and each rejected line with its reason', async () => {
    const page = await openWebPage();
    const { cookie, csrf } = await page.login();
    const form = new FormData();
    form.set('csrf', csrf);
    form.set('file', new File(['email,name\na@b.example,Ä\n'], '../my <leads>.csv', { type: 'text/csv' }));
    const reply = await fetch(`${page.url}/import`, { method: 'POST', headers: { cookie, origin: page.url }, body: form });
    const text = await reply.text();
    expect(page.desk.calls[0]).toMatchObject({ name: 'importLeads', args: [expect.stringContaining('my <leads>.csv'), 'email,name\na@b.example,Ä\n'] });
    for (const part of [
      '12 new leads',
      '12 created, 3 known already, 2 rejected',
      'my &lt;leads&gt;.csv',
      '<td>4</td>',
      'no e-mail address',
      '&lt;b&gt;Fax&lt;/b&gt;',
      'not used',
    ])
      expect(text).toContain(part);
  });

  test('the samples, an empty file, and one that is too large', async () => {
    const page = await openWebPage();
    const { cookie, csrf, post } = await page.login();
    const upload = async (content: string) => {
      const form = new FormData();
      form.set('csrf', csrf);
      form.set('file', new File([content], 'l.csv'));
      return fetch(`${page.url}/import`, { method: 'POST', headers: { cookie, origin: page.url }, body: form });
    };
    expect((await post('/import/samples', {})).status).toBe(200);
    expect(await (await upload('')).text()).toContain('Choose a CSV file first.');
    expect((await upload('x'.repeat(10 * 1024 * 1024 + 100))).status).toBe(422);
    expect((await upload('x'.repeat(11 * 1024 * 1024))).status).toBe(413);
    expect(page.desk.calls).toEqual([{ name: 'importLeads', args: ['leads.csv', 'email\na@b.example\n'] }]);
  });
});

describe('the feed', () => {
  const many = Array.from({ length: 45 }, (_, index) => thread(`task:${index}`, Date.parse(NOW) - index * 60_000, `Lead number ${index}.`));
  const numbers = (text: string) => [...text.matchAll(/>Lead number (\d+)\.</g)].map(([, number]) => Number(number));

  test('is newest first, and “load older” goes on until the end, without script too', async () => {
    const { login } = await openWebPage({ threads: many });
    const { get } = await login();
    const seen: number[] = [];
    for (let path: string | undefined = '/'; path !== undefined; ) {
      const { text }: { text: string } = await get(path);
      seen.push(...numbers(text));
      path = /class="button" href="([^"]+)"[^>]*>Load older/.exec(text)?.[1]?.replaceAll('&amp;', '&');
    }
    expect(seen).toEqual(many.map((_, index) => index));
  });

  test('asked what changed, it sends just that: changed ones to their places, gone ones away, new ones on top', async () => {
    const page = await openWebPage();
    const { get } = await page.login();
    page.desk.remove('task:t-late');
    const { text } = await get('/threads?known=task:t-lead&known=task:t-late&fresh=task:t-failed&fresh=quiet:nothing', HTMX);
    expect([...text.matchAll(/<hx-partial hx-target="([^"]+)" hx-swap="(\w+)">/g)].map(([, target, swap]) => [target, swap])).toEqual([
      ['#thread-task_3a_t-lead', 'outerMorph'],
      ['#thread-task_3a_t-late', 'delete'],
      ['#feed', 'afterbegin'],
      ['#status', 'innerMorph'],
    ]);
  });
});

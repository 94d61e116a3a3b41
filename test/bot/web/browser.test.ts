import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { launchBrowser, openWindow as openLink } from '../../support/browser.ts';
import { card, HOSTILE, item, mail, thread } from '../../support/fake-cards.ts';
import { describeWith } from '../../support/parts.ts';
import { NOW, openWebPage } from '../../support/web-page.ts';

const at = Date.parse(NOW);
const MINUTE = 60_000;
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

describeWith('chromium', 'the local page in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  type Desktop = Awaited<ReturnType<typeof openWebPage>>;

  const openWindow = async (page: Desktop, options?: BrowserContextOptions, expected?: RegExp): Promise<Page> =>
    openLink(browser, await page.surface.loginLink(), options, expected);
  const cardOf = (window: Page, approval: string) => window.locator(`#card-${approval}`);
  const calls = ({ desk }: Desktop) => desk.calls.map(({ name, args }) => [name, args[0], args[1]]);

  test('approve, and undo while it is held', async () => {
    const page = await openWebPage();
    const window = await openWindow(page);
    const lead = cardOf(window, 'a-lead');
    await lead.getByRole('button', { name: 'Approve 2 selected' }).click();
    await lead.getByText('Approved by owner').waitFor();
    await lead.getByText(/Sending in \d+ s/).waitFor();
    expect(await window.getByRole('status').filter({ hasText: '2 approved.' }).count()).toBe(1);
    // Without a mouse the person is still at this card.
    expect(await window.evaluate('document.activeElement.closest(".card").id')).toBe('card-a-lead');

    await lead.getByRole('button', { name: 'Undo' }).click();
    await lead.getByRole('button', { name: 'Approve 2 selected' }).waitFor();
    expect(calls(page)).toEqual([
      ['decide', 'a-lead', 'approve'],
      ['takeBack', 'a-lead', undefined],
    ]);
  });

  test('the hold counts down, and then there is nothing left to undo', async () => {
    const page = await openWebPage({
      threads: [
        thread('task:h', at, 'Held', {
          cards: [
            card('a-h', at, [item('i', 'Reply', [mail('a@x.example', 's', 't')])], {
              state: 'held',
              heldUntil: new Date(at + 2000).toISOString(),
              decision: { by: 'owner', at: NOW, verdict: 'approved', reason: '' },
            }),
          ],
        }),
      ],
    });
    const window = await openWindow(page);
    await window.getByText('Sending in 1 s').waitFor();
    await window.getByText('Sending…').waitFor();
    expect(await window.getByRole('button', { name: 'Undo' }).isDisabled()).toBe(true);
  });

  test('items one by one: only the checked ones are decided', async () => {
    const page = await openWebPage();
    const window = await openWindow(page);
    const batch = cardOf(window, 'a-batch');
    await batch.getByLabel('Thank Bo for the call', { exact: true }).uncheck();
    await batch.getByLabel('Thank Dana for the call', { exact: true }).uncheck();
    await batch.getByRole('button', { name: 'Approve 2 selected' }).click();
    // What was left out stays, and stays left out.
    await batch.getByRole('button', { name: 'Approve 0 selected' }).waitFor();
    expect(await batch.getByRole('button', { name: 'Approve 0 selected' }).isDisabled()).toBe(true);
    await batch.getByLabel('Thank Dana for the call', { exact: true }).check();
    await batch.getByRole('button', { name: 'Approve 1 selected' }).click();
    await batch.getByLabel('Thank Dana for the call', { exact: true }).waitFor({ state: 'detached' });
    expect(page.desk.calls.map(({ args }) => args[2])).toMatchObject([[{ item: 'b0' }, { item: 'b2' }], [{ item: 'b3' }]]);
  });

  test('an update never moves a tick from one item to another', async () => {
    const page = await openWebPage();
    const window = await openWindow(page);
    const batch = cardOf(window, 'a-batch');
    await batch.getByLabel('Thank Bo for the call', { exact: true }).uncheck();
    const old = await page.desk.card('a-batch');
    if (!old) throw new Error('The samples lack a card.');
    page.desk.putCard({ ...old, items: [...old.items.slice(1), item('b9', 'Thank Zoe for the call', [])] });
    await batch.getByLabel('Thank Zoe for the call', { exact: true }).waitFor();
    const ticked = await Promise.all(['Bo', 'Chidi', 'Dana', 'Zoe'].map((name) => batch.getByLabel(`Thank ${name} for the call`, { exact: true }).isChecked()));
    expect(ticked).toEqual([false, true, true, true]);
  });

  test('reject with one click on a reason, or in words; Enter in the words never approves', async () => {
    const page = await openWebPage();
    const window = await openWindow(page);
    const lead = cardOf(window, 'a-lead');
    await lead.getByRole('checkbox', { name: 'Follow up in 4 days' }).uncheck();
    await lead.getByRole('link', { name: 'Reject', exact: true }).click();
    expect(await lead.locator('.panel').getByRole('checkbox', { name: 'Follow up in 4 days' }).isChecked()).toBe(false);
    await lead.getByRole('button', { name: 'Wrong tone' }).click();
    await lead.locator('.panel').waitFor({ state: 'detached' });

    const risk = cardOf(window, 'a-risk');
    await risk.getByRole('link', { name: 'Reject', exact: true }).click();
    await risk.getByLabel('In your own words').fill('She asked for 12,000');
    await risk.getByLabel('In your own words').press('Enter');
    await risk.getByText('Rejected by owner').waitFor();
    expect(page.desk.calls.map(({ args }) => [args[0], args[1], args[3]])).toEqual([
      ['a-lead', 'reject', 'Wrong tone'],
      ['a-risk', 'reject', 'She asked for 12,000'],
    ]);
    expect(page.desk.calls[0]?.args[2]).toMatchObject([{ item: 'reply' }]);
  });

  test('edit: problems at the field, what was typed stays, then saved and approved', async () => {
    const page = await openWebPage();
    const window = await openWindow(page);
    const risk = cardOf(window, 'a-risk');
    await risk.getByRole('link', { name: 'Edit' }).click();
    await risk.getByLabel('Subject').fill('');
    await risk.getByLabel('Text').fill('My own words');
    await risk.getByLabel('Tone').selectOption('plain');
    await risk.getByRole('button', { name: 'Save and approve' }).click();
    await risk.getByText('Please fill this in.').waitFor();
    expect(await risk.getByLabel('Text').inputValue()).toBe('My own words');
    expect(await risk.getByLabel('Tone').inputValue()).toBe('plain');
    expect(await window.evaluate('document.activeElement.name')).toBe('value.subject');

    await risk.getByLabel('Subject').fill('Better');
    await risk.getByRole('button', { name: 'Save and approve' }).click();
    await risk.getByText('Edited and approved by owner').waitFor();
    expect(await risk.locator('.panel').count()).toBe(0);
    expect(page.desk.calls.at(-1)?.args[2]).toMatchObject({ subject: 'Better', text: 'My own words' });
  });

  test('snooze, and why', async () => {
    const page = await openWebPage();
    const window = await openWindow(page);
    const lead = cardOf(window, 'a-lead');
    const more = lead.locator('summary[aria-label="More"]');
    await more.click();
    await lead.getByRole('link', { name: 'Why?' }).click();
    await lead.getByText('Policy asks: first contact').waitFor();
    await lead.getByRole('link', { name: 'Close' }).click();
    expect(await lead.locator('.panel').count()).toBe(0);
    await more.click();
    await lead.getByRole('button', { name: 'Tomorrow, 9:00' }).click();
    await lead.getByText('snoozed, comes back').waitFor();
    expect(calls(page)).toEqual([['snooze', 'a-lead', '2026-11-25T08:00:00.000Z']]);
  });

  test('high risk asks once more; dismissed, nothing happens', async () => {
    const page = await openWebPage();
    const window = await openWindow(page);
    const risk = cardOf(window, 'a-risk');
    window.once('dialog', (dialog) => void dialog.dismiss());
    await risk.getByRole('button', { name: 'Approve' }).click();
    expect(page.desk.calls).toEqual([]);
    window.once('dialog', (dialog) => void dialog.accept());
    await risk.getByRole('button', { name: 'Approve' }).click();
    await risk.getByText('Approved by owner').waitFor();
  });

  test('a double click decides once', async () => {
    const page = await openWebPage();
    const window = await openWindow(page);
    const slow = page.desk.decide;
    page.desk.decide = async (...args) => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      return slow(...args);
    };
    await cardOf(window, 'a-bad').getByRole('button', { name: 'Approve' }).dblclick();
    await cardOf(window, 'a-bad').getByText('Approved by owner').waitFor();
    expect(calls(page)).toEqual([['decide', 'a-bad', 'approve']]);
  });

  test('failed and unknown work, what became of a lead, pause and resume', async () => {
    const page = await openWebPage();
    const window = await openWindow(page);
    for (const label of ['Try again', 'It did not happen', 'They replied']) {
      await window.getByRole('button', { name: label }).click();
      await window.getByRole('button', { name: label }).waitFor({ state: 'detached' });
    }
    await window.getByRole('button', { name: 'Pause all' }).click();
    await window.getByText('Everything is paused:').waitFor();
    await window.getByRole('button', { name: 'Resume all' }).click();
    await window.getByRole('button', { name: 'Pause all' }).waitFor();
    expect(calls(page)).toEqual([
      ['act', 'retry', 't-failed'],
      ['act', 'did-not-happen', 'i-unknown'],
      ['act', 'replied', 'l-tom'],
      ['pause', '*', undefined],
      ['resume', '*', undefined],
    ]);
  });

  test('two windows: what one decides the other sees without reload; and a late click is told who was first', async () => {
    const page = await openWebPage();
    const [one, two] = [await openWindow(page), await openWindow(page, {}, /status of 409|ERR_INTERNET_DISCONNECTED|ERR_FAILED|Failed to fetch|network error/)];
    await one.getByRole('button', { name: 'Approve 2 selected' }).first().waitFor();
    await cardOf(one, 'a-lead').getByRole('button', { name: 'Approve 2 selected' }).click();
    await cardOf(two, 'a-lead').getByText('Approved by owner').waitFor();

    // The stream is cut, so this window still shows the button.
    await two.context().setOffline(true);
    await cardOf(one, 'a-bad').getByRole('button', { name: 'Approve' }).click();
    await cardOf(one, 'a-bad').getByText('Approved by owner').waitFor();
    await two.route('**/events*', (route) => route.abort());
    await two.route('**/threads*', (route) => route.abort());
    await two.context().setOffline(false);
    await cardOf(two, 'a-bad').getByRole('button', { name: 'Approve' }).click();
    await cardOf(two, 'a-bad')
      .getByText(/Already approved by owner at/)
      .waitFor();
  });

  test('without a connection a click says so, and coming back misses nothing', async () => {
    const page = await openWebPage();
    const window = await openWindow(page, {}, /ERR_INTERNET_DISCONNECTED|Failed to fetch|network error/i);
    await window.context().setOffline(true);
    await cardOf(window, 'a-lead').getByRole('button', { name: 'Approve 2 selected' }).click();
    await window.getByText('No answer from Countersign.').waitFor();
    expect(await cardOf(window, 'a-lead').getByRole('button', { name: 'Approve 2 selected' }).isEnabled()).toBe(true);
    page.desk.put(thread('task:away', at + MINUTE, 'Came while away'));
    page.desk.remove('task:t-late');
    await window.context().setOffline(false);
    await window.mouse.move(0, 0);
    await window.evaluate('scrollTo(0, 0)');
    await window.getByRole('heading', { name: 'Came while away' }).waitFor();
    await window.getByRole('heading', { name: 'Ines Falk' }).waitFor({ state: 'detached' });
  });

  test('what is open or typed outlives an update of its card, which says that it changed', async () => {
    const page = await openWebPage();
    const window = await openWindow(page);
    const risk = cardOf(window, 'a-risk');
    await cardOf(window, 'a-batch').locator('details.peek').first().locator('summary').click();
    await risk.getByRole('link', { name: 'Edit' }).click();
    await risk.getByLabel('Text').fill('Half a sent');
    const old = await page.desk.card('a-risk');
    const batch = await page.desk.card('a-batch');
    if (!old || !batch) throw new Error('The samples lack a card.');
    page.desk.putCard({ ...batch, rules: ['a new rule'] });
    page.desk.putCard({ ...old, items: [item('offer', 'Offer, second version', [mail('x@y.example', 'Newer', 'Newer text')], { revision: 2 })] });

    await risk.getByText('Newer text').waitFor();
    expect(await risk.getByLabel('Text').inputValue()).toBe('Half a sent');
    await risk.getByText('This changed meanwhile.').waitFor();
    await cardOf(window, 'a-batch').getByText('a new rule').waitFor();
    expect(await cardOf(window, 'a-batch').locator('details.peek').first().getAttribute('open')).not.toBeNull();
    await window.keyboard.type('ence');
    expect(await risk.getByLabel('Text').inputValue()).toBe('Half a sentence');
    // What was typed against the old version is refused, and kept.
    await risk.getByRole('button', { name: 'Save and approve' }).click();
    await risk.getByText('This changed meanwhile; look at it again.').waitFor();
    expect(await risk.getByLabel('Text').inputValue()).toBe('Half a sentence');
  });

  test('news come on top by themselves, but never under a pointer that is about to click', async () => {
    const page = await openWebPage();
    const window = await openWindow(page);
    page.desk.put(thread('task:n1', at + MINUTE, 'First news'));
    await window.getByRole('heading', { name: 'First news' }).waitFor();
    expect(await window.locator('#feed > .thread h2').first().textContent()).toBe('First news');

    await cardOf(window, 'a-risk').getByLabel('Subject').count();
    await cardOf(window, 'a-risk').getByRole('link', { name: 'Edit' }).click();
    await cardOf(window, 'a-risk').getByLabel('Subject').focus();
    page.desk.put(thread('task:n2', at + 2 * MINUTE, 'Second news'));
    // A change without a thread is no news.
    page.desk.set({ running: 7 });
    await window.getByRole('button', { name: '1 new: show' }).click();
    await window.getByRole('heading', { name: 'Second news' }).waitFor();
    expect(await cardOf(window, 'a-risk').getByLabel('Subject').count()).toBe(1);
  });

  test('load older, without losing the place', async () => {
    const many = Array.from({ length: 45 }, (_, index) => thread(`task:${index}`, at - index * MINUTE, `Lead number ${index}.`));
    const window = await openWindow(await openWebPage({ threads: many }));
    for (const shown of [20, 40]) {
      expect(await window.locator('.thread').count()).toBe(shown);
      await window.getByRole('link', { name: 'Load older' }).click();
      await window.getByRole('heading', { name: `Lead number ${shown}.` }).waitFor();
    }
    expect(await window.locator('.thread h2').allTextContents()).toEqual(many.map(({ title }) => title));
  });

  test('from nothing: five questions with the time zone filled in, a CSV, its report, and the leads appear', async () => {
    const page = await openWebPage({ threads: [] });
    page.desk.set({ needsSetup: true, leads: 0, waiting: 0, company: '' });
    const window = await openWindow(page, { timezoneId: 'Pacific/Auckland' });
    expect(await window.getByLabel('Which time zone are you in?').inputValue()).toBe('Pacific/Auckland');
    await window.getByLabel('What is your company called?').fill('Lindt');
    await window.getByLabel('What do you offer?').fill('Websites');
    await window.getByLabel('Who is your ideal customer?').fill('Riding schools');
    await window.getByLabel('Who signs the replies?').fill('Mara');
    await window.getByLabel('From which address?').fill('mara');
    await window.getByRole('button', { name: 'Begin' }).click();
    await window.getByText('An e-mail address was expected.').waitFor();
    expect(await window.getByLabel('Which time zone are you in?').inputValue()).toBe('Pacific/Auckland');
    await window.getByLabel('From which address?').fill('mara@lindt.example');
    await window.getByRole('button', { name: 'Begin' }).click();

    await window.getByLabel('CSV file').setInputFiles({ name: 'leads.csv', mimeType: 'text/csv', buffer: Buffer.from('email\na@b.example\n') });
    await window.getByRole('button', { name: 'Import' }).click();
    await window.getByText('12 created, 3 known already, 2 rejected').waitFor();
    await window.getByRole('link', { name: 'Go to the feed' }).click();
    await window.getByRole('button', { name: 'Load sample leads' }).waitFor();
    page.desk.put(thread('task:first', at, 'The first lead'));
    await window.getByRole('heading', { name: 'The first lead' }).waitFor();
    expect(await window.getByRole('button', { name: 'Load sample leads' }).isVisible()).toBe(false);
  });

  test('hostile text is text: nothing runs, nothing hides, nothing leads away', async () => {
    const page = await openWebPage();
    const window = await openWindow(page);
    page.desk.put(thread('task:live', at + MINUTE, HOSTILE, { body: [{ kind: 'text', text: HOSTILE }] }));
    await window.locator('[data-thread="task:live"]').waitFor();
    const bad = cardOf(window, 'a-bad');
    await bad.locator('.mail-text').getByText('more characters are not shown').waitFor();
    expect(await window.evaluate(() => 'hacked' in globalThis)).toBe(false);
    expect(await window.locator('main :is(script, iframe, object, style, [onerror], [onclick])').count()).toBe(0);
    expect(await window.locator('main img').count()).toBe(0);
    expect(await window.locator('main a[href*="approve.example"]').count()).toBe(0);
    expect(await bad.textContent()).toContain('⟦U+202E⟧evil⟦U+202C⟧');
  });

  test('another site can neither post with the session, nor frame the page', async () => {
    const page = await openWebPage();
    const window = await openWindow(page, {}, /frame-ancestors|Refused|violates|ERR_BLOCKED|status of 403/);
    const evil = createServer((_request, response) =>
      response
        .setHeader('content-type', 'text/html')
        .end(
          `<form method="post" action="${page.url}/pause"><input name="agent" value="*"><button>Win</button></form><iframe src="${page.url}/" title="framed"></iframe>`,
        ),
    );
    await new Promise<void>((resolve) => evil.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      evil.closeAllConnections();
      evil.close();
    });
    const { port } = evil.address() as AddressInfo;

    // Same site for the cookie (ports do not count), another origin: the hardest case.
    await window.goto(`http://127.0.0.1:${port}/`);
    const framed = window.frames().find((frame) => frame !== window.mainFrame());
    expect(
      await framed
        ?.locator('body')
        .textContent()
        .catch(() => ''),
    ).not.toContain('Jonas');
    await window.getByRole('button', { name: 'Win' }).click();
    await window.getByText('The request comes from another site.').waitFor();
    expect(page.desk.calls).toEqual([]);
  });

  test('by keyboard alone: from the top to the first card, approve; reject another, and back', async () => {
    const page = await openWebPage();
    const window = await openWindow(page);
    await window.keyboard.press('Tab');
    expect(await window.evaluate('document.activeElement.textContent')).toBe('Skip to the feed');
    await window.keyboard.press('Enter');
    const focused = () => window.evaluate<string>('document.activeElement.textContent.trim()');
    for (let steps = 0; steps < 10 && (await focused()) !== 'Approve 2 selected'; steps++) await window.keyboard.press('Tab');
    await window.keyboard.press('Tab');
    expect(await focused()).toBe('Reject');
    await window.keyboard.press('Enter');
    await cardOf(window, 'a-lead').locator('.panel').waitFor();
    await expect.poll(focused).toBe('Reject: what is wrong?');
    for (let steps = 0; steps < 10 && (await focused()) !== 'Cancel'; steps++) await window.keyboard.press('Tab');
    await window.keyboard.press('Enter');
    expect(await focused()).toBe('Reject');
    await window.keyboard.press('Shift+Tab');
    await window.keyboard.press('Enter');
    await cardOf(window, 'a-lead').getByText('Approved by owner').waitFor();
    await window.keyboard.press('Tab');
    expect(await focused()).toBe('Undo');
  });

  test.each([
    { look: 'light', options: { colorScheme: 'light' as const, viewport: { width: 1280, height: 900 } } },
    { look: 'dark', options: { colorScheme: 'dark' as const, viewport: { width: 1280, height: 900 } } },
    { look: 'on a phone', options: { colorScheme: 'light' as const, viewport: { width: 360, height: 740 } } },
  ])('axe finds nothing ($look), and nothing is wider than the screen', async ({ options }) => {
    const page = await openWebPage();
    page.desk.set({ problems: ['config/local/policies.yaml:12: expected a number'], paused: ['lead-qualification'], queueReady: false });
    const window = await openWindow(page, { ...options, bypassCSP: true, reducedMotion: 'reduce' });
    const check = async (within = 'html') => {
      await window.addScriptTag({ path: AXE });
      const found = await window.evaluate(
        `axe.run(document.querySelector("${within}"), { runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"] }).then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html.slice(0, 160)).join(" | ")))`,
      );
      expect(found).toEqual([]);
      expect(await window.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBeLessThanOrEqual(0);
    };
    await cardOf(window, 'a-lead').getByRole('link', { name: 'Reject', exact: true }).click();
    await cardOf(window, 'a-risk').getByRole('link', { name: 'Edit' }).click();
    await cardOf(window, 'a-late').getByRole('link', { name: 'Why?' }).click();
    await cardOf(window, 'a-late').locator('.panel').waitFor();
    await check();
    await cardOf(window, 'a-batch').locator('summary[aria-label="More"]').click();
    await check('#card-a-batch');
    await window.goto(`${page.url}/begin`);
    await check();
    page.desk.set({ needsSetup: true });
    await window.goto(page.url);
    await check();
    await window.context().clearCookies();
    await window.goto(page.url);
    await check();
  });
});

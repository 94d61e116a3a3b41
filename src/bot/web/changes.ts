import { Hono } from 'hono';
import type { Answer, SetupAnswers } from '../intents.ts';
import { setSessionCookie, UPLOAD_LIMIT } from './gate.ts';
import { html } from './html.ts';
import { renderStatus } from './layout.ts';
import { isHtmx, OWNER, type PageParts, page, refuse, statusOf, toast, viewOf } from './page.ts';
import { beginOptions } from './pages.ts';
import { beginPage, QUESTIONS, reportPage, setUpPage } from './render-begin.ts';
import { renderThread } from './render-thread.ts';
import type { PageContext, PageEnv } from './security.ts';
import { endSession } from './session.ts';

const text = (form: FormData, name: string): string => {
  const value = form.get(name);
  return typeof value === 'string' ? value.trim() : '';
};

/** Changes that belong to no card: on threads, agents, leads, settings, and signing out. */
export function changes(parts: PageParts): Hono<PageEnv> {
  const { desk } = parts;
  const app = new Hono<PageEnv>();

  app.post('/act', async (c) => {
    const form = c.get('form');
    const answer = await desk.act(OWNER, text(form, 'verb'), text(form, 'target'));
    if (!isHtmx(c)) return answer.ok ? c.redirect('/', 303) : refuse(c, statusOf(answer), 'Nothing was changed', answer.message);
    const thread = await desk.thread(text(form, 'thread'));
    if (!thread) return refuse(c, statusOf(answer), answer.ok ? 'Done' : 'Nothing was changed', answer.message);
    return c.html(
      html`${renderThread(thread, viewOf(c, parts), answer.ok ? {} : { note: answer.message })}${answer.ok ? toast(answer.message) : ''}`,
      statusOf(answer),
    );
  });

  app.post('/pause', (c) => control(c, (agent) => desk.pause(OWNER, agent)));
  app.post('/resume', (c) => control(c, (agent) => desk.resume(OWNER, agent)));

  async function control(c: PageContext, run: (agent: string) => Promise<Answer>): Promise<Response> {
    const answer = await run(text(c.get('form'), 'agent') || '*');
    if (!answer.ok) return refuse(c, statusOf(answer), 'Nothing was changed', answer.message);
    return isHtmx(c) ? c.html(html`${renderStatus(await desk.status(), viewOf(c, parts))}${toast(answer.message)}`) : c.redirect('/', 303);
  }

  app.post('/set-up', async (c) => {
    const form = c.get('form');
    const answers: SetupAnswers = {
      company: text(form, 'company'),
      offer: text(form, 'offer'),
      idealCustomer: text(form, 'idealCustomer'),
      senderName: text(form, 'senderName'),
      senderEmail: text(form, 'senderEmail'),
      timeZone: text(form, 'timeZone'),
    };
    const missing = QUESTIONS.filter(({ name }) => answers[name] === '').map(({ name }) => ({ field: name, problem: 'Please fill this in.' }));
    const answer: Answer =
      missing.length > 0 ? { ok: false, code: 'invalid', message: 'Something is missing.', card: null, problems: missing } : await desk.setUp(OWNER, answers);
    if (answer.ok) return c.redirect('/', 303);
    const problems = answer.problems ?? [{ field: '', problem: answer.message }];
    return page(c, parts, 'Welcome', setUpPage(answers, problems, answers.timeZone, viewOf(c, parts)), { status: statusOf(answer) });
  });

  app.post('/import', async (c) => {
    const file = c.get('form').get('file');
    if (!(file instanceof File) || file.size === 0) return begin(c, 'Choose a CSV file first.');
    if (file.size > UPLOAD_LIMIT) return begin(c, 'The file is larger than 10 MB. Split it; importing twice doubles nothing.');
    return importFile(c, file.name, new Uint8Array(await file.arrayBuffer()));
  });

  app.post('/import/samples', async (c) => {
    if (!parts.samples) return begin(c, 'There are no sample leads here.');
    const { name, bytes } = await parts.samples();
    return importFile(c, name, bytes);
  });

  const begin = (c: PageContext, problem: string): Promise<Response> =>
    page(c, parts, 'Add leads', beginPage({ ...beginOptions(parts), problem }, viewOf(c, parts)), { status: 422 });

  async function importFile(c: PageContext, name: string, bytes: Uint8Array): Promise<Response> {
    return page(c, parts, 'Imported', reportPage(name, await desk.importLeads(OWNER, name, bytes)));
  }

  app.post('/logout', async (c) => {
    await endSession(parts.sessions, c.get('session'));
    setSessionCookie(c, parts, '', 0);
    return c.redirect('/', 303);
  });

  return app;
}

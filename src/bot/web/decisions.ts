import { Hono } from 'hono';
import type { Answer } from '../intents.ts';
import { editPanel, readEdit } from './forms.ts';
import { snoozeUntil } from './moments.ts';
import { answerOnCard, OWNER, type PageParts, viewOf } from './page.ts';
import { unpackShown } from './render-card.ts';
import type { PageEnv } from './security.ts';

const invalid = (message: string): Answer => ({ ok: false, code: 'invalid', message, card: null });
const words = (form: FormData, name: string): string => {
  const value = form.get(name);
  return typeof value === 'string' ? value.trim() : '';
};

/** Clicks on a card. Each is one call; the answer is always the card, in words where it did not work. */
export function decisions(parts: PageParts): Hono<PageEnv> {
  const { desk } = parts;
  const app = new Hono<PageEnv>();

  app.post('/approvals/:id/decide', async (c) => {
    const form = c.get('form');
    const id = c.req.param('id');
    const verdict = words(form, 'verdict');
    const shown = form.getAll('item').flatMap((packed) => (typeof packed === 'string' ? (unpackShown(packed) ?? []) : []));
    if (shown.length === 0) return answerOnCard(c, parts, id, invalid('Choose at least one item. Nothing was decided.'));
    if (verdict !== 'approve' && verdict !== 'reject') return answerOnCard(c, parts, id, invalid('Approve or reject was expected. Nothing was decided.'));
    const reason = verdict === 'reject' ? [words(form, 'reason'), words(form, 'words')].filter((part) => part !== '').join(': ') : '';
    return answerOnCard(c, parts, id, await desk.decide(OWNER, id, verdict, shown, ...(reason ? [reason] : [])));
  });

  app.post('/approvals/:id/edit', async (c) => {
    const form = c.get('form');
    const id = c.req.param('id');
    const shown = unpackShown(words(form, 'item'));
    if (!shown) return answerOnCard(c, parts, id, invalid('The item to edit is missing. Nothing was changed.'));
    const fields = (await desk.form(id, shown.item)) ?? [];
    const { typed, values } = readEdit(fields, form, parts.timeZone());
    const answer = await desk.edit(OWNER, id, shown, values);
    // Nobody types a mail twice: whatever went wrong, the text stays.
    return answerOnCard(c, parts, id, answer, (card) => {
      const item = card.items.find(({ item }) => item === shown.item);
      return answer.ok || !item || typed.size === 0 ? undefined : editPanel({ card, item, fields, problems: answer.problems ?? [], typed }, viewOf(c, parts));
    });
  });

  app.post('/approvals/:id/snooze', async (c) => {
    const id = c.req.param('id');
    const until = snoozeUntil(words(c.get('form'), 'until'), parts.clock.now(), parts.timeZone());
    return answerOnCard(c, parts, id, until === null ? invalid('Choose how long. Nothing was changed.') : await desk.snooze(OWNER, id, until));
  });

  app.post('/approvals/:id/take-back', async (c) => {
    const id = c.req.param('id');
    return answerOnCard(c, parts, id, await desk.takeBack(OWNER, id));
  });

  return app;
}

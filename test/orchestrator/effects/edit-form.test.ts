import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { documentChange } from '../../../src/orchestrator/effects/document-change.ts';
import { editForm, parseForm } from '../../../src/orchestrator/effects/edit-form.ts';
import { mailRequest } from '../../../src/orchestrator/effects/mail-message.ts';
import { taskSchedule } from '../../../src/orchestrator/effects/task-schedule.ts';
import { mail } from './given.ts';

const mailAction = { schema: mailRequest };
const reply = mail({ inReplyTo: '<q@example.org>', references: ['<q@example.org>'] });

describe('the form', () => {
  test('is made from the schema: order, titles, kinds, limits; what is read-only or nested is not in it', () => {
    expect(editForm(mailAction, reply)).toEqual([
      { name: 'to', label: 'To', type: 'text', value: 'ada@example.org', required: true, maxLength: 254, choices: [] },
      { name: 'subject', label: 'Subject', type: 'text', value: 'Your question', required: true, maxLength: 200, choices: [] },
      { name: 'text', label: 'Text', type: 'multiline', value: 'Hello Ada,\n\nyes.\n', required: true, maxLength: 20_000, choices: [] },
    ]);
    expect(editForm(taskSchedule, { agent: 'a', input: {}, afterDays: 3, guards: [] })).toEqual([
      { name: 'afterDays', label: 'Days from now', type: 'number', value: '3', required: true, maxLength: null, choices: [] },
    ]);
    expect(editForm(documentChange, { changes: [] })).toEqual([]);
  });

  test('knows choices, dates and what may be left empty', () => {
    const schema = z.strictObject({
      stage: z.enum(['new', 'won']),
      dueAt: z.iso.datetime({ precision: 3 }),
      phone: z.string().max(50).nullable().meta({ title: 'Phone number' }),
      urgent: z.boolean(),
    });
    expect(editForm({ schema }, { stage: 'won', dueAt: '2026-03-02T09:00:00.000Z', phone: null, urgent: true })).toEqual([
      { name: 'stage', label: 'Stage', type: 'choice', value: 'won', required: true, maxLength: null, choices: ['new', 'won'] },
      { name: 'dueAt', label: 'Due at', type: 'date-time', value: '2026-03-02T09:00:00.000Z', required: true, maxLength: null, choices: [] },
      { name: 'phone', label: 'Phone number', type: 'text', value: '', required: false, maxLength: 50, choices: [] },
    ]);
    const given = { stage: 'new', dueAt: '2026-03-02T09:00:00.000Z', phone: '1', urgent: true };
    expect(parseForm({ schema }, given, { stage: 'won', phone: ' ' })).toEqual({ ok: true, request: { ...given, stage: 'won', phone: null } });
  });
});

describe('an edit', () => {
  test("changes what the form held, keeps the rest, and takes a browser's line ends as one", () => {
    expect(parseForm(mailAction, reply, { subject: ' Re: your question ', text: 'Hi\r\nAda' })).toEqual({
      ok: true,
      request: { ...reply, subject: 'Re: your question', text: 'Hi\nAda' },
    });
  });

  test('cannot reach read-only or unknown fields', () => {
    expect(parseForm(mailAction, reply, { inReplyTo: '<evil@x>', references: [], bcc: 'x@example.org', __proto__: { to: 'x@example.org' } })).toEqual({
      ok: true,
      request: reply,
    });
  });

  test.each([
    ['an address that is none', { to: 'ada' }, 'to', 'an address such as name@example.org'],
    ['a second recipient', { to: 'ada@example.org, eve@example.org' }, 'to', 'an address such as name@example.org'],
    ['a header in the subject', { subject: 'Hi\nBcc: eve@example.org' }, 'subject', 'one line without control characters'],
    ['nothing', { text: ' ' }, 'text', 'Please fill this in.'],
    ['a list where text belongs', { text: ['a'] }, 'text', 'Text was expected here.'],
  ])('%s is a problem at its field', (_what, values, field, problem) => {
    expect(parseForm(mailAction, reply, values)).toEqual({ ok: false, problems: [{ field, problem }] });
  });

  test('a number is a number', () => {
    const request = { agent: 'a', input: {}, afterDays: 3, guards: [] };
    expect(parseForm(taskSchedule, request, { afterDays: '7' })).toEqual({ ok: true, request: { ...request, afterDays: 7 } });
    expect(parseForm(taskSchedule, request, { afterDays: 'soon' })).toEqual({
      ok: false,
      problems: [{ field: 'afterDays', problem: 'A number was expected, not "soon".' }],
    });
    expect(parseForm(taskSchedule, request, { afterDays: '-1' })).toMatchObject({ ok: false, problems: [{ field: 'afterDays' }] });
  });
});

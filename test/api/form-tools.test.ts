import { expect, it } from 'vitest';
import { isRefusal } from '../../src/api/refusal.ts';
import { bodyKind, readSubmission } from '../../src/api/submission.ts';
import { submittedLead } from '../../src/api/submitted-lead.ts';

/** The lead that is made of a post. */
async function leadOf(contentType: string, body: string) {
  const kind = bodyKind(contentType);
  if (kind === null) throw new Error(`${contentType} should be known.`);
  const submission = await readSubmission(kind, contentType, Buffer.from(body));
  if (isRefusal(submission)) throw new Error(submission.detail);
  const read = submittedLead(submission, { door: 'form:contact', key: null, currency: 'EUR' });
  if ('refused' in read) throw new Error(read.refused);
  return { ...read, ...read.lead };
}

const ANNA = { name: 'Anna Berg', email: 'anna@nordlicht.example' };

it.each<readonly [string, string, object, object]>([
  [
    'flat JSON',
    'application/json',
    { name: 'Anna Berg', email: 'anna@nordlicht.example', message: 'Hello', agree: true },
    { message: 'Hello', deliveryId: null },
  ],
  [
    'one level of nesting',
    'application/json; charset=utf-8',
    { site: 'x', data: { 'Full name': 'Anna Berg', 'E-Mail': 'anna@nordlicht.example', Nachricht: 'Hallo' } },
    { message: 'Hallo' },
  ],
  ['first and last name', 'application/json', { vorname: 'Anna', nachname: 'Berg', mail: 'anna@nordlicht.example' }, {}],
  [
    'a list of names and values, as HubSpot sends',
    'application/json',
    {
      fields: [
        { name: 'firstname', value: 'Anna' },
        { name: 'lastname', value: 'Berg' },
        { name: 'email', value: 'anna@nordlicht.example' },
        { name: 'message', value: 'Hello' },
      ],
    },
    { message: 'Hello' },
  ],
  [
    'Tally',
    'application/json',
    {
      eventId: 'e-1',
      eventType: 'FORM_RESPONSE',
      createdAt: '2026-03-02T09:00:00.000Z',
      data: {
        responseId: 'r-1',
        formName: 'Contact us',
        fields: [
          { key: 'question_a', label: 'Your name', type: 'INPUT_TEXT', value: 'Anna Berg' },
          { key: 'question_b', label: 'Your email', type: 'INPUT_EMAIL', value: 'anna@nordlicht.example' },
          {
            key: 'question_c',
            label: 'Which service?',
            type: 'MULTIPLE_CHOICE',
            value: ['o-2'],
            options: [
              { id: 'o-1', text: 'Design' },
              { id: 'o-2', text: 'Web shop' },
            ],
          },
          { key: 'question_d', label: 'How can we help?', type: 'TEXTAREA', value: 'Our shop is slow.' },
          { key: 'question_e', label: 'I agree to the terms', type: 'CHECKBOXES', value: true },
        ],
      },
    },
    { message: 'Our shop is slow.\n\nWhich service?: Web shop', deliveryId: 'id e-1 anna@nordlicht.example' },
  ],
  [
    'Typeform',
    'application/json',
    {
      event_id: 'e-1',
      event_type: 'form_response',
      form_response: {
        form_id: 'f-1',
        token: 't-1',
        definition: {
          title: 'Contact',
          fields: [
            { id: 'a', title: 'What is your name?', type: 'short_text' },
            { id: 'b', title: 'And your e-mail?', type: 'email' },
            { id: 'c', title: 'What is your budget?', type: 'multiple_choice' },
            { id: 'd', title: 'Tell us about your project', type: 'long_text' },
          ],
        },
        answers: [
          { type: 'text', text: 'Anna Berg', field: { id: 'a', type: 'short_text' } },
          { type: 'email', email: 'anna@nordlicht.example', field: { id: 'b', type: 'email' } },
          { type: 'choice', choice: { label: '€ 5,000' }, field: { id: 'c', type: 'multiple_choice' } },
          { type: 'text', text: 'Our shop is slow.', field: { id: 'd', type: 'long_text' } },
        ],
      },
    },
    { message: 'Our shop is slow.', budgetMinor: 500_000, budgetCurrency: 'EUR', deliveryId: 'id e-1 anna@nordlicht.example' },
  ],
])('reads a lead from %s', async (_, contentType, body, expected) => {
  expect(await leadOf(contentType, JSON.stringify(body))).toMatchObject({ ...ANNA, ...expected });
});

it('reads a lead from Jotform, whose answers are JSON in a field of a multipart form', async () => {
  const raw = JSON.stringify({ q3_name: { first: 'Anna', last: 'Berg' }, q4_email: 'anna@nordlicht.example', q7_message: 'Hello' });
  const part = (name: string, value: string) => `------WebKitFormBoundary7MA4\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const body = `${part('formID', '1')}${part('submissionID', '77')}${part('formTitle', 'Contact')}${part('rawRequest', raw)}------WebKitFormBoundary7MA4--\r\n`;
  expect(await leadOf('multipart/form-data; boundary=----WebKitFormBoundary7MA4', body)).toMatchObject({
    ...ANNA,
    message: 'Hello',
    deliveryId: 'id 77 anna@nordlicht.example',
  });
});

it.each([
  ['Contact Form 7', { 'your-name': 'Anna Berg', 'your-email': 'anna@nordlicht.example', 'your-message': 'Hello', _wpcf7: '123' }],
  ['Elementor', { 'form_fields[name]': 'Anna Berg', 'form_fields[email]': 'anna@nordlicht.example', 'form_fields[message]': 'Hello', form_id: 'a1' }],
  ['Formspree', { name: 'Anna Berg', _replyto: 'anna@nordlicht.example', message: 'Hello', _gotcha: '' }],
  ['a French page', { nom: 'Anna Berg', courriel: 'anna@nordlicht.example', 'votre-message': 'Hello', website_confirm: '' }],
])('reads a lead from a form of %s', async (_, fields) => {
  expect(await leadOf('application/x-www-form-urlencoded', new URLSearchParams(fields).toString())).toMatchObject({
    ...ANNA,
    message: 'Hello',
    deliveryId: null,
  });
});

it('keeps plus signs, equals signs, percent signs and line ends of a form', async () => {
  const body = 'email=anna%2Bshop@nordlicht.example&message=1+%2B+1=2%0D%0A100%+sure&name=Anna+Berg';
  expect(await leadOf('application/x-www-form-urlencoded', body)).toMatchObject({ email: 'anna+shop@nordlicht.example', message: '1 + 1=2\n100% sure' });
});

it('keeps every text of a form with several', async () => {
  expect((await leadOf('application/x-www-form-urlencoded', 'email=a@nordlicht.example&message=Hello&details=Soon,+please&utm_source=ad')).message).toBe(
    'Hello\n\ndetails: Soon, please',
  );
});

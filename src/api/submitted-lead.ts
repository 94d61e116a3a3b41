import { leadColumn } from '../agents/leads/lead-columns.ts';
import { inputOf } from '../agents/leads/lead-csv.ts';
import { leadInput, newLead, normalise } from '../agents/leads/lead-input.ts';
import type { IncomingLead } from '../orchestrator/intake.ts';
import type { Field } from './field.ts';
import { type Refusal, refusal } from './refusal.ts';
import type { Submission } from './submission.ts';

/** Fields people cannot see and robots fill in; `_gotcha` and `_honey` as other form services call them. */
export const HONEYPOTS: ReadonlySet<string> = new Set(['website_confirm', '_gotcha', '_honey', '_honeypot']);

/** A post that is no lead: why, and the answer to who sent it; null = as if it had been taken. */
export interface NoLead {
  readonly refused: string;
  readonly answer: Refusal | null;
}

/** What form tools call the id of a delivery, without case and separators: Tally and Typeform, Jotform, others. */
const DELIVERY_IDS: ReadonlySet<string> = new Set(['eventid', 'submissionid', 'responseid', 'deliveryid']);

/**
 * The lead in a submission, its fields recognised by the same names as the columns of a CSV file.
 * @param key the sender's own `Idempotency-Key`, or null
 */
export function submittedLead(
  { fields }: Submission,
  { door, key, currency }: { readonly door: string; readonly key: string | null; readonly currency: string },
): IncomingLead | NoLead {
  if (fields.some(({ name, value }) => HONEYPOTS.has(name) && value.trim() !== '')) return { refused: 'a robot filled in the hidden field', answer: null };

  const columns = fields.map(({ name }) => ({ header: name, field: name === '_replyto' ? ('email' as const) : HONEYPOTS.has(name) ? null : leadColumn(name) }));
  const input = inputOf({ line: 1, fields: fields.map(({ value }) => value.trim()) }, columns);
  const message = [input['message'] ?? '', ...otherAnswers(fields, columns)].filter((text) => text !== '').join('\n\n');
  const parsed = leadInput.safeParse({ ...input, message });
  if (!parsed.success) return noAddress(input['email'] ?? '');

  const { lead, whole } = normalise(parsed.data, currency);
  // An id from the body counts together with the address: a page that sends the same one with every post loses nobody.
  const id = fields.find(({ name, value }) => value !== '' && DELIVERY_IDS.has(name.toLowerCase().replace(/[-_]/g, '')))?.value;
  const deliveryId = key !== null ? `key ${key}` : id !== undefined ? `id ${id} ${lead.email}` : null;
  return { door, deliveryId, lead: newLead(lead, door), whole, actor: 'system:intake' };
}

const noAddress = (typed: string): NoLead =>
  typed === ''
    ? {
        refused: 'no e-mail address',
        answer: refusal(422, 'An e-mail address is missing', 'Please go back and fill in your e-mail address, so that you can be answered.'),
      }
    : {
        refused: 'no usable e-mail address',
        answer: refusal(422, 'This e-mail address cannot be right', 'Please go back and check your e-mail address; it should look like anna@example.com.'),
      };

/** Further texts, and answers to questions that stand for no field of a lead: kept, below the message. */
function otherAnswers(fields: readonly Field[], columns: readonly { readonly field: string | null }[]): readonly string[] {
  const first = new Map<string, number>();
  fields.forEach(({ value }, index) => {
    const column = columns[index]?.field ?? null;
    if (column !== null && value.trim() !== '' && !first.has(column)) first.set(column, index);
  });
  return fields.flatMap(({ name, value, question }, index) => {
    const column = columns[index]?.field ?? null;
    const used = column !== null && first.get(column) === index;
    const kept = !used && (question === true || column === 'message') && /\p{L}/u.test(value) && !/^(?:true|false|on)$/i.test(value.trim());
    return kept ? [`${name.trim()}: ${value.trim()}`] : [];
  });
}

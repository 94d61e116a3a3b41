import type { Json } from '../../store/json.ts';
import type { EntityState } from '../../store/projections/entity.ts';
import type { Part } from '../card.ts';

/** Characters of somebody's message a card shows; the rest is counted. */
const QUOTED = 1_500;

const LABELS: Readonly<Record<string, string>> = {
  company: 'Company',
  role: 'Role',
  email: 'E-mail',
  phone: 'Phone',
  website: 'Website',
  country: 'Country',
  origin: 'Came in by',
  address: 'Address',
  reason: 'Reason',
};

/** The document a card is about: its facts, and what the person wrote. All of it plain text (I8). */
export function showEntity(ref: string, entity: EntityState | null): Part[] {
  if (entity === null) return [];
  const { fields } = entity;
  const facts = Object.entries(LABELS).flatMap(([field, label]) => (isShown(fields[field]) ? [{ label, value: clip(String(fields[field]), 200) }] : []));
  const budget = fields['budgetMinor'];
  if (typeof budget === 'number')
    facts.push({
      label: 'Budget',
      value: `${(budget / 100).toLocaleString('en')} ${typeof fields['budgetCurrency'] === 'string' ? fields['budgetCurrency'] : ''}`.trim(),
    });
  const parts: Part[] = facts.length > 0 ? [{ kind: 'fields', fields: facts }] : [];
  const message = fields['message'];
  if (typeof message === 'string' && message !== '')
    parts.push({
      kind: 'quote',
      who: typeof fields['name'] === 'string' && fields['name'] !== '' ? clip(fields['name'], 100) : ref,
      text: clip(message, QUOTED),
    });
  return parts;
}

const isShown = (value: Json | undefined): boolean => (typeof value === 'string' && value !== '') || typeof value === 'number';

/** Cuts a text, visibly. */
export function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)} … (${(text.length - length).toLocaleString('en')} more characters)`;
}

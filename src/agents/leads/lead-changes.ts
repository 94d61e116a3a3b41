import { type Lead, lead as leadSchema } from '../../store/entities.ts';
import type { JsonObject } from '../../store/json.ts';
import type { Known, ProposedItem } from '../agent.ts';
import type { Reason } from './spam.ts';
import { oneLine } from './text.ts';

type Field = keyof Lead;

/** A change of these fields of a lead, from what they are now; null when nothing would change. */
export function changeLead({ ref, data }: Known<'lead'>, wanted: Partial<Lead>, summary: string): ProposedItem | null {
  const now: JsonObject = leadSchema.parse(data);
  const to: JsonObject = leadSchema.parse({ ...data, ...wanted });
  const fields = Object.keys(wanted).filter((field) => JSON.stringify(now[field] ?? null) !== JSON.stringify(to[field] ?? null));
  if (fields.length === 0) return null;
  return {
    action: 'document.change',
    target: ref,
    request: { changes: fields.map((field) => ({ field, from: now[field] ?? null, to: to[field] ?? null })) },
    summary: oneLine(summary, 300),
    features: { purpose: 'place-lead' },
  };
}

/** Reasons in the size the entity takes. */
export const reasonsOf = (reasons: readonly Reason[]): Lead['reasons'] =>
  reasons.slice(0, 30).map(({ name, points, detail }) => ({ name: oneLine(name, 100), points, detail: oneLine(detail, 300) }));

const FACTS = ['phone', 'company', 'website', 'role', 'country', 'language'] as const satisfies readonly Field[];

/** What a second message of the same person adds to what is known: fills gaps, and the newer budget. */
export function newerFacts(known: Lead, newer: Lead): Partial<Lead> {
  const gaps = Object.fromEntries(FACTS.filter((field) => known[field] === null && newer[field] !== null).map((field) => [field, newer[field]]));
  const budget = newer.budgetMinor === null ? {} : { budgetMinor: newer.budgetMinor, budgetCurrency: newer.budgetCurrency };
  const { address, domain, company, phone, name } = known.keys;
  const keys = {
    address,
    domain: domain ?? newer.keys.domain,
    company: company ?? newer.keys.company,
    phone: phone ?? newer.keys.phone,
    name: name ?? newer.keys.name,
  };
  return { ...gaps, ...budget, keys };
}

import type { Lead } from '../../store/entities.ts';
import type { Company } from '../company.ts';
import type { Facts } from './letters.ts';
import { cut, oneLine } from './text.ts';

type Addressee = Pick<Lead, 'name' | 'company' | 'website' | 'budgetMinor'>;

/** What a letter may say: our own facts, and of theirs only what is harmless in a mail under our name (I8). */
export function mailFacts(lead: Addressee, company: Company): Facts {
  const name = safeName(lead.name);
  const askBudget = lead.budgetMinor === null ? '' : null;
  const askWebsite = lead.website === null ? '' : null;
  return {
    name,
    'no name': name === null ? '' : null,
    'their company': safeCompany(lead.company),
    company: oneLine(company.company, 100),
    offer: oneLine(company.offer, 500),
    sender: oneLine(company.sender.name, 100),
    'ask budget': askBudget,
    'ask website': askWebsite,
    ask: askBudget ?? askWebsite,
  };
}

/** A name fit to greet with, first name first, or null: letters only, at most four words, no sentence, no address. */
export function safeName(name: string): string | null {
  const line = oneLine(name, 80);
  const ordered = line.replace(/^([^,]+), *([^,]+)$/, '$2 $1');
  return /^[\p{L}\p{M}.'’ -]{2,60}$/u.test(ordered) &&
    ordered.split(' ').length <= 4 &&
    /\p{L}{2}/u.test(ordered) &&
    !/\p{L}\.\p{L}{2}/u.test(ordered) &&
    !/https?|www/i.test(ordered)
    ? cased(ordered)
    : null;
}

/** A company's name fit for a sentence of ours, or null. */
export function safeCompany(company: string | null): string | null {
  const line = oneLine(company ?? '', 80);
  return /^[\p{L}\p{M}\p{N}&.,'’()+ -]{2,60}$/u.test(line) && !/www\.|https?|\.\p{L}{2,}(?: |$)/iu.test(line) ? line : null;
}

/** `tom ashdown` and `TOM ASHDOWN` → `Tom Ashdown`; a name with both cases stays as it was written. */
const cased = (name: string): string =>
  name === name.toLowerCase() || (name === name.toUpperCase() && name.length > 3)
    ? name.toLowerCase().replace(/(?<!\p{L})\p{L}/gu, (letter) => letter.toUpperCase())
    : name;

/** One line that may stand as a subject: no controls, at most 150 characters. */
export const subjectLine = (text: string): string => cut(oneLine(text, 200), 150);

import { z } from 'zod';
import type { Lead } from '../../store/entities.ts';
import { bareDomain, canonicalAddress, companyDomain, domainOf, localPart, tidyAddress, websiteDomain } from './address.ts';
import { budgetInText, parseBudget } from './budget.ts';
import { companyKey } from './company-name.ts';
import { guessLanguage } from './language.ts';
import { nameKey, nameParts, namePartsOfMailbox } from './person-name.ts';
import { phoneKey } from './phone.ts';
import { clean, cut, oneLine } from './text.ts';

const optional = z.string().optional();

/** All a door may deliver: only the address must be there, and usable. Other text is cut to size, not refused. */
export const leadInput = z.object({
  email: z.string().transform(tidyAddress).pipe(z.email('expected an e-mail address such as anna@example.com').max(254)),
  name: optional,
  phone: optional,
  company: optional,
  website: optional,
  /** Job title. */
  role: optional,
  country: optional,
  /** Free text such as `5-10k EUR`. */
  budget: optional,
  message: optional,
});
export type LeadInput = z.infer<typeof leadInput>;

/** The fields of a lead that follow from what came in. */
export type NormalLead = Pick<
  Lead,
  'name' | 'email' | 'phone' | 'company' | 'website' | 'role' | 'country' | 'language' | 'budgetMinor' | 'budgetCurrency' | 'message' | 'keys'
>;

const MESSAGE = 4000;

/**
 * The one form of a lead, whatever it came through. Its message is cut to 4,000 characters;
 * `whole` has all of it, or null when nothing was cut. Linear in the length of what came.
 * @param currency of amounts without one
 */
export function normalise(input: LeadInput, currency = 'EUR'): { readonly lead: NormalLead; readonly whole: string | null } {
  const { email } = input;
  const text = clean(input.message ?? '');
  const message = cut(text, MESSAGE);
  const name = oneLine(unformula(input.name ?? ''), 200);
  const company = filled(input.company, 200);
  const country = filled(input.country, 100);
  const phone = filled(input.phone, 50);
  const site = websiteDomain(input.website ?? '');
  const domain = site ?? companyDomain(email);
  const budget = parseBudget(input.budget ?? '', country, currency) ?? budgetInText(message, country);
  const parts = nameParts(name);

  const lead: NormalLead = {
    name,
    email,
    phone,
    company,
    website: site === null ? domain : filled(input.website, 300),
    role: filled(input.role, 200),
    country,
    language: guessLanguage(message),
    budgetMinor: budget?.minor ?? null,
    budgetCurrency: budget?.currency ?? null,
    message,
    keys: {
      address: canonicalAddress(email),
      domain: domain === null ? null : cut(bareDomain(domain), 253),
      company: company === null ? null : companyKey(company),
      phone: phone === null ? null : phoneKey(phone),
      name: nameKey(parts.length > 1 ? parts : namePartsOfMailbox(localPart(email))) ?? nameKey(parts),
    },
  };
  return { lead, whole: message === text ? null : text };
}

/** A lead as it is first stored. */
export const newLead = (normal: NormalLead, origin: string): Lead => ({
  ...normal,
  messageBlob: null,
  origin: oneLine(origin, 200),
  stage: 'new',
  score: null,
  reasons: [],
  duplicateOf: null,
  contactedAt: null,
  repliedAt: null,
  bouncedAt: null,
  optedOutAt: null,
});

/** A spreadsheet's formula around a name: `=HYPERLINK("…","Ana")` → `Ana`. The formula's own text stays text elsewhere. */
function unformula(name: string): string {
  if (!/^\s*[=+@-]\s*\w+\(/.test(name)) return name;
  return /"([^"]{1,200})"\)?\s*$/.exec(name.slice(0, 1000))?.[1] ?? name;
}

function filled(text: string | undefined, max: number): string | null {
  const line = oneLine(text ?? '', max);
  return /[\p{L}\p{N}]/u.test(line) && !/^(?:n\/?a|none|null|undefined|unknown|keine?)$/i.test(line) ? line : null;
}

/** Domains a lead may belong to: of its website and of its address. */
export const domainsOf = (lead: Pick<NormalLead, 'email' | 'keys'>): readonly string[] => [
  ...new Set([lead.keys.domain, companyDomain(lead.email)].flatMap((domain) => domain ?? [])),
];

/** At a free provider, or shared by strangers. */
export const isPrivateAddress = (email: string): boolean => companyDomain(email) === null || domainOf(email) === '';

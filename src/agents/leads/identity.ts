import { domainOf, localPart } from './address.ts';
import { domainIsNamedAfter, sameCompanyName } from './company-name.ts';
import { domainsOf, type NormalLead } from './lead-input.ts';
import { compareNames, type NameMatch, nameParts, namePartsOfMailbox } from './person-name.ts';
import { samePhone } from './phone.ts';
import { editDistance, words } from './text.ts';

export type Comparable = Pick<NormalLead, 'name' | 'email' | 'phone' | 'message' | 'keys'>;

/** Where to look a lead up: fields of stored leads with the value that one of the same person may have. */
export function blockingKeys(lead: Comparable): readonly { readonly field: string; readonly value: string }[] {
  const { address, company, phone, name } = lead.keys;
  const single = { address, company, phone, name };
  return [
    ...Object.entries(single).flatMap(([key, value]) => (value === null ? [] : [{ field: `keys.${key}`, value }])),
    ...domainsOf(lead).map((value) => ({ field: 'keys.domain', value })),
  ];
}

/**
 * Why two leads are the same person's, or null. One address is one person; else the name must
 * fit and something else must agree (company, telephone, what was written). Colleagues with
 * different names, and strangers with equal names, stay apart.
 */
export function sameLead(a: Comparable, b: Comparable): string | null {
  if (a.keys.address !== null && a.keys.address === b.keys.address) return 'same e-mail address';
  const names = namesOf(a, b);
  const company = sameCompany(a, b);
  const phone = a.keys.phone !== null && a.keys.phone === b.keys.phone && samePhone(a.phone ?? '', b.phone ?? '');
  const nameless = partsOf(a).length === 0 || partsOf(b).length === 0;

  // At one telephone of one company: a form of the name nobody listed.
  if (phone && company !== null && halfTheName(nameParts(a.name), nameParts(b.name))) return 'same telephone number and company, name fits';
  if (phone && (names === 'same' || names === 'alike' || (names === null && (nameless || company !== null)))) return 'same telephone number';
  if (company !== null && sameWords(a.message, b.message)) return `same words, ${company.why}`;
  if (names === 'same' && company !== null) return `same name, ${company.why}`;
  if (names === 'alike' && company?.sure === true) return `name fits, ${company.why}`;
  if (names !== 'same' || partsOf(a).length < 2 || partsOf(b).length < 2) return null;
  if (misspelt(a.email, b.email)) return 'same name, address misspelt';
  if (sameWords(a.message, b.message)) return 'same name, same words';
  if (speaksOf(a, b) || speaksOf(b, a)) return 'same name, speaks of the same company';
  return null;
}

/** One first name; or one family name with one initial. */
function halfTheName([first = '', ...restA]: readonly string[], [other = '', ...restB]: readonly string[]): boolean {
  if (first === other) return first.length > 1;
  return restA.length > 0 && restA.at(-1) === restB.at(-1) && first[0] === other[0];
}

/** The given names decide; what the addresses say helps where those do not fit. */
function namesOf(a: Comparable, b: Comparable): NameMatch {
  const given = compareNames(partsOf(a), partsOf(b));
  const [mailboxA, mailboxB] = [namePartsOfMailbox(localPart(a.email)), namePartsOfMailbox(localPart(b.email))];
  // One name in two scripts: only the addresses can tell, and they never tell apart.
  const boxes = compareNames(mailboxA, mailboxB);
  if (given === null) return boxes === 'same' || boxes === 'alike' ? 'alike' : null;
  if (given !== 'different') return given;
  const crossed = [
    [mailboxA, partsOf(b)],
    [partsOf(a), mailboxB],
    [mailboxA, mailboxB],
  ] as const;
  return crossed.some(([left, right]) => left.length > 1 && right.length > 1 && compareNames(left, right) === 'same') ? 'alike' : 'different';
}

/** The name as given; where it is missing or only one word, with what the address says. */
function partsOf({ name, email }: Comparable): readonly string[] {
  const given = nameParts(name);
  if (given.length > 1) return given;
  const mailbox = namePartsOfMailbox(localPart(email));
  if (given.length === 0) return mailbox;
  return mailbox.length > 1 && mailbox.includes(given[0] ?? '') ? mailbox : given;
}

function sameCompany(a: Comparable, b: Comparable): { readonly sure: boolean; readonly why: string } | null {
  const theirs = domainsOf(b);
  const shared = domainsOf(a).find((domain) => theirs.includes(domain));
  if (shared !== undefined) return { sure: true, why: 'same domain' };
  const named = sameCompanyName(a.keys.company, b.keys.company);
  if (named === 'same') return { sure: true, why: 'same company' };
  if (domainsOf(a).some((domain) => domainIsNamedAfter(domain, b.keys.company)) || theirs.some((domain) => domainIsNamedAfter(domain, a.keys.company)))
    return { sure: true, why: 'domain named after the company' };
  return named === 'similar' ? { sure: false, why: 'similar company' } : null;
}

/** `anna@acme.exmaple` for `anna@acme.example`: one mailbox, nearly one domain. */
function misspelt(a: string, b: string): boolean {
  return localPart(a).length >= 4 && localPart(a) === localPart(b) && editDistance(domainOf(a), domainOf(b), 2) <= 2;
}

/** Two messages of at least eight words of which most are shared. */
function sameWords(a: string, b: string): boolean {
  const left = new Set(words(a));
  const right = new Set(words(b));
  if (left.size < 8 || right.size < 8) return false;
  let shared = 0;
  for (const word of left) if (right.has(word)) shared += 1;
  return shared / (left.size + right.size - shared) >= 0.6;
}

/** The one's message names the other's company or domain. */
function speaksOf(one: Comparable, other: Comparable): boolean {
  const text = ` ${words(one.message).join(' ')} `;
  const names = [other.keys.company, other.keys.domain === null ? null : words(other.keys.domain).join(' ')];
  return names.some((name) => name !== null && name.length >= 5 && text.includes(` ${name} `));
}

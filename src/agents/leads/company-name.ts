import { editDistance, fold, words } from './text.ts';

// Legal forms, written with or without dots and spaces between their letters.
const FORMS: ReadonlySet<string> = new Set(
  `gmbh mbh ug haftungsbeschrankt ag kg kgaa ohg gbr ek ev eg co compagnie cie sas sasu sarl eurl sa snc sci spa srl srls sapa sl slu sc bv nv vof cv
ltd limited plc llp llc lp inc incorporated corp corporation company ab as asa aps oy oyj sp z oo zoo spzoo spolka kft zrt bt doo dd sro spol ltda lda eireli mei pty pvt private pte kk fze fzco fz sti
japan gruppe group holding`.split(/\s+/),
);

/** A company's name as it is compared: without legal form, accents and punctuation; null when nothing is left. */
export function companyKey(name: string): string | null {
  const parts = unumlaut(
    words(
      name
        .replace(/株式会社|有限会社|合同会社|\(株\)|شركة/g, ' ')
        .replaceAll('&', ' and ')
        .replace(/\b(?:\p{L}\.\s?){2,5}/gu, (letters) => `${letters.replace(/[.\s]/g, '')} `),
    ).join(' '),
  )
    .split(' ')
    .filter((part) => part !== '');
  const core = parts.filter((part, index) => !(index > 0 && FORMS.has(part)) && !(index === 0 && parts.length > 1 && FORMS.has(part) && part.length <= 4));
  const kept = core.filter((part) => part !== 'and' && part !== 'und' && part !== 'the');
  const key = (kept.length > 0 ? kept : parts).join(' ');
  return key === '' ? null : key.slice(0, 200);
}

/** `Mueller` and `Müller` are one name; so are `Weiß` and `Weiss`. */
export const unumlaut = (folded: string): string => folded.replace(/ae/g, 'a').replace(/oe/g, 'o').replace(/ue/g, 'u');

const squash = (text: string): string => text.replace(/[^\p{L}\p{N}]+/gu, '');

/** The same company as far as names tell: equal, equal without spaces; or similar: one the other with a word more, a slip, initials. */
export function sameCompanyName(a: string | null, b: string | null): 'same' | 'similar' | null {
  if (a === null || b === null) return null;
  if (squash(a) === squash(b)) return 'same';
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  const outer = new Set(long.split(' '));
  const inner = short.split(' ');
  if (short.length >= 4 && inner.every((part) => outer.has(part))) return 'similar';
  const slips = short.length >= 10 ? 2 : 1;
  if (short.length >= 6 && editDistance(squash(a), squash(b), slips) <= slips) return 'similar';
  const initials = long.split(' ').map((part) => part[0] ?? '');
  return initials.length >= 3 && initials.join('') === squash(short) ? 'similar' : null;
}

/** Whether a domain is named after the company: `nordlicht-studio.example` and `nordlicht studio`. */
export function domainIsNamedAfter(domain: string | null, company: string | null): boolean {
  if (domain === null || company === null || company.length < 4) return false;
  return domain.split('.').some((part) => squash(unumlaut(fold(part))) === squash(company));
}

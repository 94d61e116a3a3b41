import { unumlaut } from './company-name.ts';
import { editDistance, words } from './text.ts';

const TITLES: ReadonlySet<string> = new Set(
  'mr mrs ms miss mister sir dr prof professor herr frau fr hr mme mlle monsieur madame sr sra srta don dona sig signor signora dott dottssa ing dipl mag phd mba msc ba de van von der den la le el del di da do dos zu zur y'.split(
    ' ',
  ),
);

const NICKNAMES: readonly ReadonlySet<string>[] =
  `alexander alexandra alex sasha|andrew andy|andreas andi|anthony tony antonio|benjamin benedikt benedict ben|catherine katherine kate katie kathy cathy|charles charlie|christopher christoph christian chris|
daniel dan danny|david dave|edward ed eddie|elizabeth elisabeth liz beth lisa sissi|frederick frederic fred|friedrich fritz|gregory greg|james jim jimmy|jennifer jenny jen|johannes hannes johann|john johnny jack|jonathan jon|joseph joe josef sepp|
joshua josh|jose pepe|francisco paco|katarzyna kasia|agnieszka aga|malgorzata gosia|magdalena magda lena|margaret maggie meg peggy|matthew matt matthias matze|maximilian max|michael mike mick michi|nicholas nicolas nick nico|
patrick pat paddy|peter pete|philip phil philipp|rebecca becky|richard rick dick|robert rob bob bobby bert|samuel sam samantha|stephen steven steve stefan|stefanie stephanie steffi|susan sue susanne|thomas tom tommy|timothy tim|terrence terence terry|
ulrich uli ulf|victoria vicky|vincent vince|william will bill willi wilhelm|giuseppe beppe|luis lucho|ignacio nacho|zuzanna zuza|aleksandra ola|joanna asia`
    .split('|')
    .map((group) => new Set(group.trim().split(/\s+/)));

/** First and last names, titles and markup left out: what names are compared by. `Weber, Anna` is turned round. */
export const nameParts = (name: string): string[] =>
  words(
    name
      .slice(0, 400)
      .replace(/<[^<>]{0,40}>|@(?:everyone|here|channel)/gi, ' ')
      .replace(/^([^,]+),([^,]+)$/, '$2 $1'),
  )
    .map(unumlaut)
    .filter((part) => !TITLES.has(part))
    .slice(0, 8);

/** The parts of a name in one order: `Anna Weber` and `Weber Anna` are one key. */
export const nameKey = (parts: readonly string[]): string | null => parts.toSorted().join(' ').slice(0, 200) || null;

const ROLE_MAILBOX =
  /^(?:info|contact|kontakt|contacto|hello|hallo|hi|hola|office|mail|post|sales|team|admin|support|service|shop|web|me|enquir(?:y|ies)|booking|billing|noreply)\d*$/;

/** The name in an address such as `anna.weber@…`, or no parts for `info@…`. */
export function namePartsOfMailbox(local: string): string[] {
  const bare = local.replace(/\+.*$/, '');
  return ROLE_MAILBOX.test(bare) ? [] : nameParts(bare.replace(/[._\-\d]+/g, ' '));
}

/** `same`: surely one name. `alike`: one fits into the other (initials, a part, a misspelling). null: nothing to compare. */
export type NameMatch = 'same' | 'alike' | 'different' | null;

export function compareNames(a: readonly string[], b: readonly string[]): NameMatch {
  if (a.length === 0 || b.length === 0 || isLatin(a) !== isLatin(b)) return null;
  if (nameKey(a) === nameKey(b) || a.join('') === b.join('')) return 'same';
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  const left = [...long];
  let weakest: NameMatch = short.length === 1 ? 'alike' : 'same';
  let full = 0;
  // What is certain first, so that an initial or a slip does not take another part's place.
  for (const part of [...short].sort((x, y) => Number(long.includes(y)) - Number(long.includes(x)) || y.length - x.length)) {
    const exact = left.findIndex((other) => samePart(part, other));
    const found = exact >= 0 ? exact : left.findIndex((other) => alikePart(part, other) || (full > 0 && isLastName(part, a, b) && oneLetterApart(part, other)));
    if (found < 0) return 'different';
    if (exact < 0) weakest = 'alike';
    if (part.length > 1 && (left[found] ?? '').length > 1) full += 1;
    left.splice(found, 1);
  }
  return full === 0 ? 'different' : weakest;
}

const samePart = (a: string, b: string): boolean => a === b || NICKNAMES.some((group) => group.has(a) && group.has(b));

const isLatin = (parts: readonly string[]): boolean => /\p{Script=Latin}/u.test(parts.join(''));

/** Of two people with one first name; Anna and Anja Weber are two. */
const isLastName = (part: string, a: readonly string[], b: readonly string[]): boolean => a[0] !== part && b[0] !== part && a[0] === b[0];

/** `bradey` and `brady`; with the first name equal, that is a slip. */
const oneLetterApart = (a: string, b: string): boolean => Math.min(a.length, b.length) >= 4 && editDistance(a, b, 1) <= 1;

/** An initial, two neighbours swapped, one letter written double, or one letter wrong in a long part. */
function alikePart(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (short.length === 1) return long.startsWith(short);
  if (undouble(a) === undouble(b)) return true;
  // Ron and Ronald; but Julia and Julian, Martin and Martina are two.
  if (short.length >= 3 && long.startsWith(short) && long.length >= short.length + 3) return true;
  if (short.length < 4 || editDistance(a, b, 1) > 1) return false;
  const swapped = a.length === b.length && [...a].sort().join('') === [...b].sort().join('');
  // Julia and Julian, Maria and Mario: names of two people differ at the end.
  return swapped || (short.length >= 5 && a.slice(-2) === b.slice(-2));
}

const undouble = (part: string): string => part.replace(/(.)\1+/gu, '$1');

import { domainOf } from './address.ts';
import { asksFor } from './asking.ts';
import { isDisposable } from './free-mail.ts';
import { stopWordCount } from './language.ts';
import { domainsOf, isPrivateAddress, type NormalLead } from './lead-input.ts';
import { compilePhrases, phraseList } from './phrases.ts';
import { SPAM_TOPICS } from './spam-phrases.ts';
import { PITCH_WORDS } from './spam-words.ts';
import { fold, searchable, words } from './text.ts';

/** Something to be said about a lead that has a name; what it weighs is learned from examples. */
export interface Sign {
  readonly name: string;
  /** How much of it there is, 0 to 2. */
  readonly strength: number;
  readonly detail: string;
}

/**
 * Log-odds towards spam that a sign has before anything is learned, and keeps where no example shows it.
 * Every sign is named here.
 */
export const SIGN_PRIORS: ReadonlyMap<string, number> = new Map([
  ...SPAM_TOPICS.map(({ name, points }) => [name, points / 40] as const),
  ['Words of a pitch', 1],
  ['Asks for something', -0.8],
  ['Asks for nothing', 0.5],
  ['Speaks of what is yours', 0.3],
  ['Sells by profession', 0.5],
  ['Names prices or percentages', 0.3],
  ['Speaks of what we do', -0.5],
  ['Speaks of what we do and asks', -0.5],
  ['Names a budget', -0.5],
  ['Leaves a telephone number', -0.3],
  ['Names a role', 0],
  ['Names a company', -0.3],
  ['Asks a question', 0],
  ['Many links', 1.5],
  ['Link to another site', 0.5],
  ['Hides where a link leads', 1.2],
  ['Markup for links', 2],
  ['The name is a link', 2],
  ['Loud symbols', 1],
  ['Loud punctuation', 0.5],
  ['Nearly all capitals', 0.8],
  ['Throw-away address', 1.2],
  ['Letters of two scripts in one word', 2],
  ['Words disguised with digits', 1.2],
  ['No readable words', 3],
  ['Repeats itself', 2],
  ['Says nothing', 2.5],
  ['Another script, no company', 0.8],
]);

const TOPICS = SPAM_TOPICS.map(({ name, phrases }) => ({ name, phrases: compilePhrases(phrases) }));

const YOUR = compilePhrases(
  phraseList(
    `your|yours|ihre|ihr|ihren|ihrem|ihrer|ihres|deine|dein|deinem|deinen|votre|vos|ton|ta|su|sus|tu|tus|suo|sua|sue|suoi|vostro|vostra|vostri|vostre|tuo|tua|tue|seu|seus|suas|teu|vosso|vossa|uw|jouw|panstwa|twoj|twoja|twoje|twoja|wasz|wasza|waszej|ваш*|ваше*|您|你的|贵公司|贵司|貴社|御社|あなた|귀사|당신|لك|لكم|موقعك|عملك|sizin|siteniz|isletmeniz|firmaniz`,
  ),
);
const SELLS = compilePhrases(
  phraseList(
    `sales*|vertrieb*|commercial*|handlowiec|handlowy|business development*|account manager|account executive|outreach*|seo*|marketing executive|marketing specialist|export*|adviser|adviseur|advisor|asesor*|consulente|consultor*|verkoper|venditore|vendedor|ventas|vendas|gestor de trafego|trafego|nominations|lead generation*|link building*|growth hacker|partnerships|media buyer|promo*|offer*|deals`,
  ),
);
const PRICED = /\d ?%|[$€£¥₹]\s?\d|\d\s?(?:[$€£]|eur\b|euro|usd\b|dollar|zł|tl\b)|\d+ ?x\b|\b24 ?\/ ?7\b|24h|\d ?btc\b/i;

/**
 * All signs of a lead, good and bad. Pure; linear in the text.
 * @param topical the message speaks of what the company does
 */
export function signsOf(lead: NormalLead, topical: boolean): readonly Sign[] {
  const message = searchable(unmask(lead.message));
  const role = searchable(`${lead.role ?? ''} . ${lead.name}`);
  const many = (name: string, found: readonly string[], most = 4): Sign[] =>
    found.length === 0 ? [] : [{ name, strength: Math.min(found.length, most) / most + 0.5, detail: found.slice(0, 4).join(', ') }];
  const asked = asksFor(lead.message);
  const fact = (name: string, holds: boolean, detail = ''): Sign[] => (holds ? [{ name, strength: 1, detail: detail.slice(0, 100) }] : []);
  return [
    ...TOPICS.flatMap(({ name, phrases }) => many(name, phrases.in(message), 3)),
    ...many('Words of a pitch', PITCH_WORDS.in(message), 5),
    ...many('Asks for something', asked, 3),
    ...fact('Asks for nothing', asked.length === 0),
    ...many('Speaks of what is yours', YOUR.in(message), 3),
    ...many('Sells by profession', SELLS.in(role), 1),
    ...fact('Names prices or percentages', PRICED.test(lead.message), PRICED.exec(lead.message)?.[0]),
    ...fact('Speaks of what we do', topical),
    ...fact('Speaks of what we do and asks', topical && asked.length > 0),
    ...fact('Names a budget', lead.budgetMinor !== null),
    ...fact('Leaves a telephone number', lead.phone !== null),
    ...fact('Names a role', lead.role !== null),
    ...fact('Names a company', lead.company !== null),
    ...fact('Asks a question', /[?？؟]/.test(lead.message)),
    ...shapes(lead),
  ];
}

/** Signs that need no words. */
function shapes(lead: NormalLead): Sign[] {
  const { message, name, email, company } = lead;
  const found: Sign[] = [];
  const add = (reason: string, detail = '') => found.push({ name: reason, strength: 1, detail: detail.slice(0, 100) });

  const own = domainsOf(lead);
  const links = (message.match(/(?:https?:\/\/|www\.)[^\s<>"'\])]+/gi) ?? []).filter((link) => !own.some((domain) => link.toLowerCase().includes(domain)));
  const allLinks = message.match(/(?:https?:\/\/|www\.)[^\s<>"'\])]+/gi)?.length ?? 0;
  if (allLinks >= 3) add('Many links', `${allLinks}`);
  else if (links.length > 0) add('Link to another site', links[0]);
  if (/(?:bit\.ly|tinyurl\.com|t\.me|wa\.me|goo\.gl|cutt\.ly|is\.gd|ow\.ly|rebrand\.ly|shorturl)\//i.test(message)) add('Hides where a link leads');
  if (/\[url[=\]]|<a\s[^>]{0,200}href|\[link[=\]]/i.test(message)) add('Markup for links');
  if (/https?:|www\.|\.(?:com|net|ru|xyz|top|shop|info)\b/i.test(name)) add('The name is a link', name);
  if (/[🎰💰🤑💸💊🔞🍆💋🚀🔥💎]/u.test(message)) add('Loud symbols');
  if (/!{3,}|\${3,}|>{3,}|€{3,}/.test(message)) add('Loud punctuation');
  if (isLoud(message)) add('Nearly all capitals');
  if (isDisposable(domainOf(email))) add('Throw-away address', domainOf(email));
  if (
    /\p{Script=Latin}[\p{Script=Cyrillic}\p{Script=Greek}]\p{Script=Latin}|[\p{Script=Cyrillic}]\p{Script=Latin}[\p{Script=Cyrillic}]/u.test(
      `${name} ${message}`,
    )
  )
    add('Letters of two scripts in one word');
  if (unmask(message) !== message.toLowerCase()) add('Words disguised with digits');
  if (isGibberish(message) || (message.length < 200 && isGibberish(name) && wordsOf(message).length < 4)) add('No readable words', message);
  if (repeatsItself(message)) add('Repeats itself');
  if (isEmptyTry(lead)) add('Says nothing', message);
  if (/^ru$|^zh$|^el$|^he$/.test(lead.language ?? '') && company === null && isPrivateAddress(email)) add('Another script, no company', lead.language ?? '');
  return found;
}
const wordsOf = (text: string): string[] => words(text.slice(0, 4000));

/** Sixteen words or more, of which two thirds were said before. */
function repeatsItself(message: string): boolean {
  const all = wordsOf(message);
  return all.length >= 16 && new Set(all).size / all.length < 1 / 3;
}

function isLoud(message: string): boolean {
  const upper = message.match(/\p{Lu}/gu)?.length ?? 0;
  const lower = message.match(/\p{Ll}/gu)?.length ?? 0;
  return upper > 40 && upper > lower * 2;
}

const DIGITS: Readonly<Record<string, string>> = { '0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '@': 'a', $: 's' };

/** `V1AGRA`, `Cia1is`, `c@sino` → the words meant. Other words with digits (`3ds`, `b2b`, `10k`) stay. Lower case. */
export const unmask = (message: string): string =>
  message.toLowerCase().replace(/(?<![\p{L}\p{N}])[\p{L}\d@$]{5,20}(?![\p{L}\p{N}@$])/gu, (word) => {
    const hidden = word.match(/[01345@$]/g)?.length ?? 0;
    const letters = word.match(/\p{L}/gu)?.length ?? 0;
    if (hidden === 0 || hidden > 2 || letters < 4 || !/\p{L}[01345@$]+\p{L}/u.test(word)) return word;
    const meant = word.replace(/[01345@$]/g, (sign) => DIGITS[sign] ?? sign);
    return DISGUISED.test(fold(meant)) ? meant : word;
  });
const DISGUISED = /viagra|cialis|casino|bitcoin|crypto|poker|loan|porn|sex|pills|pharma|profit|invest|money|credit|bonus|kasino|kredit|forex/;

/** Latin letters that form no words: keyboards rolled over, random strings. */
export function isGibberish(text: string): boolean {
  const all = wordsOf(text).filter((word) => /^[a-z]+$/.test(word) && word.length >= 4);
  if (all.length === 0 || stopWordCount(wordsOf(text)) > 1) return false;
  const strewn = (text.match(/\b[A-Za-z]{6,}\b/g) ?? []).filter((word) => (word.match(/[a-z][A-Z]/g)?.length ?? 0) >= 2).length;
  if (strewn / all.length >= 0.5) return true;
  const odd = all.filter(
    (word) =>
      /[bcdfghjklmnpqrstvwxz]{5}|asdf|sdfg|dfgh|fghj|ghjk|hjkl|qwer|wertz|uiop|jkl|dfg(?!h)|wert(?!y)|zxcv|xcvb|cvbn|vbnm|poiu|lkjh|mnbv|(.{2,3})\1\1|(.)\2{4}/.test(
        word,
      ) || !/[aeiouy]/.test(word),
  ).length;
  return (odd >= 1 && odd / all.length >= 0.5) || randomCase(text);
}

/** One long word with capitals strewn in: `hJkLmNqRsTuVwX`. */
const randomCase = (text: string): boolean => /^\s*[A-Za-z]{9,}\s*$/.test(text) && (text.match(/[a-z][A-Z]/g)?.length ?? 0) >= 3;

const TRIED = /^(?:(?:test+|testing|this is a test|probe|prueba|essai|prova|teste|xxx+|asd\w*|qwe\w*|abc|123\d*|foo|bar|lorem ipsum.*)(?: |$))+/;
const GREETED = /^(?:hi|hello|hey|hallo|hola|ok|yo|bonjour|ciao)?$/;

/** A form tried out, or nothing said by nobody known. */
function isEmptyTry(lead: NormalLead): boolean {
  if (lead.company !== null || lead.budgetMinor !== null || lead.role !== null) return false;
  const said = wordsOf(lead.message).join(' ');
  return (said.length < 60 && TRIED.test(said)) || (GREETED.test(said) && (lead.message !== '' || lead.name === '') && isPrivateAddress(lead.email));
}

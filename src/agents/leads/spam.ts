import { domainOf } from './address.ts';
import { asksFor } from './asking.ts';
import { isDisposable } from './free-mail.ts';
import { stopWordCount } from './language.ts';
import { domainsOf, isPrivateAddress, type NormalLead } from './lead-input.ts';
import { compilePhrases, phraseList } from './phrases.ts';
import { SPAM_TOPICS } from './spam-phrases.ts';
import { PITCH_WORDS } from './spam-words.ts';
import { fold, searchable, words } from './text.ts';

export interface Reason {
  readonly name: string;
  readonly points: number;
  readonly detail: string;
}

export interface SpamVerdict {
  readonly spam: boolean;
  /** `SPAM_FROM` and more is spam. */
  readonly points: number;
  readonly reasons: readonly Reason[];
}

export const SPAM_FROM = 50;
const TOPICS = SPAM_TOPICS.map(({ name, points, phrases }) => ({ name, points, phrases: compilePhrases(phrases) }));

/**
 * Whether a lead is spam, with a reason for each point. What its writer asks for, for themselves,
 * counts against; so an SEO agency that needs billing is a lead. Pure; linear in the text.
 * @param topical the message speaks of what the company does
 */
export function judgeSpam(lead: NormalLead, topical: boolean): SpamVerdict {
  const message = searchable(unmask(lead.message));
  const sender = searchable(`${lead.name} . ${lead.company ?? ''} . ${lead.role ?? ''} . ${domainOf(lead.email).replace(/[.-]/g, ' ')}`);
  const asked = asksFor(lead.message);
  const suspicious = [...topics(message, sender), ...pitch(message), ...shapes(lead), ...(asked.length === 0 ? unasked(lead, message, topical) : [])];
  if (suspicious.length === 0) return { spam: false, points: 0, reasons: [] };
  const reasons = [...suspicious, ...honest(lead, asked, topical)];
  const points = reasons.reduce((sum, reason) => sum + reason.points, 0);
  return { spam: points >= SPAM_FROM, points, reasons };
}

function topics(message: string, sender: string): Reason[] {
  return TOPICS.flatMap(({ name, points, phrases }) => {
    const written = phrases.in(message);
    const [first, ...more] = written;
    if (first !== undefined) return [{ name, points: points + Math.min(more.length, 2) * (points === 15 ? 0 : 10), detail: written.slice(0, 3).join(', ') }];
    const known = phrases.in(sender);
    return known[0] === undefined ? [] : [{ name: `${name} (sender)`, points: Math.min(15, points), detail: known.slice(0, 2).join(', ') }];
  });
}

function pitch(message: string): Reason[] {
  const found = PITCH_WORDS.in(message);
  return found.length === 0 ? [] : [{ name: 'Words of a pitch', points: 15 * Math.min(found.length, 4), detail: found.slice(0, 4).join(', ') }];
}

function honest(lead: NormalLead, asked: readonly string[], topical: boolean): Reason[] {
  return [
    ...(asked.length > 0 ? [{ name: 'Asks for something', points: -Math.min(50, 5 + 15 * asked.length), detail: asked.slice(0, 3).join(', ') }] : []),
    ...(topical && asked.length > 0 ? [{ name: 'Speaks of what we do', points: -15, detail: '' }] : []),
    ...(lead.budgetMinor !== null ? [{ name: 'Names a budget', points: -20, detail: '' }] : []),
    ...(lead.phone !== null ? [{ name: 'Leaves a telephone number', points: -10, detail: '' }] : []),
  ];
}

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
 * Who writes to a company wants something of it. A message that asks for nothing, is not about what the
 * company does, and says little of who wrote it, is suspect; a word of those who sell makes it spam.
 */
function unasked(lead: NormalLead, message: string, topical: boolean): Reason[] {
  if (wordsOf(lead.message).length < 5 && lead.message.length < 20) return [];
  const sells = SELLS.in(searchable(`${lead.role ?? ''} . ${lead.name}`));
  const known = lead.budgetMinor !== null || lead.phone !== null;
  const yours = YOUR.in(message);
  return [
    { name: 'Asks for nothing', points: topical ? 15 : 35, detail: '' },
    ...(known ? [] : [{ name: 'Leaves neither budget nor telephone number', points: 15, detail: '' }]),
    ...(yours.length > 0 ? [{ name: 'Speaks of what is yours', points: 10, detail: yours.slice(0, 3).join(', ') }] : []),
    ...(sells.length > 0 ? [{ name: 'Sells by profession', points: 15, detail: sells.slice(0, 2).join(', ') }] : []),
    ...(PRICED.test(lead.message) ? [{ name: 'Names prices or percentages', points: 10, detail: PRICED.exec(lead.message)?.[0] ?? '' }] : []),
  ];
}

/** Signs that need no words. */
function shapes(lead: NormalLead): Reason[] {
  const { message, name, email, company } = lead;
  const found: Reason[] = [];
  const add = (reason: string, points: number, detail = '') => found.push({ name: reason, points, detail: detail.slice(0, 100) });

  const own = domainsOf(lead);
  const links = (message.match(/(?:https?:\/\/|www\.)[^\s<>"'\])]+/gi) ?? []).filter((link) => !own.some((domain) => link.toLowerCase().includes(domain)));
  const allLinks = message.match(/(?:https?:\/\/|www\.)[^\s<>"'\])]+/gi)?.length ?? 0;
  if (allLinks >= 3) add('Many links', 40, `${allLinks}`);
  else if (links.length > 0) add('Link to another site', 15, links[0]);
  if (/(?:bit\.ly|tinyurl\.com|t\.me|wa\.me|goo\.gl|cutt\.ly|is\.gd|ow\.ly|rebrand\.ly|shorturl)\//i.test(message)) add('Hides where a link leads', 35);
  if (/\[url[=\]]|<a\s[^>]{0,200}href|\[link[=\]]/i.test(message)) add('Markup for links', 45);
  if (/https?:|www\.|\.(?:com|net|ru|xyz|top|shop|info)\b/i.test(name)) add('The name is a link', 45, name);
  if (/[🎰💰🤑💸💊🔞🍆💋🚀🔥💎]/u.test(message)) add('Loud symbols', 25);
  if (/!{3,}|\${3,}|>{3,}|€{3,}/.test(message)) add('Loud punctuation', 15);
  if (isLoud(message)) add('Nearly all capitals', 20);
  if (isDisposable(domainOf(email))) add('Throw-away address', 30, domainOf(email));
  if (
    /\p{Script=Latin}[\p{Script=Cyrillic}\p{Script=Greek}]\p{Script=Latin}|[\p{Script=Cyrillic}]\p{Script=Latin}[\p{Script=Cyrillic}]/u.test(
      `${name} ${message}`,
    )
  )
    add('Letters of two scripts in one word', 45);
  if (unmask(message) !== message.toLowerCase()) add('Words disguised with digits', 30);
  if (isGibberish(message) || (message.length < 200 && isGibberish(name) && wordsOf(message).length < 4)) add('No readable words', 60, message);
  if (isEmptyTry(lead)) add('Says nothing', 50, message);
  if (/^ru$|^zh$|^el$|^he$/.test(lead.language ?? '') && company === null && isPrivateAddress(email))
    add('Another script, no company', 25, lead.language ?? '');
  return found;
}

const wordsOf = (text: string): string[] => words(text.slice(0, 4000));

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

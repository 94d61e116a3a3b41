import { unumlaut } from './company-name.ts';
import { editDistance, words } from './text.ts';

const TITLES: ReadonlySet<string> = new Set(
  'mr mrs ms miss mister sir dr prof professor herr frau fr hr mme mlle monsieur madame sr sra srta don dona sig signor signora dott dottssa ing dipl mag phd mba msc ba de van von der den la le el del di da do dos zu zur y'.split(
    ' ',
  ),
);

// Each line or part is one name; a short form of several names stands in several.
const NICKNAMES: readonly ReadonlySet<string>[] =
  `anna annie anni|ann annie|alexander alex sasha sander xander aleksander aleksandr olek|alexandra alex sandra sasha aleksandra ola|andrew andy drew|andreas andi andy|anthony tony ant|antonio toni tonio|anton toni|benjamin benedikt benedict ben benny benji|catherine katherine katharina kathryn kate katie kathy cathy cat kathi kat|charles charlie chuck chas|
charlotte charlie lottie lotte|christopher christoph christian chris kit|christina christine christiane chris tina christa|daniel dan danny dani|daniela dani|danielle dani|david dave davey|deborah debra deb debbie|dorothy dorothea dot dottie doro thea|douglas doug|edward edmund edwin ed eddie ted ned|
eleanor eleonora ellie nell nora|elizabeth elisabeth liz lizzie beth betty eliza lisa elsa sissi lisbeth elli|emily emma em|emmanuel manuel manu|emmanuelle manuela manu|eugene gene|evelyn eve evie|florence florentine flo|florian flo|frances francesca franziska fran franny franzi|francis francisco franco frank paco fran frankie|
francois francoise fanfan|frederick frederic fred freddie|frederik rik|friedrich fritz fred|gabriel gabe|gabriele gabriela gabi gaby|geoffrey jeffrey geoff jeff|gerald jerry gerry|gerhard gerd|gerard gerry|giovanni gianni nino|giuseppe beppe peppe pino|grace gracie|gregory gregor greg|grzegorz grzes|guillaume guillermo memo|
gwendolyn gwen|hannelore hanne|harold harry hal|harriet hattie|heinrich heinz heiner|helen helena helene nell lena leni|henry harry hank|hendrik henk rik|ignacio nacho|irene reni|isabel isabella isabelle bella izzy isa|jacob jake|jacek jacus|jacqueline jackie|james jim jimmy jamie|jan janek|janet jan|jasmine jas|jean jeannie|jennifer jen jenny jenna|
jeremy jerry jem|jessica jess jessie|joan joanie|joanna joanne asia jo|johanna hanna jo|johannes hannes johann jo hans|john johnny jack jon|jonathan jon jonny|joseph joe josef sepp joey|josephine jo josie|joshua josh|jose pepe|juergen juergi|judith judy jude|julian jules|juliane juli|julia juli jules|justin jus|katarzyna kasia|agnieszka aga|malgorzata gosia|
kenneth ken kenny|kimberly kim|krzysztof krzysiek|lawrence laurence larry laurie|leonard leonardo leo len lenny leon|leonie leo|leopold leo poldi|louis lou louie|louise lou lulu|lucas lukas luke luc|lucy lucille lucia lucie|luis lucho|lydia lyddie|madeleine maddie|magdalena magda lena leni|marcus markus marc mark marco|margaret margarete maggie meg peggy marge greta gretel rita margo|
marianne mari|maria mia mitzi ria|marie mimi|martha marty|martin marty tin|martina tina|mary molly polly|matthew mathew matt matty|matthias matze matt hias|maurice mo moritz|maximilian maximiliane max maxi|maxine max|melanie mel melli|melissa mel|michael mike mick mickey michi micha mikey|michelle shelly|mikhail misha|miguel migue|mohammed mohamed muhammad mo moe|
monica monika moni|nancy nan|natalie nathalie natalia nat talia tasha|nathaniel nathan nat nate|nicholas nicolas nikolaus nick nico nicky niko klaus|nicole nicky nico|nikolai kolya|oliver olly ollie|olivia livia liv livvy|pamela pam|patricia pat patty trish tricia|patrick pat paddy|paula pauline paulina polly|penelope penny|peter pete petey|philip phil philipp phillip pip|
phyllis phyl|rachel rae|raymond ray|rebecca becky becca bex|reginald reg reggie|richard rick dick ricky rich richie|robert rob bob bobby bert robbie|roberto beto|roderick rod|ronald ron ronnie|rosalind rosemary rosamund rosalie rosa rose rosie roz|rudolf rudi|rudolph rudy|russell russ|salvatore toto salvo|samuel sam sammy|samantha sam sammy|sebastian seb basti bastian|
sidney sid|siegfried siggi|simon si|simone mona|sophia sofia sophie sofie|stanley stan|stanislaw staszek|stephen steven steve stefan stephan steffen stevie|stefanie stephanie steffi steph stef|susan susanna susanne sue susie suzy susi|sylvia silvia syl|tatiana tanya|terence terrence terry|theodore theodor theo ted teddy|theresa teresa tess tessa terri resi|thomas tom tommy thom|
timothy tim timmy|tobias toby tobi|tomasz tomek|ulrich uli ulf|ulrike uli|ursula uschi ursel|valentina vale tina|valerie val|vanessa nessa|veronica veronika vero vroni ronnie|victor vic|victoria vicky vic tori|vincent vince vinny|virginia ginny|walter walt wally|wilfred wilf|wilhelmina mina|william will bill willi wilhelm willem billy liam wim|winifred winnie|
wojciech wojtek|wolfgang wolf|yevgeny zhenya|yekaterina katya|zachary zach zack|zuzanna zuza`
    .split('|')
    .map((group) => new Set(group.trim().split(/\s+/).map(unumlaut)));

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

const samePart = (a: string, b: string): boolean =>
  a === b || NICKNAMES.some((group) => group.has(a) && group.has(b)) || isShortFor(a, b) || isShortFor(b, a) || isGlued(a, b) || isGlued(b, a);

/** `degraaf` in an address, `de Graaf` in a name. */
const isGlued = (glued: string, part: string): boolean =>
  part.length >= 4 && /^(?:de|van|vande[nr]?|von|der|den|la|le|di|da|del|al|el)$/.test(glued.slice(0, -part.length)) && glued.endsWith(part);

/** Ruthie and Ruth, Kirstie and Kirsten: a pet name's ending on at least four letters that begin the other; or Gina and Georgina. */
function isShortFor(pet: string, name: string): boolean {
  if (pet.length >= 4 && name.length >= pet.length + 3 && name.endsWith(pet)) return true;
  const stem = /^(.{4,})(?:ie|ey|y|i)$/.exec(pet)?.[1];
  return stem !== undefined && (name === stem || (name.length > pet.length && name.startsWith(undouble(stem))));
}

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

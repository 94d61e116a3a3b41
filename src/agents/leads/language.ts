import { words } from './text.ts';

const STOP_WORDS: Readonly<Record<string, string>> = {
  en: 'the and we our you your is are to for with of on that have has would could can it this need do not but from how what my i a be in at by if please hello hi looking',
  de: 'der die das und wir ihr sie ist sind fur mit von auf dass haben hat konnen kann es unser unsere unseren einen eine ein nicht aber bitte wie was ich zu im ihnen uns bei guten hallo noch auch brauchen suchen',
  fr: 'le la les et nous vous est sont pour avec de des du sur que avons notre nos votre pouvez il une un pas mais bonjour comment je au aux ce qui cherchons besoin dans par plus merci',
  es: 'el la los las y nosotros usted es son para con de del en que tenemos nuestra nuestro nuestros puede podria una un no pero hola como buenos buenas dias se por al lo me queremos necesitamos gracias',
  it: 'il lo la gli le e noi voi sono per con di del della che abbiamo nostro nostra nostri potete un una non ma salve buongiorno come si al ci dei delle vorremmo cerchiamo grazie vi nel',
  pt: 'o a os as e nos voce sao para com de do da que temos nosso nossa pode podem um uma nao mas ola bom boa dia tarde como se por ao no na em precisamos queremos obrigado obrigada voces',
  nl: 'de het en wij we u jullie is zijn voor met van op dat hebben onze ons kunnen kan een niet maar hallo hoe wat ik te in graag goedemorgen goedendag zoeken willen bij ook naar er',
  pl: 'i w z na do nie sie jest sa dla czy mamy nasz nasza nasze naszym panstwo mozecie jak dzien dobry prosze o szukamy chcemy potrzebujemy oraz ze to przez po od za ile',
};
const SETS = Object.entries(STOP_WORDS).map(([language, list]) => ({ language, list: new Set(list.split(' ')) }));

/** How a script is told from its letters; the first that holds. */
const SCRIPTS: readonly (readonly [RegExp, string])[] = [
  [/[\p{Script=Hiragana}\p{Script=Katakana}]/gu, 'ja'],
  [/\p{Script=Hangul}/gu, 'ko'],
  [/\p{Script=Han}/gu, 'zh'],
  [/\p{Script=Arabic}/gu, 'ar'],
  [/\p{Script=Hebrew}/gu, 'he'],
  [/\p{Script=Cyrillic}/gu, 'ru'],
  [/\p{Script=Greek}/gu, 'el'],
];

/** BCP 47 primary tag of a text, or null when too little tells. Looks at the first 2,000 characters. */
export function guessLanguage(text: string): string | null {
  const sample = text.slice(0, 2000);
  const letters = sample.match(/\p{L}/gu)?.length ?? 0;
  if (letters === 0) return null;
  const script = SCRIPTS.find(([pattern, language]) => (sample.match(pattern)?.length ?? 0) > letters * (language === 'ja' ? 0.1 : 0.3));
  if (script) return script[1];
  const all = words(sample);
  const ranked = SETS.map(({ language, list }) => ({ language, hits: all.filter((word) => list.has(word)).length })).sort((a, b) => b.hits - a.hits);
  const [first, second] = ranked;
  return first === undefined || first.hits < 2 || first.hits === second?.hits ? null : first.language;
}

/** How many words of a text are ordinary ones in any language known here. */
export const stopWordCount = (all: readonly string[]): number => all.filter((word) => SETS.some(({ list }) => list.has(word))).length;

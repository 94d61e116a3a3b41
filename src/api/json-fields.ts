import type { Json } from '../store/json.ts';
import { type Field, Unreadable } from './field.ts';

/** Deeper or larger than any form tool sends. */
const MAX_DEPTH = 20;
const MAX_VALUES = 20_000;

/** What form tools call a question, and its answer, in a list of them. */
const QUESTION = ['label', 'title', 'question', 'name', 'key', 'field', 'ref', 'id'];
const ANSWER = ['value', 'answer', 'text'];

/**
 * Names and values in a JSON post: flat, nested (`{ "data": { "email": … } }`), or a list of
 * questions with answers as Typeform, Tally, HubSpot and others send them. Answers come first,
 * then what stands nearer the top, so that a tool's own data never hides a visitor's.
 * @throws Unreadable
 */
export function jsonFields(text: string): readonly Field[] {
  checkSize(text);
  let body: Json;
  try {
    body = JSON.parse(text, refuseProto);
  } catch (error) {
    if (error instanceof Unreadable) throw error;
    throw new Unreadable('It is not valid JSON.');
  }
  if (body === null || typeof body !== 'object')
    throw new Unreadable('A JSON object was expected, such as {"name": "Anna", "email": "anna@example.com", "message": "…"}.');
  const found: { field: Field; depth: number }[] = [];
  collect(body, '', 0, titlesIn(body), found);
  return found.sort((a, b) => a.depth - b.depth).map(({ field }) => field);
}

/** Before parsing: nesting and number of values bound what the parsed form takes in memory. */
function checkSize(text: string): void {
  let [depth, values, inString] = [0, 0, false];
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charCodeAt(index);
    if (inString) {
      if (char === 0x5c) index += 1;
      else if (char === 0x22) inString = false;
    } else if (char === 0x22) inString = true;
    else if (char === 0x7b || char === 0x5b) depth += 1;
    else if (char === 0x7d || char === 0x5d) depth -= 1;
    else if (char === 0x2c) values += 1;
    if (depth > MAX_DEPTH) throw new Unreadable(`It is nested more than ${MAX_DEPTH} levels deep.`);
    if (values > MAX_VALUES) throw new Unreadable(`It holds more than ${MAX_VALUES} values.`);
  }
}

function refuseProto(key: string, value: Json): Json {
  if (key === '__proto__') throw new Unreadable('A field may not be named __proto__.');
  return value;
}

type Titles = ReadonlyMap<string, string>;

function collect(value: Json, name: string, depth: number, titles: Titles, found: { field: Field; depth: number }[]): void {
  if (value === null || typeof value !== 'object') {
    if (value !== null && name !== '') found.push({ field: { name, value: String(value) }, depth });
    return;
  }
  if (Array.isArray(value)) {
    const plain = scalars(value);
    if (plain !== null) return collect(plain, name, depth, titles, found);
    for (const entry of value) {
      const answer = questionAndAnswer(entry, titles);
      if (answer !== null) found.push({ field: answer, depth: -1 });
      else collect(entry, name, depth + 1, titles, found);
    }
    return;
  }
  const whole = personName(value);
  if (whole !== null && name !== '') return collect(whole, name, depth, titles, found);
  for (const [key, inner] of Object.entries(value)) {
    // Typeform's own description of the form.
    if (key !== 'definition') collect(inner, withoutNumber(key), depth + 1, titles, found);
  }
}

/** One answer in a list of them, or null. */
function questionAndAnswer(entry: Json, titles: Titles): Field | null {
  if (!isObject(entry)) return null;
  const about = isObject(entry['field']) ? entry['field'] : entry;
  const name = QUESTION.map((key) => own(about, key)).find((text) => typeof text === 'string' && text !== '');
  if (typeof name !== 'string') return null;
  // Typeform: `{ type: "email", email: "…", field: { id } }`.
  const keys = typeof entry['type'] === 'string' ? [...ANSWER, entry['type']] : ANSWER;
  const answers = keys.map((key) => own(entry, key));
  if (answers.every((answer) => answer === undefined)) return null;
  const value = answers.map((answer) => answerText(answer ?? null, entry)).find((text) => text !== '') ?? '';
  const id = own(about, 'id');
  return { name: (typeof id === 'string' ? titles.get(id) : undefined) ?? name, value, question: true };
}

function answerText(answer: Json, entry: { [key: string]: Json }): string {
  if (Array.isArray(answer)) {
    const options = optionTexts(entry['options']);
    return answer
      .map((one) => (typeof one === 'string' ? (options.get(one) ?? one) : answerText(one, entry)))
      .filter((text) => text !== '')
      .join(', ');
  }
  if (!isObject(answer)) return answer === null ? '' : String(answer);
  const inner = personName(answer) ?? own(answer, 'label') ?? own(answer, 'labels') ?? own(answer, 'value') ?? null;
  return isObject(inner) ? '' : answerText(inner, entry);
}

/** Tally answers a choice by the ids of its options. */
const optionTexts = (options: Json | undefined): ReadonlyMap<string, string> =>
  new Map(
    (Array.isArray(options) ? options : []).flatMap((option) =>
      isObject(option) && typeof option['id'] === 'string' && typeof option['text'] === 'string' ? [[option['id'], option['text']] as const] : [],
    ),
  );

/** Typeform answers by the ids of its fields, whose titles stand in `form_response.definition.fields`. */
function titlesIn(body: Json): Titles {
  const response = isObject(body) ? own(body, 'form_response') : undefined;
  const definition = isObject(response) ? own(response, 'definition') : undefined;
  const fields = isObject(definition) ? own(definition, 'fields') : undefined;
  return new Map(
    (Array.isArray(fields) ? fields : []).flatMap((field) =>
      isObject(field) && typeof field['id'] === 'string' && typeof field['title'] === 'string' ? [[field['id'], field['title']] as const] : [],
    ),
  );
}

/** `{ "first": "Anna", "last": "Berg" }` → `Anna Berg`, or null. */
function personName(value: { [key: string]: Json }): string | null {
  if (typeof own(value, 'first') !== 'string' && typeof own(value, 'last') !== 'string') return null;
  return ['prefix', 'first', 'middle', 'last']
    .flatMap((key) => (typeof value[key] === 'string' ? [value[key]] : []))
    .join(' ')
    .trim();
}

const scalars = (list: Json[]): string | null =>
  list.every((one) => one === null || typeof one !== 'object') ? list.filter((one) => one !== null).join(', ') : null;

/** Jotform numbers its questions: `q4_email`. */
const withoutNumber = (key: string): string => key.replace(/^q\d+_/, '');

const isObject = (value: Json | undefined): value is { [key: string]: Json } => typeof value === 'object' && value !== null && !Array.isArray(value);
const own = (object: { [key: string]: Json }, key: string): Json | undefined => (Object.hasOwn(object, key) ? object[key] : undefined);

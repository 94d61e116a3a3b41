import { type Field, Unreadable } from './field.ts';
import { jsonFields } from './json-fields.ts';
import { type Refusal, refusal } from './refusal.ts';

/** What somebody sent, before anything is made of it. */
export interface Submission {
  /** Name and value, in the order they came; one name may come several times. */
  readonly fields: readonly Field[];
  /** Of attached files, which are not kept. */
  readonly files: number;
}

export type BodyKind = 'urlencoded' | 'multipart' | 'json';

const MAX_FIELDS = 1000;
const TYPES: Readonly<Record<string, BodyKind>> = {
  'application/x-www-form-urlencoded': 'urlencoded',
  'multipart/form-data': 'multipart',
  'application/json': 'json',
};

/** What a content type says the body is, or null: nothing that is taken. */
export function bodyKind(contentType: string | undefined): BodyKind | null {
  const type = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (/^application\/[\w.-]+\+json$/.test(type)) return 'json';
  return Object.hasOwn(TYPES, type) ? (TYPES[type] ?? null) : null;
}

/** Takes a body apart. Linear in its size; what cannot be read exactly is refused rather than guessed. */
export async function readSubmission(kind: BodyKind, contentType: string, bytes: Buffer): Promise<Submission | Refusal> {
  try {
    const submission =
      kind === 'json'
        ? { fields: jsonFields(utf8(bytes)), files: 0 }
        : kind === 'multipart'
          ? await multipart(contentType, bytes)
          : { fields: urlencoded(bytes), files: 0 };
    if (submission.fields.length > MAX_FIELDS) throw new Unreadable(`It has more than ${MAX_FIELDS} fields.`);
    if (submission.fields.some(({ name }) => name === '__proto__')) throw new Unreadable('A field may not be named __proto__.');
    // Jotform's webhook is a form with the answers as JSON in one of its fields.
    const raw = submission.fields.find(({ name }) => name === 'rawRequest');
    return raw === undefined ? submission : { ...submission, fields: [...jsonFields(raw.value), ...submission.fields.filter((field) => field !== raw)] };
  } catch (error) {
    if (error instanceof Unreadable) return refusal(400, 'Not readable', error.message);
    throw error;
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true });

function utf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new Unreadable('It is not valid UTF-8. On a page in another encoding, write <form accept-charset="utf-8">.');
  }
}

const ofBinary = (text: string): string => utf8(Buffer.from(text, 'latin1'));

function urlencoded(bytes: Buffer): readonly Field[] {
  const pairs = bytes.toString('latin1').split('&', MAX_FIELDS + 1);
  return pairs.flatMap((pair) => {
    const equals = pair.indexOf('=');
    const [name, value] = equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
    return name === '' ? [] : [{ name: unescaped(name), value: unescaped(value) }];
  });
}

const unescaped = (text: string): string =>
  ofBinary(text.replaceAll('+', ' ').replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))));

async function multipart(contentType: string, bytes: Buffer): Promise<Submission> {
  // The platform's parser replaces bytes that are not UTF-8. So it is given each byte as one
  // character, and what comes out is decoded here, strictly.
  const binary = Buffer.from(bytes.toString('latin1'), 'utf8');
  const form = await new Response(binary, { headers: { 'content-type': contentType } }).formData().catch(() => null);
  if (form === null) throw new Unreadable('It is not a complete multipart form.');
  const fields: Field[] = [];
  let files = 0;
  for (const [name, value] of form) {
    if (typeof value === 'string') fields.push({ name: ofBinary(name), value: ofBinary(value) });
    else if (value.size > 0) files += 1;
  }
  return { fields, files };
}

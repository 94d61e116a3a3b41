import { z } from 'zod';
import type { FormField, FormProblem, FormValues } from '../../bot/card.ts';
import type { Json, JsonObject } from '../../store/json.ts';
import type { Action } from './action.ts';

/** One property of the request as its JSON Schema tells it, `.meta({ title, multiline, readOnly })` included. */
const property = z.object({
  type: z.string().optional(),
  format: z.string().optional(),
  enum: z.array(z.union([z.string(), z.number()])).optional(),
  maxLength: z.number().optional(),
  title: z.string().optional(),
  multiline: z.boolean().optional(),
  readOnly: z.boolean().optional(),
});
type Property = z.infer<typeof property>;
const objectSchema = z.object({ properties: z.record(z.string(), property.extend({ anyOf: z.array(property).optional() })) });

interface Editable {
  readonly name: string;
  readonly label: string;
  readonly type: FormField['type'];
  readonly nullable: boolean;
  readonly maxLength: number | null;
  readonly choices: readonly string[];
}

function typeOf({ type, format, enum: choices, multiline }: Property): FormField['type'] | null {
  if (choices) return 'choice';
  if (type === 'number' || type === 'integer') return 'number';
  if (type !== 'string') return null;
  if (format === 'date-time') return 'date-time';
  return multiline ? 'multiline' : 'text';
}

/** The fields a person can edit; nested and `readOnly` ones are left out. */
function editable(schema: z.ZodType): readonly Editable[] {
  const parsed = objectSchema.safeParse(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
  if (!parsed.success) return [];
  return Object.entries(parsed.data.properties).flatMap(([name, { anyOf, ...own }]) => {
    const some = (anyOf ?? []).filter(({ type }) => type !== 'null');
    // A nullable field is `anyOf` of itself and null; any other union is kept as it is.
    if (anyOf && some.length !== 1) return [];
    const field = { ...some[0], ...own };
    const type = field.readOnly ? null : typeOf(field);
    if (type === null) return [];
    return [
      {
        name,
        label: field.title ?? words(name),
        type,
        nullable: anyOf !== undefined,
        maxLength: field.maxLength ?? null,
        choices: (field.enum ?? []).map(String),
      },
    ];
  });
}

/** `inReplyTo` → `In reply to` */
const words = (name: string): string => {
  const spaced = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
};

/** The form in which a person edits a request; empty when nothing in it can be edited. Pure. */
export const editForm = (action: Pick<Action, 'schema'>, request: JsonObject): readonly FormField[] =>
  editable(action.schema).map(({ nullable, ...field }) => {
    const value = request[field.name];
    return { ...field, value: value === null || value === undefined ? '' : String(value), required: !nullable };
  });

export type ParsedForm = { readonly ok: true; readonly request: JsonObject } | { readonly ok: false; readonly problems: readonly FormProblem[] };

/**
 * The request with the form's values in it, checked by the action's schema. What the form does
 * not hold (nested and `readOnly` fields, names it never had) stays as it was. Pure.
 */
export function parseForm(action: Pick<Action, 'schema'>, request: JsonObject, values: FormValues): ParsedForm {
  const problems: FormProblem[] = [];
  const edited: Record<string, Json> = {};
  for (const field of editable(action.schema)) {
    if (!Object.hasOwn(values, field.name)) continue;
    const read = readValue(field, values[field.name]);
    if ('problem' in read) problems.push({ field: field.name, problem: read.problem });
    else edited[field.name] = read.value;
  }
  const parsed = action.schema.safeParse({ ...request, ...edited });
  if (!parsed.success) {
    const known = new Set(problems.map(({ field }) => field));
    for (const { path, message } of parsed.error.issues) {
      const field = String(path[0] ?? '');
      if (!known.has(field)) problems.push({ field, problem: message });
    }
  }
  return parsed.success && problems.length === 0 ? { ok: true, request: parsed.data } : { ok: false, problems };
}

function readValue({ type, nullable, choices }: Editable, given: Json | undefined): { readonly value: Json } | { readonly problem: string } {
  if (typeof given !== 'string' && typeof given !== 'number') return { problem: 'Text was expected here.' };
  // Browsers post a text area's line ends as CRLF.
  const text = String(given).replace(/\r\n?/g, '\n');
  if (text.trim() === '') return nullable ? { value: null } : { problem: 'Please fill this in.' };
  switch (type) {
    case 'number': {
      const number = Number(text.trim());
      return Number.isFinite(number) ? { value: number } : { problem: `A number was expected, not ${JSON.stringify(text.slice(0, 40))}.` };
    }
    case 'choice':
      return choices.includes(text) ? { value: text } : { problem: `Choose one of: ${choices.join(', ')}.` };
    case 'multiline':
      return { value: text };
    case 'text':
    case 'date-time':
      return { value: text.trim() };
    default:
      return type satisfies never;
  }
}

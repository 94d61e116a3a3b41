import { isMap, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { type Playbook, PlaybookError } from '../agent.ts';
import { type Money, parseBudget } from './budget.ts';
import { compilePhrases, type Phrases } from './phrases.ts';

const field = z.enum(['message', 'company', 'role', 'country', 'website']);
const fact = z.enum(['company', 'business-address', 'website', 'phone', 'role', 'budget', 'request']);
const phrases = z.array(z.coerce.string().min(1).max(100)).min(1).max(1000);
const criterionSchema = z
  .strictObject({
    name: z.string().min(1).max(100),
    /** Points when it holds. */
    weight: z.number().min(0).max(100),
    /** Any of these words, in any of these places … */
    words: phrases.optional(),
    in: z.array(field).min(1).default(['message']),
    /** … or any of these facts is known. */
    has: z.array(fact).min(1).optional(),
  })
  .refine(({ words, has }) => (words === undefined) !== (has === undefined), 'either words or has, one of the two');

const profileSchema = z.strictObject({
  /** From this score on a lead is a fit. */
  fit: z.number().min(0).max(100),
  /** Below this score it only goes into the summary. */
  unfit: z.number().min(0).max(100),
  budget: z.strictObject({ minimum: z.coerce.string(), weight: z.number().min(0).max(100) }).optional(),
  criteria: z.array(criterionSchema).min(1).max(30),
  disqualifiers: z
    .array(
      z.strictObject({ name: z.string().min(1).max(100), weight: z.number().min(0).max(200), words: phrases, in: z.array(field).min(1).default(['message']) }),
    )
    .max(30)
    .default([]),
});

export type LeadField = z.infer<typeof field>;
export type LeadFact = z.infer<typeof fact>;

export interface Criterion {
  readonly name: string;
  /** Negative where it disqualifies. */
  readonly weight: number;
  readonly phrases: Phrases | null;
  readonly in: readonly LeadField[];
  readonly has: readonly LeadFact[];
}

export interface IdealCustomer {
  readonly fit: number;
  readonly unfit: number;
  readonly budget: { readonly minimum: Money; readonly weight: number } | null;
  readonly criteria: readonly Criterion[];
  /** What the founder wrote below the front matter: for people, and for models. */
  readonly description: string;
}

/**
 * Reads `playbooks/ideal-customer.md`: front matter in YAML between `---` lines, then Markdown.
 * @throws PlaybookError
 */
export function parseIdealCustomer(markdown: string, file = 'ideal-customer.md'): IdealCustomer {
  const text = markdown.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n');
  const end = text.indexOf('\n---', 3);
  if (!text.startsWith('---\n') || end < 0) throw invalid(file, 1, 'expected the criteria between two lines of three dashes (---) at the top');
  const counter = new LineCounter();
  const document = parseDocument(text.slice(0, end + 1).replace(/^---\n/, '   \n'), { lineCounter: counter });
  const [broken] = document.errors;
  if (broken) throw invalid(file, counter.linePos(broken.pos[0]).line, broken.message.split('\n')[0] ?? 'not valid YAML');

  const parsed = profileSchema.safeParse(document.toJS());
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const path = (issue?.path ?? []).map((part) => (typeof part === 'number' ? part : String(part)));
    throw invalid(file, lineOf(document, counter, path), `${path.join('.') || 'the criteria'}: ${issue?.message ?? 'not as expected'}`);
  }
  const { fit, unfit, budget, criteria, disqualifiers } = parsed.data;
  if (unfit > fit) throw invalid(file, lineOf(document, counter, ['unfit']), `expected unfit (${unfit}) to be at most fit (${fit})`);
  const minimum = budget === undefined ? null : parseBudget(budget.minimum, null, null);
  if (budget !== undefined && minimum === null)
    throw invalid(file, lineOf(document, counter, ['budget', 'minimum']), `expected an amount with a currency such as 2000 EUR, found ${budget.minimum}`);
  return {
    fit,
    unfit,
    budget: budget === undefined || minimum === null ? null : { minimum, weight: budget.weight },
    criteria: [
      ...criteria.map(({ name, weight, words, has, in: places }) => ({
        name,
        weight,
        phrases: words === undefined ? null : compilePhrases(words),
        in: places,
        has: has ?? [],
      })),
      ...disqualifiers.map(({ name, weight, words, in: places }) => ({ name, weight: -weight, phrases: compilePhrases(words), in: places, has: [] })),
    ],
    description: text
      .slice(end + 4)
      .replace(/^[^\n]*\n?/, '')
      .trim(),
  };
}

const invalid = (file: string, line: number, problem: string): PlaybookError => new PlaybookError(file, line, problem);

export const idealCustomerPlaybook: Playbook = { name: 'ideal-customer', frontMatter: profileSchema, check: parseIdealCustomer };

/** The line of the deepest node there is on the way to `path`. */
function lineOf(document: ReturnType<typeof parseDocument>, counter: LineCounter, path: readonly (string | number)[]): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)) return counter.linePos(Number(node.range[0])).line;
  }
  return isMap(document.contents) && document.contents.range ? counter.linePos(document.contents.range[0]).line : 1;
}

import { timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { newId, type Random } from '../ports.ts';
import { CountersignError } from '../store/errors.ts';
import { sha256 } from '../store/json.ts';
import type { KeyValueStore } from '../store/log.ts';

const formSchema = z.strictObject({
  /** What people call it: `contact`, `landing-page` … */
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and dashes, such as landing-page'),
  /** The secret in its address, `/in/PATH`: whoever knows it can send leads, and nothing else. */
  path: z.string().min(1),
  /** Where a browser goes after it was sent; null: a page that says thank you. */
  redirect: z.string().nullable(),
});
export type Form = z.infer<typeof formSchema>;

// One entry for all, since a key-value store cannot list; nobody has more than a few forms.
const KEY = 'forms';
/** 130 bits. */
const PATH_CHARACTERS = 26;

/**
 * A form that may be posted to. One that is open under this name keeps its path; a redirect that
 * is given replaces its own.
 * @throws CountersignError `InvalidForm`
 */
export async function openForm(kv: KeyValueStore, random: Random, name: string, options: { readonly redirect: string | null }): Promise<Form> {
  const redirect = options.redirect === null ? null : checkRedirect(options.redirect);
  return change(kv, (forms) => {
    const open = forms.find((form) => form.name === name);
    const form = checkForm({ name, path: open?.path ?? newId(random, PATH_CHARACTERS), redirect: redirect ?? open?.redirect ?? null });
    return { forms: [...forms.filter((other) => other !== open), form], result: form };
  });
}

export const listForms = async (kv: KeyValueStore): Promise<readonly Form[]> => (await read(kv)).forms;

/** Its path answers no more, for good: opened again, the form has another one. @returns false when there was none */
export async function revokeForm(kv: KeyValueStore, name: string): Promise<boolean> {
  return change(kv, (forms) => ({ forms: forms.filter((form) => form.name !== name), result: forms.some((form) => form.name === name) }));
}

export async function findForm(kv: KeyValueStore, path: string): Promise<Form | null> {
  const wanted = Buffer.from(sha256(path));
  return (await listForms(kv)).find((form) => timingSafeEqual(Buffer.from(sha256(form.path)), wanted)) ?? null;
}

async function read(kv: KeyValueStore): Promise<{ readonly forms: readonly Form[]; readonly version: number }> {
  const stored = await kv.get(KEY);
  return { forms: stored === null ? [] : z.array(formSchema).parse(stored.value), version: stored?.version ?? 0 };
}

async function change<T>(kv: KeyValueStore, decide: (forms: readonly Form[]) => { readonly forms: readonly Form[]; readonly result: T }): Promise<T> {
  for (;;) {
    const { forms, version } = await read(kv);
    const decided = decide(forms);
    if ((await kv.set(KEY, [...decided.forms], null, version)) !== null) return decided.result;
  }
}

function checkForm(form: Form): Form {
  const parsed = formSchema.safeParse(form);
  if (parsed.success) return parsed.data;
  throw new CountersignError(
    'InvalidForm',
    `A form's name was expected to be ${parsed.error.issues[0]?.message ?? 'shorter'}; ${JSON.stringify(form.name.slice(0, 100))} came.`,
  );
}

/** Only where a browser may be sent: never `javascript:`, never with a password in it. */
function checkRedirect(text: string): string {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return url.href;
  throw new CountersignError(
    'InvalidForm',
    `The address to go to after the form was expected to be a whole one such as https://example.com/thanks; ${JSON.stringify(text.slice(0, 200))} came.`,
  );
}

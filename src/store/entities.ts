import { z } from 'zod';

/**
 * The canonical state: one minimal, explicit schema per entity. Fields marked `personal` are
 * stored encrypted under the key of the document's person.
 */
const personal = <T extends z.ZodType>(schema: T): T => schema.meta({ personal: true });
const instant = z.iso.datetime({ precision: 3 });
const text = (max: number) => z.string().max(max);

export const leadStage = z.enum(['new', 'qualified', 'contacted', 'replied', 'won', 'lost', 'unfit', 'spam', 'duplicate']);

/**
 * What one lead is found by when it comes again, each in the one form it is compared in
 * (`agents/leads/identity.ts`); null where nothing is known. Queried as `keys.address` and so on.
 */
const leadKeys = z.strictObject({
  address: text(254).nullable(),
  domain: text(253).nullable(),
  company: text(200).nullable(),
  phone: text(20).nullable(),
  name: text(200).nullable(),
});

export const lead = z.strictObject({
  name: personal(text(200)),
  email: personal(text(254)),
  phone: personal(text(50)).nullable(),
  /** Of a company of one, its name and its website are the person's. */
  company: personal(text(200)).nullable(),
  website: personal(text(300)).nullable(),
  /** Job title. */
  role: personal(text(200)).nullable(),
  country: text(100).nullable(),
  /** BCP 47 primary tag of the message's language, as far as it was recognised. */
  language: text(10).nullable(),
  /** Stated budget in minor units of `budgetCurrency`. */
  budgetMinor: z.int().nonnegative().nullable(),
  budgetCurrency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .nullable(),
  /** What they wrote, at most 4,000 characters; the whole in `messageBlob`. */
  message: personal(text(4000)),
  messageBlob: z.string().nullable(),
  keys: personal(leadKeys),
  /** `form:NAME`, `csv:FILE`, `command` … */
  origin: text(200),
  stage: leadStage,
  /** Fit with the ideal customer, 0 to 100. */
  score: z.int().min(0).max(100).nullable(),
  /** Why: name of the criterion (ours, nothing of what they wrote), points it gave, and what was seen. */
  reasons: z.array(z.strictObject({ name: text(100), points: z.number(), detail: personal(text(300)) })).max(30),
  duplicateOf: text(100).nullable(),
  contactedAt: instant.nullable(),
  repliedAt: instant.nullable(),
  bouncedAt: instant.nullable(),
  optedOutAt: instant.nullable(),
});
export type Lead = z.infer<typeof lead>;

export const customer = z.strictObject({
  name: personal(text(200)),
  email: personal(text(254)),
  company: personal(text(200)).nullable(),
  website: personal(text(300)).nullable(),
  since: instant.nullable(),
});
export type Customer = z.infer<typeof customer>;

/** An address nothing may be sent to. Its id is derived from the address, so it outlives forgetting. */
export const suppression = z.strictObject({
  address: personal(text(254)),
  /** `forgotten`: ends when they write to us by themselves. */
  reason: z.enum(['opt-out', 'bounce', 'complaint', 'imported', 'by-hand', 'forgotten']),
});
export type Suppression = z.infer<typeof suppression>;

export const ENTITIES = { lead, customer, suppression } as const;
export type EntityName = keyof typeof ENTITIES;
export type EntityOf<N extends EntityName> = z.infer<(typeof ENTITIES)[N]>;
export const entityName = z.enum(['lead', 'customer', 'suppression']);

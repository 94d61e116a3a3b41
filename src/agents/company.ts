import { z } from 'zod';

/** `config/company.yaml`: who we are and who may decide. */
export const companySchema = z.strictObject({
  company: z.string().min(1).max(100),
  offer: z.string().min(1).max(500),
  /** One sentence on the ideal customer; the scored profile is `playbooks/ideal-customer.md`. */
  idealCustomer: z.string().min(1).max(1000),
  website: z.string().max(300).nullable().default(null),
  sender: z.strictObject({ name: z.string().min(1).max(100), email: z.email('an e-mail address such as robin@example.com').max(254) }),
  /** IANA name. */
  timeZone: z.string().refine((zone) => {
    try {
      new Intl.DateTimeFormat('en', { timeZone: zone });
      return true;
    } catch {
      return false;
    }
  }, 'an IANA time zone such as Europe/Berlin'),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'three capital letters such as EUR')
    .default('EUR'),
  /** Who may approve. `owner` always exists: whoever holds the login link. */
  people: z.array(z.strictObject({ id: z.string().regex(/^[a-z0-9-]+$/), name: z.string().max(100), email: z.email().optional() })).default([]),
});
export type Company = z.infer<typeof companySchema>;

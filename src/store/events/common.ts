import { z } from 'zod';

/** A field marked so is sealed under the key of the event's subject before it reaches the log. */
export const personal = <T extends z.ZodType>(schema: T): T => schema.meta({ personal: true });

export const instant = z.iso.datetime({ precision: 3 });
export const id = z.string().min(1).max(120);
export const short = z.string().max(500);
/** Plain JSON, any shape: the shape is checked where its meaning is known (entity, action). */
export const json: z.ZodType<import('../json.ts').Json> = z.json();
export const jsonObject = z.record(z.string(), json);

/** `ENTITY:ID`, which is also the name of its stream. */
export const ref = z.string().regex(/^[a-z-]+:[^\s:]+$/);

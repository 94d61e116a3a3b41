import { z } from 'zod';
import { ENTITIES } from './entities.ts';
import { EVENTS, type NewEvent } from './events/index.ts';
import type { Json, JsonObject } from './json.ts';

/** Where in a value the personal leaves are; null where there are none below. */
type Shape = 'leaf' | { readonly each: Shape } | { readonly fields: ReadonlyMap<string, Shape> } | { readonly items: readonly (Shape | null)[] } | null;

const NOTHING: Shape = null;

/** The parts of a schema marked `.meta({ personal: true })`. @throws Error where a mark cannot be followed */
function shapeOf(schema: z.core.$ZodType, at: string): Shape {
  if (z.globalRegistry.get(schema)?.['personal'] === true) return 'leaf';
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional || schema instanceof z.ZodReadonly || schema instanceof z.ZodDefault)
    return shapeOf(schema.unwrap(), at);
  if (schema instanceof z.ZodArray) {
    const each = shapeOf(schema.element, `${at}[]`);
    return each === null ? NOTHING : { each };
  }
  if (schema instanceof z.ZodObject) {
    const fields = new Map<string, Shape>();
    for (const [name, field] of Object.entries<z.core.$ZodType>(schema.shape)) {
      const shape = shapeOf(field, `${at}.${name}`);
      if (shape !== null) fields.set(name, shape);
    }
    return fields.size === 0 ? NOTHING : { fields };
  }
  // A mark inside one of these would silently leave personal data in the clear.
  const inside =
    schema instanceof z.ZodRecord
      ? [schema.valueType]
      : schema instanceof z.ZodUnion
        ? schema.options
        : schema instanceof z.ZodTuple
          ? schema._zod.def.items
          : [];
  for (const part of inside) {
    if (shapeOf(part, at) !== null) throw new Error(`${at} marks something personal inside a record, union or tuple: mark the whole field instead.`);
  }
  return NOTHING;
}

const EVENT_SHAPES = new Map<string, Shape>(Object.entries(EVENTS).map(([type, schema]) => [type, shapeOf(schema, type)]));
const ENTITY_SHAPES = new Map<string, { readonly names: ReadonlySet<string>; readonly shape: Shape }>(
  Object.entries(ENTITIES).map(([name, schema]) => [name, { names: new Set(Object.keys(schema.shape)), shape: shapeOf(schema, name) }]),
);

const fieldShape = (shape: Shape, field: string): Shape =>
  typeof shape === 'object' && shape !== null && 'fields' in shape ? (shape.fields.get(field) ?? NOTHING) : NOTHING;

/** What is personal in a document's event, only the entity's schema knows. Null for other events. */
function documentShape(event: NewEvent): Shape | { readonly problem: string } {
  if (event.type !== 'DocumentCreated' && event.type !== 'DocumentChanged') return NOTHING;
  const entity = ENTITY_SHAPES.get(event.data.entity);
  if (entity === undefined) return { problem: `there is no entity ${event.data.entity}` };
  const names = event.type === 'DocumentCreated' ? Object.keys(event.data.fields) : event.data.changes.map(({ field }) => field);
  const stranger = names.find((name) => !entity.names.has(name));
  // Whether an unknown field is personal, nobody can say: it must not reach the log in the clear.
  if (stranger !== undefined) return { problem: `${event.data.entity} has no field ${stranger}` };
  if (event.type === 'DocumentCreated') return { fields: new Map([['fields', entity.shape]]) };
  const items = event.data.changes.map(({ field }): Shape => {
    const value = fieldShape(entity.shape, field);
    return value === null
      ? NOTHING
      : {
          fields: new Map([
            ['from', value],
            ['to', value],
          ]),
        };
  });
  return { fields: new Map([['changes', { items }]]) };
}

/** Tells where the personal parts of an event are, or what is wrong with it. */
export function personalShape(event: NewEvent): Shape | { readonly problem: string } {
  return documentShape(event) ?? EVENT_SHAPES.get(event.type) ?? NOTHING;
}

export interface Split {
  /** The data with a placeholder for each personal value. */
  readonly open: Json;
  /** The personal values alone, in the same structure; undefined where there are none. */
  readonly personal: Json | undefined;
}

/** Takes the personal parts out of a value. `null`, `''`, `[]` and `{}` tell nothing and stay. */
export function split(value: Json, shape: Shape): Split {
  if (shape === null || isEmpty(value)) return { open: value, personal: undefined };
  if (shape === 'leaf') return { open: placeholder(value), personal: value };
  if (Array.isArray(value)) {
    const parts = value.map((item, index) => split(item, 'each' in shape ? shape.each : 'items' in shape ? (shape.items[index] ?? NOTHING) : NOTHING));
    const some = parts.some(({ personal }) => personal !== undefined);
    // `{}` keeps the place of an element without anything personal.
    return { open: parts.map(({ open }) => open), personal: some ? parts.map(({ personal }) => personal ?? {}) : undefined };
  }
  if (typeof value !== 'object' || value === null || !('fields' in shape)) return { open: value, personal: undefined };
  const open: JsonObject = { ...value };
  const personal: JsonObject = {};
  for (const [name, below] of shape.fields) {
    const field = value[name];
    if (field === undefined) continue;
    const part = split(field, below);
    open[name] = part.open;
    if (part.personal !== undefined) personal[name] = part.personal;
  }
  return { open, personal: Object.keys(personal).length === 0 ? undefined : personal };
}

/** Puts the personal parts back in place. Needs no schema, so it reads what any version wrote. */
export function merge(open: Json, personal: Json): Json {
  if (isObject(personal) && isEmpty(personal)) return open;
  // An empty object or array is a placeholder: structure above a personal value is never empty.
  if (Array.isArray(open)) return Array.isArray(personal) && open.length > 0 ? open.map((item, index) => merge(item, personal[index] ?? {})) : personal;
  if (!isObject(open) || !isObject(personal) || isEmpty(open)) return personal;
  const merged: JsonObject = { ...open };
  for (const [name, value] of Object.entries(personal)) merged[name] = merge(merged[name] ?? null, value);
  return merged;
}

const isObject = (value: Json): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

function isEmpty(value: Json): boolean {
  if (value === null || value === '') return true;
  return typeof value === 'object' && (Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0);
}

/** What remains of a personal value once its key is gone. */
const placeholder = (value: Json): Json => (typeof value === 'string' ? '[forgotten]' : Array.isArray(value) ? [] : isObject(value) ? {} : null);

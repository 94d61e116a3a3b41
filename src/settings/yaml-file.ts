import { readFile } from 'node:fs/promises';
import { type Document, isCollection, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { nearest } from './nearest.ts';
import { SettingsError, type SettingsProblem } from './settings-error.ts';

/** A file as large as this still fits into one event, as `PolicyLoaded` needs. */
const MAX_BYTES = 50_000;

type Path = readonly PropertyKey[];

/** A settings file that was read and holds what it should. */
export interface Checked<T> {
  readonly value: T;
  readonly text: string;
  /** A problem found later, with the place of what is at `path`. */
  problem(path: Path, message: string): SettingsProblem;
}

/** @throws SettingsError listing everything that is wrong with the file */
export async function readYamlFile<T>(path: string, schema: z.ZodType<T>): Promise<Checked<T>> {
  const fail = (message: string) => new SettingsError([{ file: path, line: 1, column: 1, message }]);
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw fail(`expected a settings file that can be read; ${error instanceof Error ? error.message : String(error)}`);
  }
  if (bytes.length > MAX_BYTES) throw fail(`expected at most ${MAX_BYTES} bytes, found ${bytes.length}`);
  try {
    return parseYaml(new TextDecoder('utf-8', { fatal: true }).decode(bytes), path, schema);
  } catch (error) {
    throw error instanceof TypeError ? fail('expected text in UTF-8') : error;
  }
}

/** @throws SettingsError */
export function parseYaml<T>(text: string, file: string, schema: z.ZodType<T>): Checked<T> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, stringKeys: true });
  const at = (offset: number, message: string): SettingsProblem => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1), message };
  };
  const syntax = [...document.errors, ...document.warnings].map((error) =>
    at(error.pos[0], error.code === 'DUPLICATE_KEY' ? 'expected each key once, found it a second time' : error.message),
  );
  if (syntax.length > 0) throw new SettingsError(syntax);

  let content: unknown;
  try {
    content = document.toJS({ maxAliasCount: 50 }) ?? {};
  } catch (error) {
    throw new SettingsError([at(0, error instanceof Error ? error.message : String(error))]);
  }
  const problem = (path: Path, message: string, part: 'key' | 'value' = 'value') => at(offsetOf(document, path, part), `${dotted(path)}${message}`);
  const result = schema.safeParse(content);
  if (!result.success)
    throw new SettingsError(
      result.error.issues.flatMap((issue) => describe(issue, content, schema).map(({ path, message, part }) => problem(path, message, part))),
    );
  return { value: result.data, text, problem };
}

const dotted = (path: Path): string => (path.length === 0 ? '' : `${path.map(String).join('.')}: `);

/** Where in the text the value at `path` stands; its key where it is empty or `part` is `key`; its nearest parent where it is missing. */
function offsetOf(document: Document, path: Path, part: 'key' | 'value'): number {
  for (let depth = path.length; depth > 0; depth -= 1) {
    const parent = depth === 1 ? document.contents : document.getIn(path.slice(0, depth - 1), true);
    const value = document.getIn(path.slice(0, depth), true);
    const key = isMap(parent) ? parent.items.find((item) => isScalar(item.key) && item.key.value === path[depth - 1])?.key : undefined;
    const wanted = isNode(value) && !(isScalar(value) && value.source === '') ? value : key;
    const node = part === 'key' && depth === path.length ? key : isCollection(value) && key ? key : wanted;
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

interface Finding {
  readonly path: Path;
  readonly message: string;
  readonly part?: 'key';
}

/** A zod issue in words: what was expected, what came. */
function describe(issue: z.core.$ZodIssue, content: unknown, schema: z.ZodType): readonly Finding[] {
  const { path } = issue;
  const found = shown(valueAt(content, path));
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = keysAt(schema, path);
      return issue.keys.map((key) => {
        const meant = nearest(key, known);
        const hint = meant !== null ? ` Did you mean ${meant}?` : known.length > 0 ? ` Known here: ${known.join(', ')}.` : '';
        return { path: [...path, key], message: `expected no such key.${hint}`, part: 'key' };
      });
    }
    case 'invalid_type':
      return [{ path, message: `expected ${article(issue.expected)}, found ${found}` }];
    case 'invalid_value':
      return [{ path, message: `expected ${issue.values.map(String).join(' or ')}, found ${found}` }];
    case 'too_small':
      return [{ path, message: `expected ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${unit(issue.origin)}, found ${found}` }];
    case 'too_big':
      return [{ path, message: `expected ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${unit(issue.origin)}, found ${found}` }];
    case 'invalid_union': {
      // The alternative that came closest explains best: the one whose own type fitted.
      const closest = issue.errors.find((errors) => errors.every((error) => error.path.length > 0 || error.code !== 'invalid_type')) ?? issue.errors[0] ?? [];
      return closest.flatMap((error) => describe({ ...error, path: [...path, ...error.path] }, content, schema));
    }
    case 'invalid_key':
      return [{ path, message: `expected another name; ${issue.issues.map(({ message }) => message).join('; ')}` }];
    default:
      return [{ path, message: `expected ${issue.message}, found ${found}` }];
  }
}

const unit = (origin: string): string => (origin === 'string' ? ' characters' : origin === 'array' ? ' entries' : '');

const article = (type: string): string =>
  type === 'object' || type === 'record'
    ? 'a section of its own'
    : type === 'array'
      ? 'a list'
      : type === 'int'
        ? 'a whole number'
        : type === 'string'
          ? 'a text'
          : type === 'boolean'
            ? 'true or false'
            : `a ${type}`;

const valueAt = (content: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined),
    content,
  );

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'a section';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** The keys a schema knows at a path, for "did you mean". */
function keysAt(schema: z.ZodType, path: Path): readonly string[] {
  let places: unknown[] = [z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' })];
  const inside = (place: unknown, key: string): unknown[] =>
    typeof place === 'object' && place !== null && Object.hasOwn(place, key) ? [Reflect.get(place, key)].flat() : [];
  const widen = (all: unknown[]): unknown[] => all.flatMap((place) => [place, ...widen([...inside(place, 'anyOf'), ...inside(place, 'allOf')])]);
  for (const key of path) {
    places = widen(places).flatMap((place) =>
      typeof key === 'number'
        ? inside(place, 'items')
        : [...inside(place, 'properties').flatMap((properties) => inside(properties, String(key))), ...inside(place, 'additionalProperties')],
    );
  }
  return widen(places).flatMap((place) =>
    inside(place, 'properties').flatMap((properties) => (typeof properties === 'object' && properties !== null ? Object.keys(properties) : [])),
  );
}

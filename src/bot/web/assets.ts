import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import { sha256 } from '../../store/json.ts';

/** Script, style and pictures: read once, served by a name with the content's hash in the query, so they may be kept for ever. */
export interface Asset {
  readonly type: string;
  readonly bytes: Buffer<ArrayBuffer>;
  readonly gzip: Buffer<ArrayBuffer>;
  readonly hash: string;
}

const packaged = createRequire(import.meta.url);
const own = (name: string): URL => new URL(`static/${name}`, import.meta.url);

const FILES: Readonly<Record<string, { readonly file: string | URL; readonly type: string }>> = {
  'htmx.js': { file: packaged.resolve('htmx.org/dist/htmx.min.js'), type: 'text/javascript; charset=utf-8' },
  'sse.js': { file: packaged.resolve('htmx.org/dist/ext/hx-sse.min.js'), type: 'text/javascript; charset=utf-8' },
  'page.js': { file: own('page.js'), type: 'text/javascript; charset=utf-8' },
  'live.js': { file: own('live.js'), type: 'text/javascript; charset=utf-8' },
  'style.css': { file: own('style.css'), type: 'text/css; charset=utf-8' },
  'mark.svg': { file: own('mark.svg'), type: 'image/svg+xml' },
};

const loaded = new Map<string, Asset>();

/** Null for a name that is not in the list: a path never reaches the disk. */
export function asset(name: string): Asset | null {
  const entry = Object.hasOwn(FILES, name) ? FILES[name] : undefined;
  if (!entry) return null;
  let found = loaded.get(name);
  if (!found) {
    const bytes = readFileSync(entry.file);
    found = { type: entry.type, bytes, gzip: gzipSync(bytes, { level: 9 }), hash: sha256(bytes).slice(0, 12) };
    loaded.set(name, found);
  }
  return found;
}

export const assetNames = Object.keys(FILES);

/** `/static/style.css?v=0123456789ab` */
export const assetUrl = (name: string): string => `/static/${name}?v=${asset(name)?.hash ?? ''}`;

import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import { html } from 'hono/html';
import type { Refusal } from './refusal.ts';

/** How an answer is spoken: to a person's browser, or to a program. */
export type Speech = 'page' | 'json';

export const speechOf = (sentJson: boolean, accept: string | undefined): Speech =>
  sentJson || (/\bjson\b/.test(accept ?? '') && !/\btext\/html\b/.test(accept ?? '')) ? 'json' : 'page';

const STYLE =
  'body{font:1.1rem/1.6 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1.5rem;color:#1d1d1f;background:#fff}h1{font-size:1.6rem;line-height:1.2}@media(prefers-color-scheme:dark){body{color:#eee;background:#161618}}';
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** Nothing runs, nothing is loaded, no frame around it. */
const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'X-Frame-Options': 'DENY',
};

/** On every answer. Forms live on other origins, and no answer here holds anything secret. */
export const COMMON_HEADERS: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'Retry-After',
};

/** It is in the log: the redirect of the form, a page that says thank you, or 202 for a program. */
export function received(c: Context, speech: Speech, redirect: string | null, company: string, files: number): Response | Promise<Response> {
  if (speech === 'json') return c.json({ status: 'received', ...(files > 0 ? { filesIgnored: files } : {}) }, 202);
  if (redirect !== null) return c.redirect(redirect, 303);
  const attached =
    files === 0
      ? ''
      : files === 1
        ? ' The attached file was not taken; please send it by e-mail.'
        : ` The ${files} attached files were not taken; please send them by e-mail.`;
  return page(c, 200, 'Thank you', `Your message has reached ${company}.${attached}`);
}

export function refused(c: Context, speech: Speech, { status, title, detail }: Refusal): Response | Promise<Response> {
  // What is left of a body is not waited for.
  if (status === 408 || status === 413 || status === 503) c.header('Connection', 'close');
  if (speech === 'page') return page(c, status, title, detail);
  // RFC 9457
  return c.body(JSON.stringify({ type: 'about:blank', title, status, detail }), status, { 'Content-Type': 'application/problem+json' });
}

const page = (c: Context, status: 200 | Refusal['status'], title: string, text: string): Response | Promise<Response> =>
  c.html(
    html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><title>${title}</title><style>${STYLE}</style></head><body><h1>${title}</h1><p>${text}</p></body></html>`,
    status,
    PAGE_HEADERS,
  );

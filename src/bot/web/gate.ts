import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { getCookie, setCookie } from 'hono/cookie';
import { type PageParts, refuse, signedOut } from './page.ts';
import { crossSite, type PageContext, type PageEnv } from './security.ts';
import { csrfMatches, findSession, renewSession, SESSION_LIFE } from './session.ts';

/** In front of everything that needs a login. */

const FORM_LIMIT = 256 * 1024;
export const UPLOAD_LIMIT = 10 * 1024 * 1024;

// Cookies know no ports: another Countersign on this machine must not sign this one out.
const cookieName = (parts: PageParts): string => `countersign_${(parts.addresses().loopback[0] ?? '').split(':').at(-1)}`;

/**
 * Lax, not Strict: with Strict the link that a chat or a mail opens arrives without the cookie and the
 * person looks signed out. No GET here changes anything, and every change is checked three times
 * over (Origin or Sec-Fetch-Site, CSRF token, method), so Lax gives nothing away.
 */
export function setSessionCookie(c: PageContext, parts: PageParts, token: string, maxAge = SESSION_LIFE / 1000): void {
  setCookie(c, cookieName(parts), token, { httpOnly: true, sameSite: 'Lax', path: '/', maxAge, secure: c.get('facts').secure });
}

export const sessionOf = (c: PageContext, parts: PageParts) => findSession(parts.sessions, parts.clock.now(), getCookie(c, cookieName(parts)));

export const requireSession =
  (parts: PageParts): MiddlewareHandler<PageEnv> =>
  async (c, next) => {
    const session = await sessionOf(c, parts);
    if (!session) return signedOut(c);
    if (session.stale && c.req.method === 'GET') {
      await renewSession(parts.sessions, parts.clock.now(), session);
      setSessionCookie(c, parts, session.token);
    }
    c.set('session', session);
    return next();
  };

/** Origin, size, form, CSRF token, in this order; the form is then in `c.get('form')`. */
export const checkChange =
  (parts: PageParts): MiddlewareHandler<PageEnv> =>
  async (c, next) => {
    const foreign = crossSite(c, parts.addresses());
    if (foreign) return refuse(c, 403, 'Refused', `${foreign} Nothing was changed.`);
    const type = c.req.header('content-type') ?? '';
    if (!/^(application\/x-www-form-urlencoded|multipart\/form-data)\b/i.test(type)) return refuse(c, 400, 'Not understood', 'A form was expected.');
    let form: FormData;
    try {
      form = await c.req.formData();
    } catch {
      return refuse(c, 400, 'Not understood', 'The form could not be read.');
    }
    if (!csrfMatches(c.get('session'), form.get('csrf')))
      return refuse(c, 403, 'Please reload', 'This page is from an earlier login. Reload it and try again; nothing was changed.');
    c.set('form', form);
    return next();
  };

const limited = (maxSize: number) =>
  bodyLimit({ maxSize, onError: (c) => refuse(c, 413, 'Too large', `More than ${maxSize / 1024} KB cannot be taken at once. Nothing was changed.`) });
const [small, large] = [limited(FORM_LIMIT), limited(UPLOAD_LIMIT + 64 * 1024)];
export const limitBody: MiddlewareHandler<PageEnv> = (c, next) => (c.req.path === '/import' ? large(c, next) : small(c, next));

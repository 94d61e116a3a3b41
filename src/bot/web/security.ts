import type { HttpBindings } from '@hono/node-server';
import type { Context, MiddlewareHandler } from 'hono';
import { clientAddress } from '../../client-address.ts';
import type { Session } from './session.ts';

/** What the page is sure of about a request, before any handler sees it. */
export interface Facts {
  /** Reached through https, here or at a named proxy. */
  readonly secure: boolean;
  /** Of whoever asks: the socket's, or what a named proxy says. */
  readonly address: string;
  /** Came straight from this machine: a loopback name, and no proxy between. */
  readonly local: boolean;
}

export type PageEnv = { Bindings: HttpBindings; Variables: { facts: Facts; session: Session; form: FormData } };
export type PageContext = Context<PageEnv>;

// Files only: no inline script or style, no foreign origin, no frame around or inside.
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

export const secureHeaders: MiddlewareHandler<PageEnv> = async (c, next) => {
  await next();
  c.header('Content-Security-Policy', POLICY);
  c.header('X-Content-Type-Options', 'nosniff');
  c.header('X-Frame-Options', 'DENY');
  // Not `no-referrer`: with it browsers send `Origin: null` on our own forms.
  c.header('Referrer-Policy', 'same-origin');
  c.header('Cross-Origin-Opener-Policy', 'same-origin');
  c.header('Cross-Origin-Resource-Policy', 'same-origin');
  c.header('Permissions-Policy', 'camera=(), microphone=(), geolocation=()');
  if (!c.res.headers.has('Cache-Control')) c.header('Cache-Control', 'no-store');
};

export interface Addresses {
  /** `127.0.0.1:4646`, `localhost:4646`. */
  readonly loopback: readonly string[];
  /** Under which the page is reached from elsewhere. */
  readonly publicUrl: URL | null;
  /** Whether the `X-Forwarded-*` that comes from this address is believed. */
  readonly isProxy: (address: string) => boolean;
}

/**
 * Refuses a Host that is not ours: a foreign name that resolves to 127.0.0.1 (DNS rebinding)
 * would otherwise be same-origin with itself. Sets `facts`.
 */
export const checkHost = (addresses: () => Addresses): MiddlewareHandler<PageEnv> => {
  return async (c, next) => {
    const { loopback, publicUrl, isProxy } = addresses();
    const facts = readFacts(c, loopback, isProxy);
    const host = facts.host.toLowerCase();
    if (!loopback.includes(host) && host !== publicUrl?.host) {
      return c.text(`This address is not one of Countersign's. Open http://${loopback[0]}, or set PUBLIC_URL to the address you use.\n`, 421);
    }
    c.set('facts', { ...facts, secure: facts.secure || (host === publicUrl?.host && publicUrl.protocol === 'https:') });
    return next();
  };
};

function readFacts(c: PageContext, loopback: readonly string[], isProxy: Addresses['isProxy']): Facts & { readonly host: string } {
  const socket = c.env.incoming.socket.remoteAddress ?? '';
  const own = c.req.header('host') ?? '';
  const passed = ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'forwarded', 'via'].some((name) => c.req.header(name) !== undefined);
  const local = loopback.includes(own.toLowerCase()) && !passed;
  if (!isProxy(socket)) return { host: own, secure: false, address: socket, local };
  return {
    host: last(c.req.header('x-forwarded-host')) ?? own,
    secure: last(c.req.header('x-forwarded-proto')) === 'https',
    address: clientAddress(socket, c.req.header('x-forwarded-for'), isProxy),
    local,
  };
}

/** What the nearest proxy says: each appends to what it was sent. */
const last = (header: string | undefined): string | undefined =>
  header
    ?.split(',')
    .map((entry) => entry.trim())
    .findLast((entry) => entry !== '');

/** Why a change is refused, or null: it must come from a page of ours, by what the browser itself says. */
export function crossSite(c: PageContext, { loopback, publicUrl }: Addresses): string | null {
  const origin = c.req.header('origin');
  const site = c.req.header('sec-fetch-site');
  if (origin === undefined && site === undefined) return 'The request does not say where it comes from (no Origin header).';
  if (site !== undefined && site !== 'same-origin') return 'The request comes from another site.';
  const ours = [...loopback.map((host) => `http://${host}`), ...(publicUrl ? [publicUrl.origin] : [])];
  if (origin !== undefined && !ours.includes(origin)) return 'The request comes from another site.';
  return null;
}

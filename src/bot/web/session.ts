import { timingSafeEqual } from 'node:crypto';
import { limitKey } from '../../client-address.ts';
import type { Random } from '../../ports.ts';
import { sha256 } from '../../store/json.ts';
import type { KeyValueStore } from '../../store/log.ts';

/** Who may use the page: whoever holds a login link. Only hashes are stored, so a copy of the store opens nothing. */

const LINK_LIFE = 60 * 60_000;
export const SESSION_LIFE = 30 * 24 * 60 * 60_000;
const RENEW_AFTER = 24 * 60 * 60_000;
const ATTEMPTS = 10;
const ATTEMPTS_WINDOW = 10 * 60_000;

const linkKey = (token: string): string => `page:link:${sha256(token)}`;
const sessionKey = (token: string): string => `page:session:${sha256(token)}`;
const newToken = (random: Random): string => Buffer.from(random.bytes(32)).toString('base64url');

export interface Session {
  readonly token: string;
  /** Goes into every form; derived, so that it needs no place of its own. */
  readonly csrf: string;
  /** It is time to make it live longer. */
  readonly stale: boolean;
}

/** A link that logs in once, within an hour. `base` is where the page is reached, such as `http://127.0.0.1:4646`. */
export async function createLoginLink(store: KeyValueStore, random: Random, base: string): Promise<string> {
  const token = newToken(random);
  await store.set(linkKey(token), 'fresh', LINK_LIFE);
  return `${base}/login?token=${token}`;
}

/** A new session's token for a fresh link's token; null when the link is unknown, used or too old. */
export async function redeemLink(store: KeyValueStore, random: Random, now: number, link: string): Promise<string | null> {
  const found = await store.get(linkKey(link));
  if (found?.value !== 'fresh') return null;
  // Of two clicks at once only one wins: the version decides.
  if ((await store.set(linkKey(link), 'used', LINK_LIFE, found.version)) === null) return null;
  const token = newToken(random);
  await store.set(sessionKey(token), now, SESSION_LIFE);
  return token;
}

export async function findSession(store: KeyValueStore, now: number, token: string | undefined): Promise<Session | null> {
  if (!token || token.length > 100) return null;
  const found = await store.get(sessionKey(token));
  if (typeof found?.value !== 'number') return null;
  return { token, csrf: sha256(`csrf:${token}`), stale: now - found.value > RENEW_AFTER };
}

export const renewSession = async (store: KeyValueStore, now: number, session: Session): Promise<void> => {
  await store.set(sessionKey(session.token), now, SESSION_LIFE);
};

export const endSession = (store: KeyValueStore, session: Session): Promise<void> => store.delete(sessionKey(session.token));

export function csrfMatches(session: Session, given: unknown): boolean {
  if (typeof given !== 'string') return false;
  const [expected, actual] = [Buffer.from(session.csrf), Buffer.from(given)];
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

/** False once an address has failed ten times in ten minutes. */
export async function mayTryAgain(store: KeyValueStore, address: string): Promise<boolean> {
  const found = await store.get(attemptsKey(address));
  return typeof found?.value !== 'number' || found.value < ATTEMPTS;
}

export async function countFailure(store: KeyValueStore, address: string): Promise<void> {
  // Two failures at once: the loser counts again on top of the winner.
  for (let round = 0; round < 5; round++) {
    const found = await store.get(attemptsKey(address));
    const count = typeof found?.value === 'number' ? found.value : 0;
    if ((await store.set(attemptsKey(address), count + 1, ATTEMPTS_WINDOW, found?.version ?? 0)) !== null) return;
  }
}

const attemptsKey = (address: string): string => `page:login-failures:${sha256(limitKey(address))}`;

import { lookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { EffectError } from './action.ts';

export interface Address {
  readonly address: string;
  readonly family: number;
}
export type Resolve = (host: string) => Promise<readonly Address[]>;

export const systemResolve: Resolve = (host) => lookup(host, { all: true, verbatim: true });

const GLOBAL_V6 = ipaddr.IPv6.parse('2000::');
const NAT64 = ipaddr.IPv6.parse('64:ff9b::');

/**
 * True only for an address on the public internet. An IPv4 address inside an IPv6 one is judged by
 * itself where a network may translate it back (v4-mapped, NAT64); any other special range is not public.
 */
export function isPublicAddress(address: string): boolean {
  // Only forms a socket takes as they are; ipaddr.js reads shortened ones too.
  if (isIP(address) === 0) return false;
  const ip = ipaddr.process(address);
  if (ip instanceof ipaddr.IPv4) return ip.range() === 'unicast';
  if (ip.match(NAT64, 96)) return new ipaddr.IPv4(ip.toByteArray().slice(12)).range() === 'unicast';
  return ip.range() === 'unicast' && ip.match(GLOBAL_V6, 3);
}

const refuse = (message: string): EffectError => new EffectError('bad-input', message, { certain: true });
const notPublic = (url: URL, port: number, where: string): EffectError =>
  refuse(`${url.hostname} is ${where}, which is not on the public internet. If it is yours, allow ${url.hostname}:${port} in the settings.`);

/**
 * The addresses a URL may be reached at, resolved once and every one checked. Connect to these and
 * to nothing else: a name that is resolved again may point elsewhere by then.
 * @param allowHosts `host:port` of internal targets that the configuration permits
 * @throws EffectError `bad-input` where the target is refused, `api-error` where the name is unknown
 */
export async function checkTarget(url: URL, allowHosts: readonly string[], resolve: Resolve): Promise<readonly Address[]> {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw refuse(`Only http and https can be called, not ${url.protocol}`);
  if (url.username !== '' || url.password !== '') throw refuse('A URL with a user or password in it is not called.');
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const permitted = allowHosts.includes(`${url.hostname}:${port}`);
  if (!permitted && port < 1024 && port !== 80 && port !== 443)
    throw refuse(`Port ${port} belongs to another service: only 80, 443 and those from 1024 are called.`);

  // RFC 6761: these names are this machine, whatever a resolver says.
  if (!permitted && /(^|\.)localhost\.?$/.test(host)) throw notPublic(url, port, 'this machine');
  const family = isIP(host);
  const addresses = family === 0 ? await named(host, resolve) : [{ address: host, family }];
  const internal = addresses.find(({ address }) => !isPublicAddress(address));
  if (internal && !permitted) throw notPublic(url, port, internal.address);
  return addresses;
}

async function named(host: string, resolve: Resolve): Promise<readonly Address[]> {
  const addresses = await resolve(host).catch((cause: unknown) => {
    throw new EffectError('api-error', `The name ${host} could not be resolved.`, { certain: true, cause });
  });
  if (addresses.length === 0) throw new EffectError('api-error', `The name ${host} has no address.`, { certain: true });
  return addresses;
}

/** Hands a socket the checked addresses instead of asking DNS again. */
export const pinned =
  (addresses: readonly Address[]): LookupFunction =>
  (host, options, done) => {
    const [first] = addresses;
    if (!first) return done(new Error(`no checked address for ${host}`), '');
    if (options.all) return done(null, [...addresses]);
    return done(null, first.address, first.family);
  };

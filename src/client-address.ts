import ipaddr from 'ipaddr.js';
import { CountersignError } from './store/errors.ts';

/** An address or a network, such as `127.0.0.1` and `10.0.0.0/8`. */
export const isNetwork = (entry: string): boolean => ipaddr.isValid(entry) || ipaddr.isValidCIDR(entry);

/**
 * Proxies of ours, whose `X-Forwarded-*` is believed.
 * @param entries addresses or networks, such as `127.0.0.1` and `10.0.0.0/8`
 * @throws CountersignError `TrustedProxies`
 */
export function proxyList(entries: readonly string[]): (address: string) => boolean {
  const networks = entries.map((entry) => {
    if (!isNetwork(entry))
      throw new CountersignError(
        'TrustedProxies',
        `A trusted proxy was expected to be an IP address or a network such as 10.0.0.0/8; ${JSON.stringify(entry)} came.`,
      );
    if (ipaddr.isValidCIDR(entry)) return ipaddr.parseCIDR(entry);
    const one = ipaddr.process(entry);
    return [one, one.kind() === 'ipv4' ? 32 : 128] as const;
  });
  return (address) => {
    if (!ipaddr.isValid(address)) return false;
    const ip = ipaddr.process(address);
    return networks.some(([network, bits]) => network.kind() === ip.kind() && ip.match(network, bits));
  };
}

/**
 * Who asks: the socket, unless it is a proxy of ours. Each proxy appends what it saw, so the last
 * entry that is no proxy of ours is the one to believe; anything before it the asker can make up.
 */
export function clientAddress(socket: string, forwardedFor: string | undefined, isProxy: (address: string) => boolean): string {
  let known = socket;
  const chain = (forwardedFor ?? '').split(',').map(withoutPort);
  while (isProxy(known)) {
    const before = chain.pop();
    if (before === undefined || !ipaddr.isValid(before)) break;
    known = before;
  }
  return known;
}

const withoutPort = (entry: string): string =>
  /^\s*(?:\[([^\]]*)\](?::\d+)?|(\d+(?:\.\d+){3}):\d+)\s*$/
    .exec(entry)
    ?.slice(1)
    .find((found) => found !== undefined) ?? entry.trim();

/** What limits count by. One customer of a provider has a whole /64 of IPv6 addresses. */
export function limitKey(address: string): string {
  if (!ipaddr.isValid(address)) return 'unknown';
  const ip = ipaddr.process(address);
  return ip instanceof ipaddr.IPv6 ? `${new ipaddr.IPv6([...ip.parts.slice(0, 4), 0, 0, 0, 0]).toString()}/64` : ip.toString();
}

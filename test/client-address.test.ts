import { expect, it } from 'vitest';
import { clientAddress, limitKey, proxyList } from '../src/client-address.ts';

const PROXIES = ['127.0.0.1', '10.0.0.0/8', '::1'];

it.each([
  ['a socket that is no proxy', '203.0.113.9', '198.51.100.1', '203.0.113.9'],
  ['what the proxy saw', '127.0.0.1', '198.51.100.1', '198.51.100.1'],
  ['what the outer of two proxies saw', '127.0.0.1', '198.51.100.1, 10.1.2.3', '198.51.100.1'],
  ['not what the visitor made up', '127.0.0.1', '1.1.1.1, 198.51.100.1', '198.51.100.1'],
  ['an address with its port', '127.0.0.1', '198.51.100.1:5123', '198.51.100.1'],
  ['an IPv6 address with its port', '::1', '[2001:db8::1]:443', '2001:db8::1'],
  ['the proxy itself where it says nothing', '127.0.0.1', undefined, '127.0.0.1'],
  ['the proxy itself where it says nonsense', '127.0.0.1', '198.51.100.1, unknown', '127.0.0.1'],
  ['a mapped IPv4 socket', '::ffff:127.0.0.1', '198.51.100.1', '198.51.100.1'],
])('believes %s', (_, socket, forwarded, expected) => {
  expect(clientAddress(socket, forwarded, proxyList(PROXIES))).toBe(expected);
});

it('counts a network of one IPv6 customer as one', () => {
  expect(limitKey('2001:db8:1:2:3::4')).toBe(limitKey('2001:db8:1:2:ffff::'));
  expect(limitKey('2001:db8:1:2::1')).not.toBe(limitKey('2001:db8:1:3::1'));
  expect(limitKey('::ffff:203.0.113.1')).toBe(limitKey('203.0.113.1'));
});

it('refuses a proxy that is no address', () => {
  expect(() => proxyList(['proxy.example'])).toThrow('"proxy.example"');
});

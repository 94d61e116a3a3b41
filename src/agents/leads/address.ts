import { domainToASCII } from 'node:url';
import { isFreeMail } from './free-mail.ts';
import { clean } from './text.ts';

/** An e-mail address as it is written to: trimmed of what people paste around it, domain in ASCII, all lower case. */
export function tidyAddress(text: string): string {
  const bare = clean(text.slice(0, 1000))
    .replace(/^mailto:/i, '')
    .replace(/^.*<([^<>]*)>\s*$/s, '$1')
    .replace(/[\s"']/g, '')
    .replace(/[.,;]+$/, '')
    .toLowerCase();
  const at = bare.lastIndexOf('@');
  if (at < 0) return bare;
  const domain = bare.slice(at + 1);
  return `${bare.slice(0, at)}@${/^[\x21-\x7e]*$/.test(domain) ? domain : domainToASCII(domain)}`;
}

export const localPart = (address: string): string => address.slice(0, Math.max(0, address.lastIndexOf('@')));
export const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1);

/** Where mail to this address really goes: without a tag after `+`, and without dots where the provider ignores them. */
export function canonicalAddress(address: string): string {
  const tidy = tidyAddress(address);
  const domain = domainOf(tidy).replace(/^googlemail\./, 'gmail.');
  const name = localPart(tidy).replace(/(?!^)\+.*$/, '');
  return `${domain.startsWith('gmail.') ? name.replaceAll('.', '') || name : name}@${domain}`;
}

/** The company's own domain behind an address, or null at a free provider. */
export function companyDomain(address: string): string | null {
  const domain = bareDomain(domainOf(address));
  return domain === '' || isFreeMail(domain) ? null : domain;
}

export const bareDomain = (domain: string): string =>
  domain
    .toLowerCase()
    .replace(/^(?:www\d?|mail|m|shop|en|de)\.(?=[^.]+\.[^.]+)/, '')
    .replace(/\.$/, '');

const NOT_A_COMPANY =
  /^(?:(?:[a-z-]+\.)?(?:facebook|instagram|linkedin|twitter|x|tiktok|youtube|github|etsy|ebay|amazon|wixsite|wordpress|blogspot|linktr)\.[a-z.]{2,6}|localhost|[\d.]+)$/;

/** The host of a web address people type (`acme.example`, `www.acme.example/shop`, `https://…`), or null. */
export function websiteDomain(website: string): string | null {
  const typed = clean(website.slice(0, 500)).split(/[\s,;]+/)[0] ?? '';
  if (typed === '' || /^(?!https?:)[a-z]+:(?!\d)/i.test(typed)) return null;
  const url = URL.parse(/^https?:\/\//i.test(typed) ? typed : `https://${typed}`);
  const host = url === null ? '' : bareDomain(url.hostname);
  return /^[^.]+(?:\.[^.]+)+$/.test(host) && !NOT_A_COMPANY.test(host) && !isFreeMail(host) ? host : null;
}

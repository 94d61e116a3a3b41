/** Providers whose domain says nothing about a company, by the name before the first dot, whatever follows. */
const PROVIDERS: ReadonlySet<string> = new Set(
  `gmail googlemail outlook hotmail live msn yahoo ymail rocketmail icloud me mac aol protonmail proton pm gmx web freenet t-online arcor mailbox posteo tutanota tuta
orange wanadoo laposte sfr free libero virgilio tiscali telefonica sapo ziggo kpnmail xs4all hetnet wp onet interia o2 op poczta seznam centrum azet abv bluewin hispeed bluemail
mail email e-mail webmail webpost inbox freemail postmail mymail yandex mailru pochta rambler ukr qq 163 126 sina foxmail naver daum hanmail docomo ezweb softbank rediffmail uol bol ig zoho fastmail hey btinternet
talktalk sky virginmedia ntlworld comcast verizon att sbcglobal bellsouth telus bigpond optusnet eircom`.split(/\s+/),
);

/** Reserved for documentation (RFC 2606): strangers share them. */
const SHARED: ReadonlySet<string> = new Set(['example.com', 'example.org', 'example.net', 'example', 'test', 'localhost']);

const DISPOSABLE: ReadonlySet<string> = new Set(
  `mailinator guerrillamail guerrillamailblock sharklasers 10minutemail 20minutemail tempmail temp-mail tempmailo throwawaymail trashmail trash-mail wegwerfmail yopmail
getnada nada dispostable maildrop mailnesia mintemail mohmal moakt fakeinbox fakemail emailondeck discard spamgourmet mytemp burnermail tempinbox tempr 33mail anonbox einrot byom jetable mailcatch spam4 spambox
discardmail disposable throwaway tmpmail minutemail`.split(/\s+/),
);

const label = (domain: string): string => domain.split('.')[0] ?? '';

export const isFreeMail = (domain: string): boolean => SHARED.has(domain) || PROVIDERS.has(label(domain)) || isDisposable(domain);
export const isDisposable = (domain: string): boolean =>
  DISPOSABLE.has(label(domain)) || domain.split('.').some((part) => DISPOSABLE.has(part) && part.length > 6);

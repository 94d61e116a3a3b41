/**
 * The last eight digits of a telephone number, which are the same with and without country code,
 * trunk zero and punctuation; null when it has fewer than seven. Equal keys are a hint, not proof.
 */
export function phoneKey(phone: string): string | null {
  const { digits } = read(phone);
  return digits.length < 7 || /^(\d)\1+$/.test(digits) || '01234567890123456789'.includes(digits) ? null : digits.slice(-8);
}

/** Whether two telephone numbers can be the same: equal where both have a country code, else one the end of the other. */
export function samePhone(a: string, b: string): boolean {
  const [one, other] = [read(a), read(b)];
  if (one.international && other.international) return one.digits === other.digits;
  const [short, long] = one.digits.length <= other.digits.length ? [one.digits, other.digits] : [other.digits, one.digits];
  return short.length >= 7 && long.endsWith(short);
}

function read(phone: string): { readonly international: boolean; readonly digits: string } {
  const typed =
    phone
      .normalize('NFKC')
      .slice(0, 100)
      .split(/[;,]|\b(?:or|oder|ou|ext|x|dw)\b/i)[0] ?? '';
  return { international: /^\D*(?:\+|00)/.test(typed), digits: typed.replace(/\(0\)/g, '').replace(/\D/g, '').replace(/^0+/, '') };
}
